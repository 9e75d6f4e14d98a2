package topology

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"
)

// framed is two ports, and a function that sends a frame of any kind from the
// first.
func framed(t *testing.T) (px, py *port, send func(to mac, kind uint16, payload []byte)) {
	t.Helper()
	// Not across a bridge, which may cut off padding on the way.
	hosts := []*Node{newNode(t, "x"), newNode(t, "y")}
	must(t, Link(hosts[0], "eth0", hosts[1], "eth0"))
	onLink := []netip.Prefix{lan4, lan6}
	x, y := []netip.Addr{addr("192.0.2.1"), addr("2001:db8::1")}, []netip.Addr{addr("192.0.2.2"), addr("2001:db8::2")}
	px = openPort(t, hosts[0], "eth0", PortConfig{Addrs: x, OnLink: onLink}).(*port)
	py = openPort(t, hosts[1], "eth0", PortConfig{Addrs: y, OnLink: onLink}).(*port)
	return px, py, func(to mac, kind uint16, payload []byte) {
		t.Helper()
		frame := append(append(to[:], px.mac[:]...), byte(kind>>8), byte(kind))
		must(t, px.transmit(append(frame, payload...)))
	}
}

// Of what comes to an interface, a port hands over the IP packets to its addresses
// that were sent to the interface or to all, without their padding.
func TestPortSelectsFrames(t *testing.T) {
	px, py, send := framed(t)
	four := udp(t, endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1"), "four")
	six := udp(t, endpoint("[2001:db8::1]:1"), endpoint("[2001:db8::2]:1"), "six")
	solicitation, err := question(binding{addr("2001:db8::1"), px.mac}, addr("2001:db8::2"))
	must(t, err)
	toOne := append([]byte(nil), solicitation[14:]...)
	to := addr("2001:db8::2").As16()
	copy(toOne[24:40], to[:])

	send(mac{2, 9, 9, 9, 9, 9}, etherTypeIPv4, four) // as a bridge floods it
	send(py.mac, 0x88b6, four)
	send(py.mac, etherTypeIPv6, solicitation[14:])
	send(py.mac, etherTypeIPv6, toOne)
	send(py.mac, etherTypeARP, []byte{0, 1})
	send(py.mac, etherTypeIPv4, nil)
	send(broadcast, etherTypeIPv4, append(four[:len(four):len(four)], 0, 0, 0))
	send(py.mac, etherTypeIPv6, append(six[:len(six):len(six)], 0))
	for _, want := range [][]byte{four, six} {
		if diff := cmp.Diff(want, receive(t, py).Data); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	empty(t, py)
}

// A question teaches only those who are asked, and nobody learns where the
// unspecified address is.
func TestPortLearns(t *testing.T) {
	px, py, send := framed(t)
	ask := func(sender, asked string) {
		t.Helper()
		frame, err := arpFrame(layers.ARPRequest, binding{addr(sender), px.mac}, binding{addr: addr(asked)}, broadcast)
		must(t, err)
		send(broadcast, etherTypeARP, frame[14:])
	}
	ask("192.0.2.71", "192.0.2.9")
	ask("0.0.0.0", "192.0.2.2")
	ask("192.0.2.72", "192.0.2.2")
	// An answer teaches everyone, asked for or not.
	frame, err := answer(binding{addr("192.0.2.73"), px.mac}, binding{addr("192.0.2.2"), py.mac})
	must(t, err)
	send(py.mac, etherTypeARP, frame[14:])
	send(py.mac, etherTypeIPv4, udp(t, endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1"), "the end"))
	receive(t, py)

	py.mu.Lock()
	defer py.mu.Unlock()
	want := map[netip.Addr]mac{addr("192.0.2.72"): px.mac, addr("192.0.2.73"): px.mac}
	if diff := cmp.Diff(want, py.macs, cmp.Comparer(sameAddr)); diff != "" {
		t.Errorf("it knows (-want +got):\n%s", diff)
	}
}

// A port does not hear what leaves its interface, be it from another port there.
func TestPortIsDeafToItsSide(t *testing.T) {
	n, far := newNode(t, "n"), newNode(t, "far")
	must(t, Link(n, "eth0", far, "eth0"))
	x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
	px := openPort(t, n, "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}})
	py := openPort(t, n, "eth0", PortConfig{Addrs: []netip.Addr{y.Addr()}})
	ctx, cancel := context.WithTimeout(t.Context(), 3*askEvery)
	defer cancel()
	if err := px.Send(ctx, udp(t, x, y, "")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that nobody answers", err)
	}
	empty(t, py)
}

// A port outlives its interface's being down for a while.
func TestPortOutlivesDown(t *testing.T) {
	a, b := newNode(t, "a"), newNode(t, "b")
	must(t, Link(a, "eth0", b, "eth0"))
	x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
	px := openPort(t, a, "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}})
	py := openPort(t, b, "eth0", PortConfig{Addrs: []netip.Addr{y.Addr()}})
	must(t, px.Send(t.Context(), udp(t, x, y, "before")))
	receive(t, py)
	link, err := b.link("eth0")
	must(t, err)
	must(t, b.Netlink().LinkSetDown(link))
	time.Sleep(10 * time.Millisecond) // its reader is told
	must(t, b.up("eth0"))
	must(t, px.Send(t.Context(), udp(t, x, y, "after")))
	receive(t, py)
}
