package topology

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
)

func TestPortsAcrossABridge(t *testing.T) {
	for _, test := range []struct{ name, x, y string }{
		{"IPv4", "192.0.2.1:1000", "192.0.2.2:7"},
		{"IPv6", "[2001:db8::1]:1000", "[2001:db8::2]:7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			hosts := lan(t, 2)
			x, y := endpoint(test.x), endpoint(test.y)
			onLink := []netip.Prefix{lan4, lan6}
			px := openPort(t, hosts[0], "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: onLink})
			py := openPort(t, hosts[1], "eth0", PortConfig{OnLink: onLink})
			must(t, py.Attach(y.Addr()))

			ping, pong := udp(t, x, y, "ping"), udp(t, y, x, "pong")
			before := time.Now()
			must(t, px.Send(t.Context(), ping))
			got := receive(t, py)
			if diff := cmp.Diff(ping, got.Data); diff != "" {
				t.Errorf("ping (-want +got):\n%s", diff)
			}
			if got.Time.Before(before) || got.Time.After(time.Now()) {
				t.Errorf("received at %v, sent at %v", got.Time, before)
			}
			must(t, py.Send(t.Context(), pong))
			if diff := cmp.Diff(pong, receive(t, px).Data); diff != "" {
				t.Errorf("pong (-want +got):\n%s", diff)
			}
			damaged := slices.Clone(ping)
			damaged[10] ^= 1 // of IPv4, the header's checksum; no kernel on the way minds
			must(t, px.Send(t.Context(), damaged))
			if diff := cmp.Diff(damaged, receive(t, py).Data); diff != "" {
				t.Errorf("damaged (-want +got):\n%s", diff)
			}
			empty(t, px)
			empty(t, py)
		})
	}
}

// A kernel finds a port by ARP and by neighbour discovery, and the other way
// round.
func TestPortAndKernel(t *testing.T) {
	for _, test := range []struct{ name, port, kernel string }{
		{"ARP", "192.0.2.1:1000", "192.0.2.2:7"},
		{"ND", "[2001:db8::1]:1000", "[2001:db8::2]:7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := newNode(t, "a"), newNode(t, "b")
			must(t, b.EnableIPv6())
			must(t, Link(a, "eth0", b, "eth0"))
			x, y := endpoint(test.port), endpoint(test.kernel)
			onLink, _ := y.Addr().Prefix(24)
			must(t, b.AddAddr("eth0", netip.PrefixFrom(y.Addr(), onLink.Bits())))
			p := openPort(t, a, "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{onLink}})

			var conn net.PacketConn
			must(t, b.Do(func() (err error) {
				conn, err = net.ListenPacket("udp", y.String())
				return err
			}))
			defer func() { must(t, conn.Close()) }()
			if _, err := conn.WriteTo([]byte("from the kernel"), net.UDPAddrFromAddrPort(x)); err != nil {
				t.Fatal(err)
			}
			if got := string(receive(t, p).Data); !strings.HasSuffix(got, "from the kernel") {
				t.Errorf("got %q", got)
			}

			must(t, p.Send(t.Context(), udp(t, x, y, "from the port")))
			must(t, conn.SetReadDeadline(time.Now().Add(2*time.Second)))
			buf := make([]byte, 100)
			n, from, err := conn.ReadFrom(buf)
			must(t, err)
			if got := string(buf[:n]); got != "from the port" || from.String() != x.String() {
				t.Errorf("got %q from %v, want it from %v", got, from, x)
			}
		})
	}
}

// A port asks first, of a kernel that has never heard of it.
func TestPortAsksFirst(t *testing.T) {
	a, b := newNode(t, "a"), newNode(t, "b")
	must(t, b.EnableIPv6())
	must(t, Link(a, "eth0", b, "eth0"))
	must(t, b.AddAddr("eth0", prefix("2001:db8::2/64")))
	must(t, b.AddAddr("eth0", prefix("192.0.2.2/24")))
	p := openPort(t, a, "eth0", PortConfig{
		Addrs:  []netip.Addr{addr("192.0.2.1"), addr("2001:db8::1")},
		OnLink: []netip.Prefix{lan4, lan6},
	})
	for _, to := range []string{"192.0.2.2:9", "[2001:db8::2]:9"} {
		from := netip.AddrPortFrom(addr("192.0.2.1"), 1)
		if endpoint(to).Addr().Is6() {
			from = netip.AddrPortFrom(addr("2001:db8::1"), 1)
		}
		must(t, p.Send(t.Context(), udp(t, from, endpoint(to), "")))
		// Nobody listens there, so the kernel sends an ICMP error.
		if dst, _ := packet.Destination(receive(t, p).Data); dst != from.Addr() {
			t.Errorf("got a packet for %v, want one for %v", dst, from)
		}
	}
}

func TestPortThroughForwardingNode(t *testing.T) {
	x, y := endpoint("192.0.2.1:1000"), endpoint("198.51.100.1:7")
	a, r, b := newNode(t, "a"), newNode(t, "router"), newNode(t, "b")
	must(t, Link(a, "eth0", r, "in"))
	must(t, Link(r, "out", b, "eth0"))
	must(t, r.AddAddr("in", prefix("192.0.2.254/24")))
	must(t, r.AddAddr("out", prefix("198.51.100.254/24")))
	must(t, r.Sysctl("net/ipv4/ip_forward", "1"))
	px := openPort(t, a, "eth0", PortConfig{
		Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}, Gateways: []netip.Addr{addr("192.0.2.254")},
	})
	py := openPort(t, b, "eth0", PortConfig{
		Addrs: []netip.Addr{y.Addr(), addr("203.0.113.1")}, Gateways: []netip.Addr{addr("198.51.100.254")},
	})
	must(t, r.AddRoute(prefix("203.0.113.0/24"), y.Addr()))

	for _, to := range []netip.AddrPort{y, endpoint("203.0.113.1:7")} {
		must(t, px.Send(t.Context(), udp(t, x, to, "there")))
		got := receive(t, py).Data
		if dst, _ := packet.Destination(got); dst != to.Addr() || got[8] != 63 {
			t.Errorf("got a packet for %v with TTL %d, want one for %v with 63", dst, got[8], to.Addr())
		}
		must(t, py.Send(t.Context(), udp(t, to, x, "and back")))
		if got := string(receive(t, px).Data); !strings.HasSuffix(got, "and back") {
			t.Errorf("got %q", got)
		}
	}
}

func TestPortSendErrors(t *testing.T) {
	hosts := lan(t, 2)
	p := openPort(t, hosts[0], "eth0", PortConfig{
		Addrs: []netip.Addr{addr("192.0.2.1")}, OnLink: []netip.Prefix{lan4},
	})
	from := endpoint("192.0.2.1:1")
	for _, test := range []struct {
		name   string
		packet []byte
		want   string
	}{
		{"nobody there", udp(t, from, endpoint("192.0.2.99:1"), ""), "192.0.2.99 does not answer"},
		{"no route", udp(t, from, endpoint("198.51.100.1:1"), ""), "no route to 198.51.100.1"},
		{"no packet", []byte("natproof"), "8 bytes that are no IP packet"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := p.Send(t.Context(), test.packet)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

// A context that ends while the next hop is looked for ends that at once.
func TestPortSendObeysContext(t *testing.T) {
	hosts := lan(t, 2)
	x, nobody := endpoint("192.0.2.1:1"), endpoint("192.0.2.99:1")
	p := openPort(t, hosts[0], "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(askEvery/2, cancel)
	begin := time.Now()
	if err := p.Send(ctx, udp(t, x, nobody, "")); !errors.Is(err, context.Canceled) || time.Since(begin) > askFor {
		t.Errorf("got %v after %v, want %v", err, time.Since(begin), context.Canceled)
	}
}

// Packets sent while the next hop is unknown all arrive, once it is found.
func TestPortSendWhileResolving(t *testing.T) {
	hosts := lan(t, 2)
	x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
	px := openPort(t, hosts[0], "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}})
	const count = 50
	packet := udp(t, x, y, "")
	errs := make([]error, count)
	var senders sync.WaitGroup
	for i := range count {
		senders.Go(func() { errs[i] = px.Send(t.Context(), packet) })
	}
	time.Sleep(5 * askEvery / 2)
	py := openPort(t, hosts[1], "eth0", PortConfig{Addrs: []netip.Addr{y.Addr()}})
	senders.Wait()
	must(t, errors.Join(errs...))
	for range count {
		receive(t, py)
	}
	empty(t, py)
}

func TestPortReceive(t *testing.T) {
	hosts := lan(t, 2)
	x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
	px := openPort(t, hosts[0], "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}})
	py := openPort(t, hosts[1], "eth0", PortConfig{Addrs: []netip.Addr{y.Addr(), addr("192.0.2.3")}})

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := py.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing sent: got %v, want %v", err, context.DeadlineExceeded)
	}

	// The first is for an address that is not attached there; the second
	// shows that it has passed. Broadcasts are never queued.
	must(t, px.Send(t.Context(), udp(t, x, y, "first")))
	for _, dst := range []string{"192.0.2.255", "255.255.255.255", "224.0.0.1"} {
		p := px.(*port)
		frame := append(append(broadcast[:], p.mac[:]...), 0x08, 0x00)
		must(t, p.transmit(append(frame, udp(t, x, netip.AddrPortFrom(addr(dst), 1), "")...)))
	}
	must(t, px.Send(t.Context(), udp(t, x, endpoint("192.0.2.3:1"), "last")))
	for _, want := range []string{"first", "last"} {
		if got := string(receive(t, py).Data); !strings.HasSuffix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}

	must(t, py.Close())
	if _, err := py.Receive(context.Background()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: got %v, want %v", err, net.ErrClosed)
	}
	if err := py.Send(t.Context(), udp(t, y, x, "")); err == nil {
		t.Error("closed: sending succeeded")
	}
}

func TestPortSaysWhatItLost(t *testing.T) {
	hosts := lan(t, 2)
	x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
	px := openPort(t, hosts[0], "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}})
	py := openPort(t, hosts[1], "eth0", PortConfig{Addrs: []netip.Addr{y.Addr()}})
	packet := udp(t, x, y, "")
	for range queueLen + 10 {
		must(t, px.Send(t.Context(), packet))
	}
	lost := func() int {
		p := py.(*port)
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.lost
	}
	for lost() < 10 {
		time.Sleep(time.Millisecond)
	}
	for range queueLen {
		receive(t, py)
	}
	_, err := py.Receive(context.Background())
	if err == nil || !strings.Contains(err.Error(), "packets lost") {
		t.Errorf("got error %v, want one that tells of lost packets", err)
	}
	empty(t, py) // a loss is told once
}
