package topology

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
)

// routed is a port on either side of a router with a tap on both interfaces.
func routed(t *testing.T) (inside, outside Port, tap *Tap) {
	t.Helper()
	a, r, b := newNode(t, "a"), newNode(t, "router"), newNode(t, "b")
	must(t, Link(a, "eth0", r, "in"))
	must(t, Link(r, "out", b, "eth0"))
	must(t, r.AddAddr("in", prefix("192.0.2.254/24")))
	must(t, r.AddAddr("out", prefix("198.51.100.254/24")))
	must(t, r.Sysctl("net/ipv4/ip_forward", "1"))
	inside = openPort(t, a, "eth0", PortConfig{
		Addrs: []netip.Addr{addr("192.0.2.1")}, Gateways: []netip.Addr{addr("192.0.2.254")},
	})
	outside = openPort(t, b, "eth0", PortConfig{
		Addrs: []netip.Addr{addr("198.51.100.1")}, Gateways: []netip.Addr{addr("198.51.100.254")},
	})
	tap, err := r.OpenTap("in", "out")
	must(t, err)
	t.Cleanup(func() { must(t, tap.Close()) })
	return inside, outside, tap
}

func passes(records []Record) []string {
	var lines []string
	for _, r := range records {
		way := "in"
		if r.Outgoing {
			way = "out"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", r.Interface, way, r.Data[28:]))
	}
	return lines
}

func TestTap(t *testing.T) {
	inside, outside, tap := routed(t)
	x, y := endpoint("192.0.2.1:1000"), endpoint("198.51.100.1:7")
	var want []string
	for i := range 20 {
		ping, pong := fmt.Sprint("ping", i), fmt.Sprint("pong", i)
		must(t, inside.Send(t.Context(), udp(t, x, y, ping)))
		receive(t, outside)
		must(t, outside.Send(t.Context(), udp(t, y, x, pong)))
		receive(t, inside)
		want = append(want, "in in "+ping, "out out "+ping, "out in "+pong, "in out "+pong)
		// All that was received has passed the tap already.
		if diff := cmp.Diff(want, passes(tap.Records())); diff != "" {
			t.Fatalf("after round %d (-want +got):\n%s", i, diff)
		}
	}
	if lost := tap.Lost(); lost != 0 {
		t.Errorf("%d packets lost", lost)
	}
	must(t, tap.Close())
	must(t, tap.Close())
	if diff := cmp.Diff(want, passes(tap.Records())); diff != "" {
		t.Errorf("closed (-want +got):\n%s", diff)
	}
}

// What passes after Stop is not recorded, and the records are there while the tap
// is being closed beside them.
func TestTapStop(t *testing.T) {
	inside, outside, tap := routed(t)
	send := func(payload string) {
		t.Helper()
		must(t, inside.Send(t.Context(), udp(t, endpoint("192.0.2.1:1000"), endpoint("198.51.100.1:7"), payload)))
		receive(t, outside)
	}
	const count = 100
	var want []string
	for i := range count {
		payload := fmt.Sprint("before ", i)
		send(payload)
		want = append(want, "in in "+payload, "out out "+payload)
	}
	tap.Stop()
	send("after")
	check := func(when string) {
		t.Helper()
		if diff := cmp.Diff(want, passes(tap.Records())); diff != "" || tap.Lost() != 0 {
			t.Errorf("%s, %d lost (-want +got):\n%s", when, tap.Lost(), diff)
		}
	}
	check("stopped")
	closed := make(chan error)
	go func() { closed <- tap.Close() }()
	for open := true; open; {
		send("while closing")
		check("closing")
		select {
		case err := <-closed:
			must(t, err)
			open = false
		default:
		}
	}
	tap.Stop()
	check("closed")
}

// A tap that has no time to read says how much it lost, again and again; what it
// has is without padding, and of IP alone.
func TestTapLost(t *testing.T) {
	a, b := newNode(t, "a"), newNode(t, "b")
	must(t, Link(a, "eth0", b, "eth0"))
	x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
	p := openPort(t, a, "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}}).(*port)
	tap, err := b.readyTap(2)
	must(t, err)
	must(t, tap.Begin("eth0"))
	packet := udp(t, x, y, strings.Repeat("x", 1400))
	frame := append(append(broadcast[:], p.mac[:]...), 0x08, 0x00)
	frame = append(append(frame, packet...), 0, 0, 0)

	const count = 200
	tap.mu.Lock()
	for range count {
		must(t, p.transmit(frame))
	}
	tap.mu.Unlock()
	lost := tap.Lost()
	records := tap.Records()
	if lost == 0 || len(records) == 0 || lost+len(records) != count {
		t.Errorf("%d packets passed, %d were recorded and %d lost", count, len(records), lost)
	}
	for _, record := range records {
		if diff := cmp.Diff(packet, record.Data); diff != "" || record.Outgoing || record.Interface != "eth0" {
			t.Fatalf("on %s, outgoing %v (-want +got):\n%s", record.Interface, record.Outgoing, diff)
		}
	}
	must(t, p.transmit(append(append(broadcast[:], p.mac[:]...), 0x88, 0xb6)))
	must(t, tap.Close())
	if again := tap.Lost(); again != lost || len(tap.Records()) != len(records) {
		t.Errorf("later %d were lost and %d recorded, want %d and %d", again, len(tap.Records()), lost, len(records))
	}
}

// All that has passed is there at once, in order, in blocks that are full and in one
// that is not, and when the tap has been all around its ring.
func TestTapAround(t *testing.T) {
	a, b := newNode(t, "a"), newNode(t, "b")
	must(t, Link(a, "eth0", b, "eth0"))
	x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
	p := openPort(t, a, "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}}).(*port)
	tap, err := b.readyTap(4)
	must(t, err)
	must(t, tap.Begin("eth0"))
	begin, count := time.Now(), 0
	var last time.Time
	for round := range 200 {
		for i := range round % 13 {
			payload := fmt.Sprintf("%05d%s", count, strings.Repeat("x", (round*31+i)%1400))
			frame := append(append(broadcast[:], p.mac[:]...), 0x08, 0x00)
			must(t, p.transmit(append(frame, udp(t, x, y, payload)...)))
			count++
		}
		before := time.Now()
		records := tap.Records()
		if took := time.Since(before); took > time.Second {
			t.Fatalf("reading took %v", took)
		}
		if len(records) != count || tap.Lost() != 0 {
			t.Fatalf("round %d: %d packets passed, %d were recorded and %d lost",
				round, count, len(records), tap.Lost())
		}
		for i, record := range records {
			if got := string(record.Data[28:33]); got != fmt.Sprintf("%05d", i) {
				t.Fatalf("round %d: packet %d reads %s", round, i, got)
			}
		}
		if count > 0 {
			last = records[count-1].Time
		}
	}
	if end := time.Now(); last.Before(begin) || last.After(end) {
		t.Errorf("the last packet is of %v, want from %v to %v", last, begin, end)
	}
	must(t, tap.Close())
}

// A burst passes whole where the sender leaves the tap the time for it.
func TestTapBurst(t *testing.T) {
	const count, each = 8000, 100
	for _, size := range []int{24, 1400} {
		a, b := newNode(t, "a"), newNode(t, "b")
		must(t, Link(a, "eth0", b, "eth0"))
		x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
		p := openPort(t, a, "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}}).(*port)
		tap, err := b.OpenTap("eth0")
		must(t, err)
		frame := append(append(broadcast[:], p.mac[:]...), 0x08, 0x00)
		frame = append(frame, udp(t, x, y, strings.Repeat("x", size))...)
		for i := range count {
			if i%each == 0 {
				tap.KeepUp()
			}
			must(t, p.transmit(frame))
		}
		if got := len(tap.Records()); got != count || tap.Lost() != 0 {
			t.Errorf("%d packets of %d bytes passed, %d were recorded and %d lost", count, size, got, tap.Lost())
		}
		must(t, tap.Close())
	}
}

// A record holds the bytes that passed, however late the tap reads them. A router that
// translates puts fragments together, and writes the headers of the ones that it sends over
// those of the ones that came.
func TestTapFragments(t *testing.T) {
	inside, outside, tap := routed(t)
	must(t, masquerade(tap.node))
	x, y := endpoint("192.0.2.1:1000"), endpoint("198.51.100.1:7")
	whole := udp(t, x, y, strings.Repeat("x", 3000))[20:]
	header := packet.Header{Source: x.Addr(), Destination: y.Addr(), Protocol: packet.UDP, ID: 777, TTL: 64}
	var want [][]byte
	tap.mu.Lock() // the reader comes too late
	for offset := 0; offset < len(whole); offset += 1480 {
		end := min(offset+1480, len(whole))
		fragment, err := header.Fragment(whole[offset:end], offset, end < len(whole))
		must(t, err)
		want = append(want, fragment)
		must(t, inside.Send(t.Context(), fragment))
	}
	for range want {
		receive(t, outside)
	}
	tap.mu.Unlock()
	var got [][]byte
	translated := 0
	for _, r := range tap.Records() {
		switch source, _ := packet.Source(r.Data); {
		case r.Interface == "in" && !r.Outgoing:
			got = append(got, r.Data)
		case source == addr("198.51.100.254"):
			translated++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inside (-want +got):\n%s", diff)
	}
	if translated != len(want) {
		t.Errorf("%d fragments left translated, want %d", translated, len(want))
	}
}
