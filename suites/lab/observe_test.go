package lab

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// An observation holds what came of the stimulus, and no control.
func TestHears(t *testing.T) {
	for _, make := range map[string]func(*Lab, string) *Endpoint{"UDP": (*Lab).UDP} {
		l := newTestLab(t, "memory", Setup{}, nothing)
		x, y := make(l, "X:5000"), make(l, "Y1:80")
		heard := y.Hears(t.Context(), x.To(y.Addr()))
		if heard.Arrival == nil || len(heard.Meanwhile) != 1 {
			t.Fatalf("heard %v, and meanwhile %v", heard, heard.Meanwhile)
		}
		x1 := heard.Source()
		if x1.Addr() != l.External[0] {
			t.Errorf("heard from %v", x1)
		}
		if heard = x.Hears(t.Context(), y.To(x1)); heard.Source() != y.Addr() {
			t.Errorf("X heard %v", heard)
		}
		other := l.UDP("X2:6000")
		if heard = other.Hears(t.Context(), y.To(x1)); heard.Arrival != nil || len(heard.Meanwhile) != 0 {
			t.Errorf("X2 heard what was for X: %v", heard)
		}
		if len(l.marks) != 3 {
			t.Errorf("%d notes, want one for each observation", len(l.marks))
		}
	}
}

// What came before the stimulus is not what came of it.
func TestHearsNothingOfBefore(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	x1 := x.SeenBy(t.Context(), y)
	y.Sends(t.Context(), x1)
	heard := x.Hears(t.Context(), l.UDP("Y1:81").To(x1))
	if len(heard.Meanwhile) != 1 || heard.Source() != l.UDP("Y1:81").Addr() {
		t.Errorf("meanwhile %v", heard.Meanwhile)
	}
}

func TestHearsError(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	arrived := x.ArrivesAt(t.Context(), y)
	heard := x.Hears(t.Context(), l.ICMPError("R", 3, 4, 1300, arrived))
	if heard.Arrival == nil || heard.Arrival.MTU() != 1300 || heard.Arrival.Quote().Source != x.Addr() {
		t.Fatalf("heard %v", heard)
	}
	// What is heard is that error about that packet, at that host.
	e := l.ICMPError("R", 3, 4, 1300, arrived)
	about := *heard.Arrival
	for name, other := range map[string]func(a *Arrival){
		"another code":   func(a *Arrival) { a.ICMP.Code = 3 },
		"another type":   func(a *Arrival) { a.ICMP.Type = 11 },
		"another packet": func(a *Arrival) { a.ICMP.Quote.Destination = l.UDP("Y2:80").Addr() },
		"another host":   func(a *Arrival) { a.Destination = l.UDP("X2:0").Addr() },
	} {
		a := parse(about.Data, about.Time)
		if !e.heardBy(x)(a) {
			t.Fatal("the error is not known again")
		}
		if other(&a); e.heardBy(x)(a) {
			t.Errorf("%s is taken for it", name)
		}
	}
	elsewhere := Arrival{Packet: arrived.Packet}
	elsewhere.Source = l.UDPAt("X", 9).Addr()
	if got := ending(func() { l.ICMPError("R", 3, 3, 0, elsewhere) }); !strings.Contains(got, "nothing is translated") {
		t.Errorf("an error about what was not translated: %q", got)
	}
}

// An observation can lie around a span of time, in which more than one thing
// happens.
func TestOverhears(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	x1 := x.SeenBy(t.Context(), y)
	fromY := func(a Arrival) bool { return a.Source == y.Addr() && a.Protocol == packet.UDP }
	began := l.world.now()
	heard := x.Overhears(t.Context(), y, "a datagram within two minutes", fromY, func() {
		l.Idle(t.Context(), time.Minute)
		y.Sends(t.Context(), x1)
		l.Idle(t.Context(), time.Minute)
	})
	if heard.Arrival == nil || heard.Arrival.Time.Sub(began) != time.Minute {
		t.Errorf("heard %v", heard)
	}
	heard = x.Overhears(t.Context(), y, "a datagram", fromY, func() { l.Idle(t.Context(), time.Minute) })
	if heard.Arrival != nil || !strings.Contains(heard.String(), "did not hear a datagram") {
		t.Errorf("heard %v", heard)
	}
	if l.idle != 3*time.Minute {
		t.Errorf("%v have passed", l.idle)
	}
}

// In IPv6 an error is an ICMPv6 one, and about IPv6.
func TestICMPErrorOverIPv6(t *testing.T) {
	l := &Lab{setup: Setup{Inside: IPv6, Outside: IPv6}, External: []netip.Addr{external[0][IPv6]}}
	y := l.UDP("Y1:80")
	seen := sent(t, l.UDP("Y2:5000").To(y.Addr()))
	seen.Source = netip.AddrPortFrom(l.External[0], 5000)
	a := sent(t, l.ICMPError("R", 1, 4, 0, seen))
	if a.Protocol != packet.ICMPv6 || a.Quote() == nil || a.Destination.Addr() != l.External[0] {
		t.Errorf("%s", a)
	}
}
