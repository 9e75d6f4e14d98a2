package probe_test

import (
	"context"
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/refnat"
)

// A labNAT is a NAT of known behaviour on a lab's router, for UDP and TCP. The
// reference NAT translates UDP only, yet how it maps and filters has nothing to
// do with that: a TCP connection's first segment is shown to a table of its own
// as a datagram between the same endpoints, and the fate of the datagram decides
// about the connection. From then on both directions of it are translated alike,
// as any NAT does that follows connections.
type labNAT struct {
	t     *testing.T
	wires [2]*topology.Wire // by side

	mu       sync.Mutex // held while a packet is translated and sent
	udp, tcp *refnat.Table
	flows    map[flow]hop
	trouble
	hairpinned bool
	segments   int
}

// A trouble is what a labNAT does to TCP beside translating it.
type trouble struct {
	// full lets no connection to a server begin after the first hairpin.
	full bool
	// loses is how many segments there are to each lost one; 0 loses nothing.
	loses int
}

// A flow is a packet's source and destination, a hop what becomes of them and
// where the packet leaves.
type (
	flow struct{ src, dst netip.AddrPort }
	hop  struct {
		flow
		side refnat.Side
	}
)

// pool is the addresses of a labNAT's outside. The kernel does not know them, so
// that it does not interfere.
var pool = []netip.Addr{
	netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2"), netip.MustParseAddr("198.51.100.3"),
}

// translate puts a NAT on the lab's router.
func (l *lab) translate(b refnat.Behaviour, trouble trouble) {
	l.t.Helper()
	check(l.t, l.router.Sysctl("net/ipv4/ip_forward", "0"))
	cfg := refnat.Config{Inside: l.site.Inside.Prefix(false).Masked(), InsideAddr: l.site.Inside.Prefix(false).Addr(),
		External: pool[:1], Behaviour: b}
	if b.Pooling == refnat.Arbitrary {
		cfg.External = pool
	}
	n := &labNAT{t: l.t, flows: map[flow]hop{}, trouble: trouble}
	var err error
	n.udp, err = refnat.New(cfg)
	check(l.t, err)
	n.tcp, err = refnat.New(cfg)
	check(l.t, err)
	ctx, stop := context.WithCancel(l.t.Context())
	var forwarding sync.WaitGroup
	for side, iface := range map[refnat.Side]string{refnat.Inside: "inside", refnat.Outside: "outside"} {
		n.wires[side], err = l.router.OpenWire(iface)
		check(l.t, err)
		l.t.Cleanup(func() { check(l.t, n.wires[side].Close()) })
	}
	for side := range n.wires {
		forwarding.Go(func() { n.forward(ctx, refnat.Side(side)) })
	}
	l.t.Cleanup(func() {
		stop()
		forwarding.Wait()
	})
}

func (n *labNAT) forward(ctx context.Context, from refnat.Side) {
	for {
		p, err := n.wires[from].Receive(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			n.t.Errorf("the NAT: %v", err)
			return
		}
		n.mu.Lock()
		for _, out := range n.handle(from, p.Data, time.Now()) {
			// What cannot be sent is lost, as on any router.
			_ = n.wires[out.Side].Send(ctx, out.Data)
		}
		n.mu.Unlock()
	}
}

// pass shows a packet to a table.
func pass(table *refnat.Table, from refnat.Side, packet []byte, now time.Time) []refnat.Packet {
	if from == refnat.Inside {
		return table.Outbound(packet, now)
	}
	return table.Inbound(packet, now)
}

func (n *labNAT) handle(from refnat.Side, data []byte, now time.Time) []refnat.Packet {
	packet := gopacket.NewPacket(data, layers.LayerTypeIPv4, gopacket.Default)
	ip, ok := packet.NetworkLayer().(*layers.IPv4)
	if !ok {
		return nil
	}
	tcp, ok := packet.TransportLayer().(*layers.TCP)
	if !ok {
		return pass(n.udp, from, data, now)
	}
	at := func(addr []byte, port layers.TCPPort) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(addr)), uint16(port))
	}
	if n.segments++; n.loses > 0 && n.segments%n.loses == 0 {
		return nil
	}
	f := flow{at(ip.SrcIP, tcp.SrcPort), at(ip.DstIP, tcp.DstPort)}
	to, known := n.flows[f]
	if !known {
		own := slices.Contains(pool, f.dst.Addr())
		n.hairpinned = n.hairpinned || from == refnat.Inside && own
		if !tcp.SYN || tcp.ACK || n.full && n.hairpinned && !own {
			return nil
		}
		for _, out := range pass(n.tcp, from, udpPacket(f.src, f.dst, nil), now) {
			if protocol := out.Data[9]; protocol != byte(layers.IPProtocolUDP) {
				continue
			}
			to.side = out.Side
			to.src, to.dst, _ = readUDP(out.Data)
			n.flows[f] = to
			n.flows[flow{to.dst, to.src}] = hop{flow{f.dst, f.src}, from}
			known = true
		}
		if !known {
			return nil
		}
	}
	return []refnat.Packet{{Side: to.side, Data: readdressed(data, to.flow)}}
}

// readdressed returns a TCP packet with other endpoints.
func readdressed(data []byte, f flow) []byte {
	p := append([]byte(nil), data...)
	header := int(p[0]&15) * 4
	segment := p[header:]
	copy(p[12:], f.src.Addr().AsSlice())
	copy(p[16:], f.dst.Addr().AsSlice())
	p[8]--
	binary.BigEndian.PutUint16(segment, f.src.Port())
	binary.BigEndian.PutUint16(segment[2:], f.dst.Port())
	sum := func(at []byte, parts ...[]byte) {
		clear(at)
		total := uint32(0)
		for _, part := range parts {
			total = gopacket.ComputeChecksum(part, total)
		}
		binary.BigEndian.PutUint16(at, gopacket.FoldChecksum(total))
	}
	sum(p[10:12], p[:header])
	sum(segment[16:18], p[12:20], []byte{0, 6}, binary.BigEndian.AppendUint16(nil, uint16(len(segment))), segment)
	return p
}
