package topology

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
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
	tap, err := b.OpenTap("eth0")
	must(t, err)
	must(t, tap.conn.SetReadBuffer(1))
	packet := udp(t, x, y, "")
	frame := append(append(broadcast[:], p.mac[:]...), 0x08, 0x00)
	frame = append(append(frame, packet...), 0, 0, 0)

	const count = 100
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
			t.Errorf("on %s, outgoing %v (-want +got):\n%s", record.Interface, record.Outgoing, diff)
		}
	}
	must(t, p.transmit(append(append(broadcast[:], p.mac[:]...), 0x88, 0xb6)))
	must(t, tap.Close())
	if again := tap.Lost(); again != lost || len(tap.Records()) != len(records) {
		t.Errorf("later %d were lost and %d recorded, want %d and %d", again, len(tap.Records()), lost, len(records))
	}
}

// A packet that the kernel gave no time stays before the one that followed it.
func TestTapGuessesTime(t *testing.T) {
	tap := &Tap{names: map[int]string{1: "eth0"}}
	pass := func(payload string, at time.Time) {
		tap.record(&unix.SockaddrLinklayer{Ifindex: 1, Protocol: bigEndian(unix.ETH_P_IP)}, []byte(payload), at)
	}
	begin := time.Now()
	early := begin.Add(-time.Second)
	pass("a", early)
	pass("b", time.Time{})
	pass("c", time.Time{})
	pass("d", early.Add(1))
	pass("e", time.Time{})
	var got string
	for _, record := range tap.records {
		got += string(record.Data)
	}
	sortRecords(tap.records)
	for i, want := range []time.Time{early, early.Add(1), early.Add(1), early.Add(1)} {
		if !tap.records[i].Time.Equal(want) {
			t.Errorf("record %d is of %v, want %v", i, tap.records[i].Time, want)
		}
	}
	if last := tap.records[4].Time; got != "abcde" || last.Before(begin) {
		t.Errorf("got %s, the last at %v, want abcde and after %v", got, last, begin)
	}
}
