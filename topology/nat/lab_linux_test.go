package nat

import (
	"context"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology"
)

// The addresses of the lab. X and Z are inside, Y1 and Y2 outside.
var (
	x  = netip.MustParseAddr("10.0.0.2")
	z  = netip.MustParseAddr("10.0.0.3")
	y1 = netip.MustParseAddr("203.0.113.11")
	y2 = netip.MustParseAddr("203.0.113.12")
	// Internal and external are the NAT's own addresses, and the pool is what it
	// may get besides.
	internal, external = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("203.0.113.1")

	pool = []netip.Addr{netip.MustParseAddr("203.0.113.20"), netip.MustParseAddr("203.0.113.21")}
)

// A lab is a site with a port on each side.
type lab struct {
	t       testing.TB
	site    Site
	inside  topology.Port
	outside topology.Port
}

func newLab(t testing.TB) *lab {
	t.Helper()
	node := func(name string) *topology.Node {
		n, err := topology.NewNode(name)
		check(t, err)
		t.Cleanup(func() { check(t, n.Close()) })
		return n
	}
	in, router, out := node("in"), node("nat"), node("out")
	check(t, topology.Link(in, "eth0", router, "inside"))
	check(t, topology.Link(out, "eth0", router, "outside"))
	check(t, router.Sysctl("net/ipv4/ip_forward", "1"))

	l := &lab{t: t, site: Site{
		Node:    router,
		Inside:  Interface{Name: "inside", MTU: 1500, Prefixes: []netip.Prefix{netip.PrefixFrom(internal, 24)}},
		Outside: Interface{Name: "outside", MTU: 1500, Prefixes: []netip.Prefix{netip.PrefixFrom(external, 24)}},
		Hosts:   []netip.Addr{x, z},
	}}
	check(t, router.AddAddr("inside", l.site.Inside.Prefix(false)))
	check(t, router.AddAddr("outside", l.site.Outside.Prefix(false)))
	for _, addr := range pool {
		check(t, router.AddAddr("outside", netip.PrefixFrom(addr, 32)))
	}
	l.inside = l.port(in, topology.PortConfig{
		Addrs:    []netip.Addr{x, z},
		OnLink:   []netip.Prefix{l.site.Inside.Prefix(false).Masked()},
		Gateways: []netip.Addr{l.site.Inside.Prefix(false).Addr()},
	})
	l.outside = l.port(out, topology.PortConfig{
		Addrs:    []netip.Addr{y1, y2},
		OnLink:   []netip.Prefix{l.site.Outside.Prefix(false).Masked()},
		Gateways: []netip.Addr{external},
	})
	return l
}

func (l *lab) port(n *topology.Node, cfg topology.PortConfig) topology.Port {
	l.t.Helper()
	p, err := n.OpenPort("eth0", cfg)
	check(l.t, err)
	l.t.Cleanup(func() { check(l.t, p.Close()) })
	return p
}

// start starts the NAT of that name.
func (l *lab) start(name string, policy Policy) NAT {
	l.t.Helper()
	n, err := l.try(name, policy)
	check(l.t, err)
	return n
}

// try starts the NAT of that name, as a run does: unless its driver refuses.
func (l *lab) try(name string, policy Policy) (NAT, error) {
	l.t.Helper()
	driver, err := Lookup(name)
	check(l.t, err)
	if err := driver.Info().Refuses(policy); err != nil {
		return nil, err
	}
	n, err := prepare(l.t, driver).Start(l.t.Context(), l.site, policy)
	if err == nil {
		l.t.Cleanup(func() { check(l.t, n.Close()) })
	}
	return n, err
}

func prepare(t testing.TB, driver Driver) Starter {
	t.Helper()
	starter, err := driver.Prepare(t.Context())
	check(t, err)
	t.Cleanup(func() { check(t, starter.Close()) })
	return starter
}

// A flow is a UDP packet as a test compares it.
type flow struct {
	Src, Dst netip.AddrPort
	Payload  string
}

// send sends a UDP packet on a port.
func (l *lab) send(p topology.Port, src, dst netip.AddrPort, payload string) {
	l.t.Helper()
	check(l.t, p.Send(l.t.Context(), udp(l.t, flow{src, dst, payload})))
}

// receive returns the next UDP packet on a port.
func (l *lab) receive(p topology.Port) flow {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 2*time.Second)
	defer cancel()
	for {
		packet, err := p.Receive(ctx)
		check(l.t, err)
		if f, ok := parseUDP(packet.Data); ok {
			return f
		}
	}
}

// expect sends on one port and compares what arrives at another.
func (l *lab) expect(from topology.Port, src, dst netip.AddrPort, to topology.Port, wantSrc, wantDst netip.AddrPort) {
	l.t.Helper()
	payload := src.String() + " to " + dst.String()
	l.send(from, src, dst, payload)
	if diff := cmp.Diff(flow{wantSrc, wantDst, payload}, l.receive(to), compareNetip); diff != "" {
		l.t.Fatalf("packet from %v to %v (-want +got):\n%s", src, dst, diff)
	}
}

// refused sends on the outside what must not come in, and then over a session
// that is open what must: what arrives first shows whether the former was lost.
func (l *lab) refused(src, dst netip.AddrPort) {
	l.t.Helper()
	l.send(l.outside, src, dst, "unwanted")
	control := at(x, 65000)
	l.send(l.inside, control, at(y1, 65000), "control")
	if got := l.receive(l.outside); got.Payload != "control" {
		l.t.Fatalf("control: got %v", got)
	} else {
		l.expect(l.outside, at(y1, 65000), got.Src, l.inside, at(y1, 65000), control)
	}
}

func udp(t testing.TB, f flow) []byte {
	t.Helper()
	ip := &layers.IPv4{
		Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolUDP, Id: 4711,
		SrcIP: f.Src.Addr().AsSlice(), DstIP: f.Dst.Addr().AsSlice(),
	}
	header := &layers.UDP{SrcPort: layers.UDPPort(f.Src.Port()), DstPort: layers.UDPPort(f.Dst.Port())}
	check(t, header.SetNetworkLayerForChecksum(ip))
	buf := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	check(t, gopacket.SerializeLayers(buf, options, ip, header, gopacket.Payload(f.Payload)))
	return buf.Bytes()
}

func parseUDP(data []byte) (flow, bool) {
	if len(data) < 28 || data[0] != 0x45 || data[9] != byte(layers.IPProtocolUDP) {
		return flow{}, false
	}
	addr := func(at int) netip.Addr { return netip.AddrFrom4([4]byte(data[at : at+4])) }
	return flow{
		Src:     netip.AddrPortFrom(addr(12), binary.BigEndian.Uint16(data[20:])),
		Dst:     netip.AddrPortFrom(addr(16), binary.BigEndian.Uint16(data[22:])),
		Payload: string(data[28:]),
	}, true
}

// compareNetip compares addresses as the values they are.
var compareNetip = cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })

func at(addr netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(addr, port) }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
