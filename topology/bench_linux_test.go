package topology

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
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

// BenchmarkClose reports the median time of what gets rid of something. To close a
// packet socket (port, tap, wire) waits for a grace period of the kernel, some 5
// to 25 ms long; nothing else may.
func BenchmarkClose(b *testing.B) {
	n, wires := newNode(b, "n"), newNode(b, "wires")
	must(b, Link(n, "eth0", wires, "to-n"))
	must(b, wires.Bridge("br0"))
	closers := func(open func() (io.Closer, error)) func() (func() error, error) {
		return func() (func() error, error) {
			c, err := open()
			if err != nil {
				return nil, err
			}
			return c.Close, nil
		}
	}
	for _, bench := range []struct {
		name  string
		begin func() (end func() error, err error)
	}{
		{"port", closers(func() (io.Closer, error) { return n.OpenPort("eth0", PortConfig{}) })},
		{"tap", closers(func() (io.Closer, error) { return n.OpenTap("eth0") })},
		{"wire", closers(func() (io.Closer, error) { return n.OpenWire("eth0") })},
		{"node", closers(func() (io.Closer, error) { return NewNode("m") })},
		{"leave", func() (func() error, error) {
			return func() error { return wires.Leave("to-n") }, wires.Join("br0", "to-n")
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			reportMedian(b, bench.begin)
		})
	}
	// What is there so that none of them is waited for.
	hosts := lan(b, 2)
	x, y := openPort(b, hosts[0], "eth0", PortConfig{}), openPort(b, hosts[1], "eth0", PortConfig{})
	tap, err := n.OpenTap("eth0")
	must(b, err)
	b.Run("tap stop", func(b *testing.B) {
		reportMedian(b, func() (func() error, error) {
			tap.stopped = false
			return func() error { tap.Stop(); return nil }, nil
		})
	})
	b.Run("ports restart", func(b *testing.B) {
		reportMedian(b, func() (func() error, error) {
			return func() error { return Restart(context.Background(), x, y) }, nil
		})
	})
	must(b, tap.Close())
}

// BenchmarkMake reports the median time of what a spec cannot do without.
func BenchmarkMake(b *testing.B) {
	var made []*Node
	node := func() error {
		n, err := NewNode("n")
		made = append(made, n)
		return err
	}
	// Those of one round go before the next.
	clean := func() (err error) {
		for _, n := range made {
			err = errors.Join(err, n.Close())
		}
		made = nil
		return err
	}
	b.Run("node", func(b *testing.B) {
		reportMedian(b, func() (func() error, error) { return node, clean() })
	})
	b.Run("link", func(b *testing.B) {
		reportMedian(b, func() (func() error, error) {
			err := errors.Join(clean(), node(), node())
			return func() error { return Link(made[0], "eth0", made[1], "eth0") }, err
		})
	})
	must(b, clean())
}

// reportMedian begins and ends something and reports how long the end takes.
func reportMedian(b *testing.B, begin func() (end func() error, err error)) {
	var times []time.Duration
	for b.Loop() {
		end, err := begin()
		must(b, err)
		start := time.Now()
		err = end()
		times = append(times, time.Since(start))
		must(b, err)
	}
	slices.Sort(times)
	b.ReportMetric(times[len(times)/2].Seconds()*1000, "ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSpec does with nodes, links and sockets what a spec does, and reports
// what share of its time goes by in closing: with sockets that are the spec's own,
// and with ports that are kept and a tap that is closed beside the next spec.
func BenchmarkSpec(b *testing.B) {
	for _, kept := range []bool{false, true} {
		b.Run(map[bool]string{false: "own ports", true: "kept ports"}[kept], func(b *testing.B) {
			hosts := lan(b, 2)
			wires := newNode(b, "wires")
			must(b, wires.Bridge("br0"))
			var ports []Port
			var building, closing time.Duration
			var behind sync.WaitGroup
			defer behind.Wait()
			for i := 0; b.Loop(); i++ {
				begin := time.Now()
				n, err := NewNode("nat")
				must(b, err)
				cable := fmt.Sprint("nat", i)
				must(b, Link(n, "eth0", wires, cable))
				must(b, wires.Join("br0", cable))
				tap, err := n.OpenTap("eth0")
				must(b, err)
				for len(ports) < len(hosts) {
					p, err := hosts[len(ports)].OpenPort("eth0", PortConfig{})
					must(b, err)
					ports = append(ports, p)
				}
				built := time.Now()
				must(b, wires.Leave(cable))
				if kept {
					tap.Stop()
					behind.Go(func() { _ = tap.Close() })
					must(b, Restart(context.Background(), ports...))
				} else {
					must(b, errors.Join(tap.Close(), ports[0].Close(), ports[1].Close()))
					ports = nil
				}
				must(b, n.Close())
				building, closing = building+built.Sub(begin), closing+time.Since(built)
			}
			b.ReportMetric(100*closing.Seconds()/(building+closing).Seconds(), "closing-%")
			for _, p := range ports {
				must(b, p.Close())
			}
		})
	}
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
		must(b, px.Send(ctx, ping))
		if _, err := py.Receive(ctx); err != nil {
			b.Fatal(err)
		}
		must(b, py.Send(ctx, pong))
		if _, err := px.Receive(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
