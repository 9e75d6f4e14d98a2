package refnat

import (
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// A step lets time pass and then sends.
type step struct {
	after time.Duration
	// to is where x sends; empty means that y1 sends to x.
	to string
}

func TestTimers(t *testing.T) {
	const in = ""
	short := map[uint16]time.Duration{53: 20 * time.Second}
	const dns = "198.51.100.1:53"
	for _, test := range []struct {
		name  string
		b     Behaviour
		fault string
		steps []step
		lives time.Duration // after the last step
	}{
		{"default", Behaviour{}, "", []step{{0, y1}}, 300 * time.Second},
		{"configured", Behaviour{Lifetime: 10 * time.Second}, "", []step{{0, y1}}, 10 * time.Second},
		{"outbound refresh", Behaviour{}, "", []step{{0, y1}, {200 * time.Second, y2}}, 300 * time.Second},
		{"no inbound refresh", Behaviour{}, "", []step{{0, y1}, {200 * time.Second, in}}, 100 * time.Second},
		{"inbound refresh", Behaviour{InboundRefresh: true}, "",
			[]step{{0, y1}, {200 * time.Second, in}}, 300 * time.Second},
		{"no outbound refresh", Behaviour{NoOutboundRefresh: true}, "",
			[]step{{0, y1}, {200 * time.Second, y1}}, 100 * time.Second},
		{"unreplied", Behaviour{UnrepliedLifetime: 30 * time.Second}, "", []step{{0, y1}}, 30 * time.Second},
		{"replied", Behaviour{UnrepliedLifetime: 30 * time.Second}, "",
			[]step{{0, y1}, {10 * time.Second, in}}, 290 * time.Second},
		{"well-known", Behaviour{WellKnownLifetimes: short}, "", []step{{0, dns}}, 20 * time.Second},
		{"well-known and other", Behaviour{WellKnownLifetimes: short}, "",
			[]step{{0, y1}, {10 * time.Second, dns}}, 290 * time.Second},
		{"other well-known port", Behaviour{WellKnownLifetimes: short}, "",
			[]step{{0, "198.51.100.1:123"}}, 300 * time.Second},
		{"no well-known port", Behaviour{WellKnownLifetimes: map[uint16]time.Duration{1024: time.Second}}, "",
			[]step{{0, "198.51.100.1:1024"}}, 300 * time.Second},
		{"leak, first high port", Behaviour{}, "short-timer-leak",
			[]step{{0, "198.51.100.1:1024"}}, 300 * time.Second},
		{"unreplied fault", Behaviour{}, "short-unreplied-timer", []step{{0, y1}}, 30 * time.Second},
		{"unreplied fault, replied", Behaviour{}, "short-unreplied-timer",
			[]step{{0, y1}, {0, in}}, 300 * time.Second},
		{"leak", Behaviour{}, "short-timer-leak", []step{{0, y1}, {0, dns}, {5 * time.Second, y1}}, 30 * time.Second},
		{"leak, high ports", Behaviour{}, "short-timer-leak", []step{{0, y1}}, 300 * time.Second},
		{"short default", Behaviour{}, "short-default-timer", []step{{0, y1}, {0, in}}, 200 * time.Second},
		{"refresh fault", Behaviour{}, "no-outbound-refresh",
			[]step{{0, y1}, {200 * time.Second, y1}}, 100 * time.Second},
		{"inbound shortens", Behaviour{}, "inbound-shortens", []step{{0, y1}, {time.Second, in}}, 10 * time.Second},
		{"inbound shortens, answered at once", Behaviour{}, "inbound-shortens",
			[]step{{0, y1}, {0, in}}, 300 * time.Second},
		{"single use", Behaviour{}, "short-single-timer", []step{{0, y1}, {0, in}}, 60 * time.Second},
		{"used twice", Behaviour{}, "short-single-timer", []step{{0, y1}, {0, y1}}, 300 * time.Second},
		{"inbound shortens, outbound restores", Behaviour{}, "inbound-shortens",
			[]step{{0, y1}, {time.Second, in}, {0, y1}}, 300 * time.Second},
	} {
		for _, probe := range []struct {
			at   time.Duration
			want bool
		}{{test.lives - time.Nanosecond, true}, {test.lives, false}} {
			var faults []string
			if test.fault != "" {
				faults = []string{test.fault}
			}
			l := newLab(t, behaving(test.b), faulty(t, faults...))
			var x1 string
			for _, s := range test.steps {
				l.idle(s.after)
				if s.to == in {
					l.reaches(y1, x1)
					continue
				}
				x1 = l.mapped(x40000, s.to)
			}
			l.idle(probe.at)
			if got := l.alive(y1, x1); got != probe.want {
				t.Errorf("%s: alive %v after %v, want %v", test.name, got, probe.at, probe.want)
			}
		}
	}
}

// Virtual clocks may well begin at the zero time.
func TestTimerFromZeroTime(t *testing.T) {
	l := newLab(t, behaving(Behaviour{WellKnownLifetimes: map[uint16]time.Duration{53: time.Second}}))
	l.now = time.Time{}
	x1 := l.mapped(x40000, "198.51.100.1:53")
	l.idle(time.Second)
	if l.alive(y1, x1) {
		t.Error("mapping outlived its timer")
	}
}

// A datagram whose header is not all there, or announces what is not there, has no
// ports to translate.
func TestShortUDP(t *testing.T) {
	for _, test := range []struct {
		name           string
		segment, claim int
		want           int
	}{
		{"whole", 12, 12, 1},
		{"header alone", 8, 8, 1},
		{"more than it claims", 12, 8, 1},
		{"header cut off", 7, 7, 0},
		{"ports alone", 4, 4, 0},
		{"empty", 0, 0, 0},
		{"claims less than a header", 12, 7, 0},
		{"claims nothing", 12, 0, 0},
		{"claims more than there is", 12, 13, 0},
	} {
		x, y := netip.MustParseAddrPort(x40000), netip.MustParseAddrPort(y1)
		for side, send := range []func(*Table, []byte, time.Time) []Packet{(*Table).Outbound, (*Table).Inbound} {
			l := newLab(t)
			l.mapped(x40000, y1)
			from, to := x, y
			if Side(side) == Outside {
				from, to = y, netip.MustParseAddrPort("203.0.113.1:40000")
			}
			segment := packet.UDPSegment(from, to, []byte("data"))
			segment[5] = byte(test.claim)
			head := packet.Header{Source: from.Addr(), Destination: to.Addr(), Protocol: packet.UDP}
			got := send(l.table, must(head.Packet(segment[:test.segment])), l.now)
			if len(got) != test.want {
				t.Errorf("%s, from side %d: %d packets left, want %d", test.name, side, len(got), test.want)
			}
		}
	}
}
