package topology

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mdlayher/socket"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/topology/packet"
)

// A Wire is an AF_PACKET socket on an interface for something that forwards: it
// receives every IP packet that is handed to the interface, wherever it is
// addressed to, and sends packets from any source. Unlike a Port it leaves ARP
// and neighbour discovery to the kernel, which answers for the interface's own
// addresses; only for those of Answer it answers itself. It sees packets before
// netfilter does, so a rule that drops them keeps the kernel out.
type Wire struct {
	node  *Node
	conn  *socket.Conn
	raw   syscall.RawConn // conn's
	name  string          // of the interface
	index int
	// closed tells a closed wire from one that fails: the library has no error
	// of its own for that.
	closed atomic.Bool
	// hops remembers where each destination's packets go: nothing moves within the
	// life of a topology.
	hops map[netip.Addr]*unix.SockaddrLinklayer
	mac  mac
	// answered are the addresses that it answers ARP for.
	answered atomic.Pointer[[]netip.Addr]
	buf      []byte // what Receive reads into: no IP packet is longer
}

// resolveTime is how long a neighbour may take to answer. The kernel asks
// every 10 ms; a neighbour that is there answers within one.
const resolveTime = 300 * time.Millisecond

// OpenWire opens a wire on an interface of the node.
func (n *Node) OpenWire(iface string) (*Wire, error) {
	w, err := n.openWire(iface)
	if err != nil {
		return nil, explain(fmt.Errorf("topology: opening a wire on %s/%s: %w", n.Name(), iface, err))
	}
	return w, nil
}

func (n *Node) openWire(iface string) (*Wire, error) {
	link, err := n.link(iface)
	if err != nil {
		return nil, err
	}
	if len(link.Attrs().HardwareAddr) != len(mac{}) {
		return nil, errors.New("not an Ethernet interface")
	}
	conn, err := packetSocket(n, unix.SOCK_DGRAM)
	if err != nil {
		return nil, err
	}
	// What it sends itself would only take room from what comes.
	err = conn.SetsockoptInt(unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1)
	if err == nil {
		// There is no number for both versions of IP.
		err = conn.Bind(&unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ALL), Ifindex: link.Attrs().Index})
	}
	var raw syscall.RawConn
	if err == nil {
		raw, err = conn.SyscallConn()
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &Wire{
		node:  n,
		conn:  conn,
		raw:   raw,
		name:  iface,
		index: link.Attrs().Index,
		hops:  map[netip.Addr]*unix.SockaddrLinklayer{},
		mac:   mac(link.Attrs().HardwareAddr),
		buf:   make([]byte, 1<<16),
	}, nil
}

// Receive returns the next packet. It blocks until one arrives, ctx ends or the
// wire is closed, and then returns an error that wraps net.ErrClosed. One
// goroutine may receive at a time.
func (w *Wire) Receive(ctx context.Context) (Packet, error) {
	for {
		n, from, err := w.next(ctx)
		if err != nil && w.closed.Load() {
			err = net.ErrClosed
		}
		if err != nil {
			return Packet{}, fmt.Errorf("topology: receiving on a wire: %w", err)
		}
		ll, ok := from.(*unix.SockaddrLinklayer)
		if ok && ll.Protocol == bigEndian(unix.ETH_P_ARP) {
			w.answer(ctx, w.buf[:n])
		}
		if ok && forwardable(ll, w.buf[:n]) {
			return Packet{Time: time.Now(), Data: bytes.Clone(packet.Unpadded(w.buf[:n]))}, nil
		}
	}
}

// next reads what comes next. What waits already is read without a look at ctx: the socket's
// library has a goroutine watch it for each call, which costs more than the packet.
func (w *Wire) next(ctx context.Context) (n int, from unix.Sockaddr, err error) {
	failed := w.raw.Read(func(fd uintptr) (done bool) {
		n, from, err = unix.Recvfrom(int(fd), w.buf, unix.MSG_DONTWAIT)
		return true
	})
	// The kernel tells an error of the socket once, and nobody would hear it again.
	if failed == nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
		return n, from, err
	}
	return w.conn.Recvfrom(ctx, w.buf, 0)
}

// forwardable reports whether what came is an IP packet for a router to forward. A
// broadcast is not, nor is what a bridge floods to interfaces that it does not
// concern, nor neighbour discovery, which comes to one host alone at times.
func forwardable(from *unix.SockaddrLinklayer, packet []byte) bool {
	if from.Pkttype != unix.PACKET_HOST {
		return false
	}
	switch from.Protocol {
	case bigEndian(unix.ETH_P_IP):
		return true
	case bigEndian(unix.ETH_P_IPV6):
		return !isND(packet)
	}
	return false
}

// Send hands data, an IP packet, to the next hop towards its destination, by the
// node's routes. It waits for the next hop's address the first time. One goroutine may
// send at a time.
func (w *Wire) Send(ctx context.Context, data []byte) error {
	dst, ok := packet.Destination(data)
	if !ok {
		return errors.New("topology: sending on a wire: not an IP packet")
	}
	to, err := w.hop(ctx, dst)
	if err == nil {
		// The interface takes it at once.
		err = w.conn.Sendto(context.Background(), data, 0, to)
	}
	if err != nil {
		return fmt.Errorf("topology: sending on a wire to %s: %w", dst, err)
	}
	return nil
}

// Close ends the wire, and a Receive that is under way. For the rest it waits, some
// 10 ms, and can do so beside whatever else happens in the node.
func (w *Wire) Close() error {
	w.closed.Store(true)
	if err := w.conn.Close(); err != nil {
		return fmt.Errorf("topology: closing a wire: %w", err)
	}
	return nil
}

// hop returns where packets for dst go on the link.
func (w *Wire) hop(ctx context.Context, dst netip.Addr) (*unix.SockaddrLinklayer, error) {
	if to, ok := w.hops[dst]; ok {
		return to, nil
	}
	if err := w.node.usable(); err != nil {
		return nil, err
	}
	routes, err := w.node.handle.RouteGet(dst.AsSlice())
	if err != nil {
		return nil, fmt.Errorf("finding its route: %w", err)
	}
	next := dst
	for _, route := range routes {
		if route.LinkIndex != w.index {
			// Where two interfaces have one subnet, the route is by one of them.
			if near, err := w.onLink(dst); err != nil || !near {
				return nil, errors.Join(errors.New("it is not on this side"), err)
			}
			break
		}
		if gateway, ok := netip.AddrFromSlice(route.Gw); ok {
			next = gateway.Unmap()
		}
	}
	mac, err := w.resolve(ctx, next)
	if err != nil {
		return nil, err
	}
	to := &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_IP), Ifindex: w.index, Halen: uint8(len(mac))}
	if dst.Is6() {
		to.Protocol = bigEndian(unix.ETH_P_IPV6)
	}
	copy(to.Addr[:], mac)
	w.hops[dst] = to
	return to, nil
}

// Leads reports whether the node's routes lead to a host by the wire's interface.
func (w *Wire) Leads(dst netip.Addr) bool {
	if w.node.usable() != nil {
		return false
	}
	routes, err := w.node.handle.RouteGet(dst.AsSlice())
	return err == nil && len(routes) > 0 && routes[0].LinkIndex == w.index
}

// onLink reports whether a host is of a subnet of the wire's interface.
func (w *Wire) onLink(dst netip.Addr) (bool, error) {
	subnets, err := w.node.Addrs(w.name)
	return slices.ContainsFunc(subnets, func(p netip.Prefix) bool { return p.Contains(dst) }), err
}

// resolve makes the kernel find a neighbour and waits until it has.
func (w *Wire) resolve(ctx context.Context, next netip.Addr) (net.HardwareAddr, error) {
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	family := netlink.FAMILY_V4
	if next.Is6() {
		family = netlink.FAMILY_V6
	}
	wanted := &netlink.Neigh{LinkIndex: w.index, IP: next.AsSlice(), Flags: netlink.NTF_USE}
	if err := w.node.handle.NeighSet(wanted); err != nil {
		return nil, fmt.Errorf("looking for neighbour %s: %w", next, err)
	}
	for pause := 100 * time.Microsecond; ; pause *= 2 {
		known, err := w.node.handle.NeighList(w.index, family)
		if err != nil {
			return nil, fmt.Errorf("listing neighbours: %w", err)
		}
		for _, n := range known {
			addr, _ := netip.AddrFromSlice(n.IP)
			found := len(n.HardwareAddr) > 0 && n.State&(netlink.NUD_INCOMPLETE|netlink.NUD_FAILED) == 0
			if found && addr.Unmap() == next {
				return n.HardwareAddr, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("neighbour %s does not answer", next)
		case <-time.After(pause):
		}
	}
}
