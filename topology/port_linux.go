package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/mdlayher/socket"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/topology/packet"
)

const (
	// queueLen is how many packets may wait to be received on a port.
	queueLen = 8192
	// A question about a neighbour is repeated, since the other end of a
	// fresh link may not be up when it is asked first.
	askEvery = 20 * time.Millisecond
	askFor   = time.Second
)

// A port is an AF_PACKET socket on one interface.
type port struct {
	conn  *socket.Conn
	name  string // node/interface, for messages
	index int
	mac   mac
	cfg   PortConfig

	queue chan Packet
	done  chan struct{} // closed when the reader has ended

	mu      sync.Mutex
	addrs   []netip.Addr
	macs    map[netip.Addr]mac // forgotten by Restart only: nothing moves meanwhile
	learned chan struct{}      // closed and replaced with each neighbour learnt
	barrier *barrier           // of a Restart; nil before the first
	lost    int                // packets that found the queue full
	err     error              // why the reader ended
}

// OpenPort opens a port on an interface of the node. The interface should have
// no address of the port's, or the kernel answers for it too.
func (n *Node) OpenPort(iface string, cfg PortConfig) (Port, error) {
	p := &port{
		name:    n.Name() + "/" + iface,
		cfg:     cfg,
		queue:   make(chan Packet, queueLen),
		done:    make(chan struct{}),
		learned: make(chan struct{}),
	}
	p.fresh()
	if err := p.open(n, iface); err != nil {
		return nil, explain(fmt.Errorf("topology: opening port %s: %w", p.name, err))
	}
	go p.read()
	return p, nil
}

// fresh forgets whatever came since the port was opened. The caller holds the
// lock.
func (p *port) fresh() {
	p.addrs = nil
	for _, addr := range p.cfg.Addrs {
		p.addrs = append(p.addrs, addr.Unmap())
	}
	p.macs = map[netip.Addr]mac{}
	p.lost = 0
	for len(p.queue) > 0 {
		select {
		case <-p.queue:
		default: // somebody has received it just now
		}
	}
}

func (p *port) open(n *Node, iface string) error {
	link, err := n.link(iface)
	if err != nil {
		return err
	}
	attrs := link.Attrs()
	if len(attrs.HardwareAddr) != len(p.mac) {
		return errors.New("not an Ethernet interface")
	}
	p.index, p.mac = attrs.Index, mac(attrs.HardwareAddr)

	p.conn, err = packetSocket(n, unix.SOCK_RAW)
	if err != nil {
		return err
	}
	for _, option := range []struct{ level, name int }{
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS},
		{unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING},
	} {
		if err := p.conn.SetsockoptInt(option.level, option.name, 1); err != nil {
			return errors.Join(err, p.conn.Close())
		}
	}
	// A network card passes on only the multicast groups it is told of, and
	// a neighbour solicitation comes to one.
	err = p.conn.SetsockoptPacketMreq(unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
		&unix.PacketMreq{Ifindex: int32(p.index), Type: unix.PACKET_MR_ALLMULTI})
	if err == nil {
		err = p.conn.Bind(&unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ALL), Ifindex: p.index})
	}
	if err != nil {
		return errors.Join(err, p.conn.Close())
	}
	return nil
}

// Attach makes the port answer for addr, too.
func (p *port) Attach(addr netip.Addr) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addrs = append(p.addrs, addr.Unmap())
	return nil
}

// Send puts data, an IP packet, on the wire. It blocks while it looks for the next
// hop, for one second at most.
func (p *port) Send(ctx context.Context, data []byte) error {
	dst, ok := packet.Destination(data)
	if !ok {
		return fmt.Errorf("topology: sending on %s: %d bytes that are no IP packet", p.name, len(data))
	}
	src, _ := packet.Source(data)
	hop, ok := p.cfg.nextHop(src, dst)
	if !ok {
		return fmt.Errorf("topology: sending on %s: no route to %s", p.name, dst)
	}
	to, err := p.resolve(ctx, hop)
	if err != nil {
		return fmt.Errorf("topology: sending on %s to %s: %w", p.name, dst, err)
	}
	kind := etherTypeIPv4
	if dst.Is6() {
		kind = etherTypeIPv6
	}
	frame := make([]byte, 0, 14+len(data))
	frame = append(append(frame, to[:]...), p.mac[:]...)
	frame = append(frame, byte(kind>>8), byte(kind))
	if err := p.transmit(append(frame, data...)); err != nil {
		return fmt.Errorf("topology: sending on %s to %s: %w", p.name, dst, err)
	}
	return nil
}

// transmit hands a frame to the interface, which takes it at once.
func (p *port) transmit(frame []byte) error {
	return p.conn.Sendto(context.Background(), frame, 0, &unix.SockaddrLinklayer{Ifindex: p.index})
}

// Ask forgets where addr is, and asks for it.
func (p *port) Ask(ctx context.Context, addr netip.Addr) (net.HardwareAddr, error) {
	p.mu.Lock()
	delete(p.macs, addr.Unmap())
	p.mu.Unlock()
	at, err := p.resolve(ctx, addr.Unmap())
	switch {
	case errors.Is(err, ErrUnanswered):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("topology: on %s: %w", p.name, err)
	}
	return at[:], nil
}

// resolve returns where addr is, asking for it if need be.
func (p *port) resolve(ctx context.Context, addr netip.Addr) (mac, error) {
	giveUp := time.Now().Add(askFor)
	for {
		if err := ctx.Err(); err != nil {
			return mac{}, fmt.Errorf("asking for %s: %w", addr, err)
		}
		p.mu.Lock()
		at, ok := p.macs[addr]
		learned, self := p.learned, p.self(addr)
		p.mu.Unlock()
		if ok {
			return at, nil
		}
		if time.Now().After(giveUp) {
			return mac{}, fmt.Errorf("%s %w", addr, ErrUnanswered)
		}
		frame, err := question(self, addr)
		if err == nil {
			err = p.transmit(frame)
		}
		if err != nil {
			return mac{}, fmt.Errorf("asking for %s: %w", addr, err)
		}
		select {
		case <-learned:
		case <-time.After(askEvery):
		case <-ctx.Done():
		case <-p.done:
			return mac{}, net.ErrClosed
		}
	}
}

// self returns the binding under which the port asks for addr. The caller holds
// the lock.
func (p *port) self(addr netip.Addr) binding {
	for _, own := range p.addrs {
		if own.Is4() == addr.Is4() {
			return binding{own, p.mac}
		}
	}
	if addr.Is4() {
		return binding{netip.IPv4Unspecified(), p.mac}
	}
	return binding{netip.IPv6Unspecified(), p.mac}
}

// Receive returns the next packet for an attached address.
func (p *port) Receive(ctx context.Context) (Packet, error) {
	// What has arrived comes first, even when ctx has ended already.
	select {
	case packet := <-p.queue:
		return packet, nil
	default:
	}
	if err := p.trouble(); err != nil {
		return Packet{}, err
	}
	select {
	case packet := <-p.queue:
		return packet, nil
	case <-ctx.Done():
		return Packet{}, ctx.Err()
	case <-p.done:
		return Packet{}, p.trouble()
	}
}

// trouble returns why what was received is not all that came, once for each
// loss, and for ever after the port has ended.
func (p *port) trouble() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost > 0 {
		lost := p.lost
		p.lost = 0
		return fmt.Errorf("topology: receiving on %s: %d packets lost, since %d were waiting", p.name, lost, queueLen)
	}
	if p.err != nil {
		return fmt.Errorf("topology: receiving on %s: %w", p.name, p.err)
	}
	return nil
}

// Close closes the socket and waits for the reader.
func (p *port) Close() error {
	p.end(net.ErrClosed)
	err := p.conn.Close()
	<-p.done
	if err != nil {
		return fmt.Errorf("topology: closing port %s: %w", p.name, err)
	}
	return nil
}
