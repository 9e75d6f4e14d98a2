package topology

import (
	"bytes"
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
)

// wired is a port on either side of a node that forwards nothing but by its
// wires.
func wired(t *testing.T) (ports [2]Port, wires [2]*Wire, router *Node) {
	t.Helper()
	router = newNode(t, "router")
	must(t, router.EnableIPv6())
	for i, side := range []struct{ iface, host, own4, own6 string }{
		{"in", "x", "192.0.2.254/24", "2001:db8::ff/64"},
		{"out", "y", "198.51.100.254/24", "2001:db8:1::ff/64"},
	} {
		host := newNode(t, side.host)
		must(t, Link(host, "eth0", router, side.iface))
		must(t, router.AddAddr(side.iface, prefix(side.own4)))
		must(t, router.AddAddr(side.iface, prefix(side.own6)))
		ports[i] = openPort(t, host, "eth0", PortConfig{
			// The first of each family counts, and an absent one does not.
			Gateways: []netip.Addr{{}, prefix(side.own6).Addr(), prefix(side.own4).Addr(), addr("192.0.2.99")},
		})
		wire, err := router.OpenWire(side.iface)
		must(t, err)
		t.Cleanup(func() { must(t, wire.Close()) })
		wires[i] = wire
	}
	return ports, wires, router
}

func TestWireForwards(t *testing.T) {
	ports, wires, _ := wired(t)
	ctx := t.Context()
	for i, from := range wires {
		go func() {
			for {
				packet, err := from.Receive(ctx)
				if err != nil {
					return // the test is over
				}
				if err := wires[1-i].Send(ctx, packet.Data); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	for _, test := range []struct{ x, y string }{
		{"192.0.2.1:1000", "198.51.100.1:7"},
		{"[2001:db8::1]:1000", "[2001:db8:1::1]:7"},
	} {
		x, y := endpoint(test.x), endpoint(test.y)
		must(t, ports[0].Attach(x.Addr()))
		must(t, ports[1].Attach(y.Addr()))
		for _, payload := range []string{"first", "second"} {
			ping, pong := udp(t, x, y, payload), udp(t, y, x, payload)
			must(t, ports[0].Send(ctx, ping))
			if diff := cmp.Diff(ping, receive(t, ports[1]).Data); diff != "" {
				t.Errorf("ping (-want +got):\n%s", diff)
			}
			must(t, ports[1].Send(ctx, pong))
			if diff := cmp.Diff(pong, receive(t, ports[0]).Data); diff != "" {
				t.Errorf("pong (-want +got):\n%s", diff)
			}
		}
	}
}

// A wire hands over what was sent to the router, and neither what the link is for
// all of nor what belongs to the link itself.
func TestWireReceives(t *testing.T) {
	ports, wires, _ := wired(t)
	p, to := ports[0].(*port), wires[0]
	x4, x6 := endpoint("192.0.2.1:1"), endpoint("[2001:db8::1]:1")
	must(t, errors.Join(p.Attach(x4.Addr()), p.Attach(x6.Addr())))
	router, err := p.resolve(t.Context(), addr("192.0.2.254"))
	must(t, err)
	send := func(to mac, kind uint16, packet []byte) {
		t.Helper()
		frame := append(append(to[:], p.mac[:]...), byte(kind>>8), byte(kind))
		must(t, p.transmit(append(frame, packet...)))
	}
	four := udp(t, x4, endpoint("203.0.113.1:1"), "four")
	six := udp(t, x6, endpoint("[2001:db8:9::1]:1"), "six")
	solicitation, err := question(binding{x6.Addr(), p.mac}, addr("2001:db8::ff"))
	must(t, err)
	beyond := append([]byte(nil), solicitation[14:]...)
	beyond[7]-- // not from this link, so it may be anything

	send(broadcast, etherTypeIPv4, four)
	send(mac{2, 9, 9, 9, 9, 9}, etherTypeIPv4, four)
	send(mac{0x33, 0x33, 0, 0, 0, 1}, etherTypeIPv6, six)
	send(router, etherTypeIPv6, solicitation[14:])
	send(router, 0x88b6, four)
	send(router, etherTypeIPv4, append(four[:len(four):len(four)], 0, 0, 0)) // padded
	send(router, etherTypeIPv6, six)
	send(router, etherTypeIPv6, beyond)
	for _, want := range [][]byte{four, six, beyond} {
		before := time.Now().Add(-time.Second)
		got, err := to.Receive(t.Context())
		must(t, err)
		if diff := cmp.Diff(want, got.Data); diff != "" || got.Time.Before(before) || got.Time.After(time.Now()) {
			t.Errorf("at %v (-want +got):\n%s", got.Time, diff)
		}
	}
	brief, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if got, err := to.Receive(brief); err == nil {
		t.Errorf("got %x, too", got.Data)
	}
}

func TestWireErrors(t *testing.T) {
	_, wires, router := wired(t)
	x4, x6 := endpoint("192.0.2.1:1"), endpoint("[2001:db8::1]:1")
	for _, test := range []struct {
		name   string
		packet []byte
		want   string
	}{
		{"nobody there", udp(t, x4, endpoint("198.51.100.99:1"), ""), "neighbour 198.51.100.99 does not answer"},
		{"nobody, IPv6", udp(t, x6, endpoint("[2001:db8:1::99]:1"), ""), "neighbour 2001:db8:1::99 does not answer"},
		{"the other side", udp(t, x4, endpoint("192.0.2.7:1"), ""), "not on this side"},
		{"no route", udp(t, x4, endpoint("203.0.113.1:1"), ""), "finding its route"},
		{"no packet", []byte("natproof"), "not an IP packet"},
	} {
		err := wires[1].Send(t.Context(), test.packet)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := router.OpenWire("eth9"); err == nil {
		t.Error("a wire was opened on an interface that does not exist")
	}
	received := make(chan error)
	go func() { _, err := wires[1].Receive(context.Background()); received <- err }()
	time.Sleep(10 * time.Millisecond)
	must(t, wires[1].Close())
	if err := <-received; !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: got %v, want %v", err, net.ErrClosed)
	}
}

// A wire answers ARP for the addresses that it was given last, and a port that asks anew
// is told of nothing that it has learnt before.
func TestWireAnswersARP(t *testing.T) {
	ports, wires, router := wired(t)
	asker, ok := ports[0].(Asker)
	if !ok {
		t.Fatalf("%T asks nobody", ports[0])
	}
	must(t, ports[0].Attach(addr("192.0.2.1")))
	own, err := router.MAC(wires[0].name)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var receiving sync.WaitGroup
	receiving.Go(func() { _, _ = wires[0].Receive(ctx) })
	defer receiving.Wait()
	defer stop()
	for _, answered := range [][]netip.Addr{{addr("192.0.2.7"), addr("192.0.2.8")}, {addr("192.0.2.8")}} {
		wires[0].Answer(answered)
		for _, asked := range []netip.Addr{addr("192.0.2.254"), addr("192.0.2.7"), addr("192.0.2.8")} {
			at, err := asker.Ask(ctx, asked)
			must(t, err)
			if want := asked == addr("192.0.2.254") || slices.Contains(answered, asked); want != (at != nil) ||
				want && !bytes.Equal(at, own) {
				t.Errorf("%s is answered by %v, and %v are to be by %v", asked, at, answered, own)
			}
		}
	}
}

// What is local to a node is answered for, and is none of its interfaces' addresses.
func TestLocal(t *testing.T) {
	ports, wires, router := wired(t)
	must(t, ports[0].Attach(addr("192.0.2.1")))
	local, iface := addr("192.0.2.7"), wires[0].name
	for _, step := range []struct {
		do   func(string, netip.Addr) error
		want bool
	}{{router.AddLocal, true}, {router.DelLocal, false}} {
		must(t, step.do(iface, local))
		at, err := ports[0].(Asker).Ask(t.Context(), local)
		must(t, err)
		if (at != nil) != step.want {
			t.Errorf("%s is answered by %v", local, at)
		}
	}
	if err := router.DelLocal(iface, local); err == nil {
		t.Error("what is not local can be taken away")
	}
}
