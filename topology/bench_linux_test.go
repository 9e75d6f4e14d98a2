package topology

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// BenchmarkTopology5 builds and closes a NAT's topology: two hosts behind it on
// a bridge, itself, and a node outside. It reports the medians of both.
func BenchmarkTopology5(b *testing.B) {
	var builds, closes []time.Duration
	for b.Loop() {
		begin := time.Now()
		nodes := build5(b)
		built := time.Now()
		for _, n := range nodes {
			must(b, n.Close())
		}
		builds, closes = append(builds, built.Sub(begin)), append(closes, time.Since(built))
	}
	for name, times := range map[string][]time.Duration{"build-ms": builds, "close-ms": closes} {
		slices.Sort(times)
		b.ReportMetric(times[len(times)/2].Seconds()*1000, name)
	}
}

func build5(b *testing.B) []*Node {
	var nodes []*Node
	for _, name := range []string{"x", "z", "bridge", "nat", "y"} {
		n, err := NewNode(name)
		must(b, err)
		nodes = append(nodes, n)
	}
	x, z, bridge, nat, y := nodes[0], nodes[1], nodes[2], nodes[3], nodes[4]
	must(b, Link(x, "eth0", bridge, "x"))
	must(b, Link(z, "eth0", bridge, "z"))
	must(b, Link(nat, "inside", bridge, "nat"))
	must(b, Link(nat, "outside", y, "eth0"))
	must(b, bridge.Bridge("br0", "x", "z", "nat"))
	must(b, nat.AddAddr("inside", prefix("192.0.2.254/24")))
	must(b, nat.AddAddr("outside", prefix("198.51.100.254/24")))
	must(b, nat.Sysctl("net/ipv4/ip_forward", "1"))
	return nodes
}

func BenchmarkPortRoundTrip(b *testing.B) {
	hosts := lan(b, 2)
	x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
	onLink := []netip.Prefix{lan4}
	px := openPort(b, hosts[0], "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: onLink})
	py := openPort(b, hosts[1], "eth0", PortConfig{Addrs: []netip.Addr{y.Addr()}, OnLink: onLink})
	ping, pong := udp(b, x, y, "ping"), udp(b, y, x, "pong")
	ctx := context.Background()
	for b.Loop() {
		must(b, px.Send(ping))
		if _, err := py.Receive(ctx); err != nil {
			b.Fatal(err)
		}
		must(b, py.Send(pong))
		if _, err := px.Receive(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
