package topology

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

var (
	lan4 = netip.MustParsePrefix("192.0.2.0/24")
	lan6 = netip.MustParsePrefix("2001:db8::/64")
)

func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func newNode(t testing.TB, name string) *Node {
	t.Helper()
	n, err := NewNode(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func openPort(t testing.TB, n *Node, iface string, cfg PortConfig) Port {
	t.Helper()
	p, err := n.OpenPort(iface, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() }) // some tests close it themselves
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lan is a bridge with hosts h0, h1 … on it, each with an interface eth0.
func lan(t testing.TB, count int) (hosts []*Node) {
	t.Helper()
	bridge := newNode(t, "bridge")
	var ports []string
	for i := range count {
		host := newNode(t, "h"+string(rune('0'+i)))
		port := "p" + string(rune('0'+i))
		must(t, Link(host, "eth0", bridge, port))
		hosts, ports = append(hosts, host), append(ports, port)
	}
	must(t, bridge.Bridge("br0", ports...))
	return hosts
}

// udp returns a UDP packet of either version.
func udp(t testing.TB, src, dst netip.AddrPort, payload string) []byte {
	t.Helper()
	u := &layers.UDP{SrcPort: layers.UDPPort(src.Port()), DstPort: layers.UDPPort(dst.Port())}
	var ip interface {
		gopacket.SerializableLayer
		gopacket.NetworkLayer
	} = &layers.IPv4{
		Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP,
		SrcIP: src.Addr().AsSlice(), DstIP: dst.Addr().AsSlice(),
	}
	if src.Addr().Is6() {
		ip = &layers.IPv6{
			Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolUDP,
			SrcIP: src.Addr().AsSlice(), DstIP: dst.Addr().AsSlice(),
		}
	}
	must(t, u.SetNetworkLayerForChecksum(ip))
	packet, err := serialize(ip, u, gopacket.Payload(payload))
	must(t, err)
	return packet
}

func endpoint(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// receive returns the next packet on p, which must come within two seconds.
func receive(t testing.TB, p Port) Packet {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	packet, err := p.Receive(ctx)
	if err != nil {
		t.Fatal("receive:", err)
	}
	return packet
}

// empty checks that nothing waits on p.
func empty(t testing.TB, p Port) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if packet, err := p.Receive(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("receive: got %x, %v, want nothing", packet.Data, err)
	}
}
