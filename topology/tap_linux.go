package topology

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"

	"github.com/mdlayher/socket"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/topology/packet"
)

// A Tap records the IP packets that pass interfaces of one node. It is a single
// socket, so that what came first on any of them is recorded first.
type Tap struct {
	node  *Node
	conn  *socket.Conn
	raw   syscall.RawConn
	name  string
	names map[int]string // by interface index
	done  chan struct{}  // closed when the reader has ended
	close func() error

	mu      sync.Mutex
	ring    *ring // nil when the tap is closed
	records []Record
	lost    int
	stopped bool
}

// OpenTap records what passes the named interfaces of the node from now on.
func (n *Node) OpenTap(ifaces ...string) (*Tap, error) {
	t, err := n.ReadyTap()
	if err != nil {
		return nil, err
	}
	if err := t.Begin(ifaces...); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// ReadyTap makes a tap that records nothing before Begin. The kernel takes a grace
// period for it, some 10 ms, in which the node can be used otherwise.
func (n *Node) ReadyTap() (*Tap, error) { return n.readyTap(ringBlocks) }

func (n *Node) readyTap(blocks int) (*Tap, error) {
	t := &Tap{node: n, name: n.Name(), names: map[int]string{}, done: make(chan struct{})}
	t.close = sync.OnceValue(t.shut)
	if err := t.open(blocks); err != nil {
		return nil, explain(fmt.Errorf("topology: tapping %s: %w", t.name, err))
	}
	go t.read()
	return t, nil
}

func (t *Tap) open(blocks int) error {
	if err := t.node.usable(); err != nil {
		return err
	}
	conn, err := socket.Socket(unix.AF_PACKET, unix.SOCK_DGRAM, 0, "packet", &socket.Config{NetNS: t.node.FD()})
	if err != nil {
		return err
	}
	t.conn = conn
	if t.raw, err = conn.SyscallConn(); err == nil {
		failed := t.raw.Control(func(fd uintptr) { t.ring, err = newRing(int(fd), blocks) })
		err = errors.Join(failed, err)
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	return nil
}

// Begin records what passes the named interfaces of the tap's node from now on.
func (t *Tap) Begin(ifaces ...string) error {
	if err := t.begin(ifaces); err != nil {
		return explain(fmt.Errorf("topology: tapping %s: %w", t.name, err))
	}
	return nil
}

func (t *Tap) begin(ifaces []string) error {
	names := map[int]string{}
	for _, iface := range ifaces {
		link, err := t.node.link(iface)
		if err != nil {
			return fmt.Errorf("interface %s: %w", iface, err)
		}
		names[link.Attrs().Index] = iface
	}
	t.mu.Lock()
	t.names = names
	t.mu.Unlock()
	return t.conn.Bind(&unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ALL)})
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
	_ = t.raw.Control(t.flush)
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

// KeepUp takes in what waits, for a sender that leaves the tap's own reader no time.
func (t *Tap) KeepUp() {
	// After Close there is nothing to drain, and the error says so.
	_ = t.raw.Control(t.drain)
}

// Stop ends the recording at this instant, without waiting for anything: Records
// and Lost stay as they are from now on.
func (t *Tap) Stop() {
	// After Close there is nothing to stop, and the error says so.
	_ = t.raw.Control(func(fd uintptr) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.takeAll(fd)
		t.stopped = true
	})
}

// Close stops the recording and gives the socket back, for which it waits some
// 10 ms until the kernel has no use for it. After Stop it can do so beside all
// else, even beside Records and beside what happens in the node.
func (t *Tap) Close() error { return t.close() }

func (t *Tap) shut() error {
	t.Stop()
	t.mu.Lock()
	ring := t.ring
	t.ring = nil
	t.mu.Unlock()
	err := errors.Join(ring.close(), t.conn.Close())
	<-t.done
	if err != nil {
		return fmt.Errorf("topology: closing the tap on %s: %w", t.name, err)
	}
	return nil
}

// drain records what the kernel has handed out.
func (t *Tap) drain(fd uintptr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take(fd)
}

// flush records all that has passed.
func (t *Tap) flush(fd uintptr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.takeAll(fd)
}

// takeAll is flush for a caller who holds the lock.
func (t *Tap) takeAll(fd uintptr) {
	t.take(fd)
	if t.stopped || t.ring == nil {
		return
	}
	if !t.ring.flush() {
		t.lost++ // at least one packet waits that nobody will see
	}
	t.take(fd)
}

// take is drain for a caller who holds the lock.
func (t *Tap) take(fd uintptr) {
	if t.ring == nil {
		return
	}
	t.ring.drain(func(p passage) {
		if !t.stopped {
			t.record(p)
		}
	})
	// Reading the counter resets it.
	stats, err := unix.GetsockoptTpacketStatsV3(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil && !t.stopped {
		t.lost += int(stats.Drops)
	}
}

func (t *Tap) record(p passage) {
	name, ok := t.names[p.iface]
	if !ok || p.protocol != bigEndian(unix.ETH_P_IP) && p.protocol != bigEndian(unix.ETH_P_IPV6) {
		return
	}
	if p.cut {
		t.lost++
		return
	}
	t.records = append(t.records, Record{
		Time:      p.time,
		Interface: name,
		Outgoing:  p.outgoing,
		Data:      bytes.Clone(packet.Unpadded(p.data)),
	})
}
