package topology

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/mdlayher/socket"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/topology/packet"
)

// A Tap records the IP packets that pass interfaces of one node. It is a single
// socket, so that what came first on any of them is recorded first.
type Tap struct {
	conn  *socket.Conn
	raw   syscall.RawConn
	name  string
	names map[int]string // by interface index
	done  chan struct{}  // closed when the reader has ended
	close func() error

	mu      sync.Mutex
	buffer  [1 << 16]byte
	records []Record
	guessed int // how many of the last records have no time of the kernel's
	lost    int
	stopped bool
}

// OpenTap records what passes the named interfaces of the node from now on.
func (n *Node) OpenTap(ifaces ...string) (*Tap, error) {
	t := &Tap{name: n.Name(), names: map[int]string{}, done: make(chan struct{})}
	t.close = sync.OnceValue(t.shut)
	if err := t.open(n, ifaces); err != nil {
		return nil, explain(fmt.Errorf("topology: tapping %s: %w", t.name, err))
	}
	go t.read()
	return t, nil
}

func (t *Tap) open(n *Node, ifaces []string) error {
	for _, iface := range ifaces {
		link, err := n.link(iface)
		if err != nil {
			return fmt.Errorf("interface %s: %w", iface, err)
		}
		t.names[link.Attrs().Index] = iface
	}
	var err error
	if t.conn, err = packetSocket(n, unix.SOCK_DGRAM); err != nil {
		return err
	}
	// Other than SO_TIMESTAMPNS, this tells a packet that the kernel stamped
	// from one that it did not, since stamping starts late after the first
	// socket that wants it.
	err = t.conn.SetsockoptInt(unix.SOL_SOCKET, unix.SO_TIMESTAMPING,
		unix.SOF_TIMESTAMPING_RX_SOFTWARE|unix.SOF_TIMESTAMPING_SOFTWARE)
	if err == nil {
		err = t.conn.Bind(&unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ALL)})
	}
	if err == nil {
		t.raw, err = t.conn.SyscallConn()
	}
	if err != nil {
		_ = t.conn.Close()
	}
	return err
}

// read takes in packets until the tap is closed.
func (t *Tap) read() {
	defer close(t.done)
	// The error is that the tap was closed: drain never says it is done.
	_ = t.raw.Read(func(fd uintptr) bool {
		t.drain(fd)
		return false
	})
}

// Records returns all packets so far in time order, including each one that
// the kernel had sent or received when Records was called.
func (t *Tap) Records() []Record {
	// After Close there is nothing to drain, and the error says so.
	_ = t.raw.Control(t.drain)
	t.mu.Lock()
	defer t.mu.Unlock()
	records := slices.Clone(t.records)
	sortRecords(records)
	return records
}

// Lost returns how many packets passed that the tap had no room for. Unless it
// is 0, Records is not the whole truth.
func (t *Tap) Lost() int {
	_ = t.raw.Control(t.drain)
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lost
}

// Stop ends the recording at this instant, without waiting for anything: Records
// and Lost stay as they are from now on.
func (t *Tap) Stop() {
	// After Close there is nothing to stop, and the error says so.
	_ = t.raw.Control(func(fd uintptr) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.take(fd)
		t.stopped = true
	})
}

// Close stops the recording and gives the socket back, for which it waits some
// 10 ms until the kernel has no use for it. After Stop it can do so beside all
// else, even beside Records and beside what happens in the node.
func (t *Tap) Close() error { return t.close() }

func (t *Tap) shut() error {
	t.Stop()
	err := t.conn.Close()
	<-t.done
	if err != nil {
		return fmt.Errorf("topology: closing the tap on %s: %w", t.name, err)
	}
	return nil
}

// drain records all that waits in the socket.
func (t *Tap) drain(fd uintptr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take(fd)
}

// take is drain for a caller who holds the lock.
func (t *Tap) take(fd uintptr) {
	control := make([]byte, 128)
	for {
		n, controlLen, _, from, err := unix.Recvmsg(int(fd), t.buffer[:], control, unix.MSG_DONTWAIT)
		if err == unix.EINTR || err == unix.ENETDOWN {
			continue
		}
		if err != nil {
			break
		}
		if from, ok := from.(*unix.SockaddrLinklayer); ok && !t.stopped {
			t.record(from, t.buffer[:n], arrival(control[:controlLen]))
		}
	}
	// Reading the counter resets it.
	stats, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil && !t.stopped {
		t.lost += int(stats.Drops)
	}
}

func (t *Tap) record(from *unix.SockaddrLinklayer, data []byte, at time.Time) {
	name, ok := t.names[from.Ifindex]
	if !ok || from.Protocol != bigEndian(unix.ETH_P_IP) && from.Protocol != bigEndian(unix.ETH_P_IPV6) {
		return
	}
	if at.IsZero() {
		at = time.Now()
		t.guessed++
	} else {
		t.correct(at)
	}
	t.records = append(t.records, Record{
		Time:      at,
		Interface: name,
		Outgoing:  from.Pkttype == unix.PACKET_OUTGOING,
		Data:      bytes.Clone(packet.Unpadded(data)),
	})
}

// correct moves guessed times that are later than the time of the packet that
// follows them: a guess is when the packet was read, not when it passed.
func (t *Tap) correct(next time.Time) {
	for i := len(t.records) - t.guessed; i < len(t.records); i++ {
		if t.records[i].Time.After(next) {
			t.records[i].Time = next
		}
	}
	t.guessed = 0
}
