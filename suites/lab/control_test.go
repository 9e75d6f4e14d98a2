package lab

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/packet"
)

// Which hosts have to hear each other depends on the path of what is observed.
func TestControlPairs(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	for _, test := range []struct{ from, to, want string }{
		{"X", "Y1", "X-Y1"}, {"Y2", "X", "X-Y2"},
		{"X", "X", "X-Y1"}, {"X", "X2", "X-Y1 X2-Y1"}, {"Y1", "Y2", "X-Y1 X-Y2"},
	} {
		var got []string
		for _, p := range l.controlPairs(named(test.from), named(test.to)) {
			got = append(got, p.inside.name+"-"+p.outside.name)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("from %s to %s: %v, want %s", test.from, test.to, got, test.want)
		}
	}
}

// One control that is lost is no verdict. Three are, of each form.
func TestControlsAreTriedThreeTimes(t *testing.T) {
	for _, inside := range []bool{true, false} {
		for lost, want := range map[int]string{2: "", 3: "", 6: "before the stimulus: X and Y1 do not hear"} {
			left := lost
			l := newTestLab(t, "memory", Setup{}, func(p packet.Packet, in bool) bool {
				if !isControl(p) || in != inside {
					return false
				}
				left--
				return left >= 0
			})
			x, y := l.UDP("X:5000"), l.UDP("Y1:80")
			got := ending(func() { y.Hears(t.Context(), x.To(y.Addr())) })
			if want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("%d controls from the inside (%t) lost: %q, want %q", lost, inside, got, want)
			}
			if l.outcome.Inconclusive != (want != "") {
				t.Errorf("%d controls lost: inconclusive %t", lost, l.outcome.Inconclusive)
			}
		}
	}
}

// A control that is lost after the stimulus takes the meaning from silence, and
// each pair of hosts counts, not only the first.
func TestControlsLieAround(t *testing.T) {
	for _, test := range []struct {
		name string
		lose func(p packet.Packet, after bool) bool
		want string
	}{
		{"the sender's, before", func(p packet.Packet, after bool) bool {
			return !after && p.Source.Addr() == Addr("X")
		}, "control before the stimulus: X and Y1"},
		{"the receiver's, before", func(p packet.Packet, after bool) bool {
			return !after && p.Source.Addr() == Addr("X2")
		}, "control before the stimulus: X2 and Y1"},
		{"the sender's, after", func(p packet.Packet, after bool) bool {
			return after && p.Source.Addr() == Addr("X")
		}, "control after the stimulus: X and Y1"},
		{"the receiver's, after", func(p packet.Packet, after bool) bool {
			return after && p.Source.Addr() == Addr("X2")
		}, "control after the stimulus: X2 and Y1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			after := false
			l := newTestLab(t, "memory:no-hairpin", Setup{}, func(p packet.Packet, _ bool) bool {
				if isControl(p) {
					return test.lose(p, after)
				}
				after = after || p.Source.Port() == 5000
				return false
			})
			x, x2 := l.UDP("X:5000"), l.UDP("X2:6000")
			external := x2.SeenBy(t.Context(), l.UDP("Y2:7"))
			got := ending(func() { x2.Hears(t.Context(), x.To(external)) })
			if !strings.Contains(got, test.want) || !l.outcome.Inconclusive {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// A NAT that does not translate gives a control nothing to stand on.
func TestControlIsTranslated(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	l.External = Pool()[1:2]
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	got := ending(func() { y.Hears(t.Context(), x.To(y.Addr())) })
	if !strings.Contains(got, "not an address of the NAT") || !l.outcome.Inconclusive {
		t.Errorf("%q", got)
	}
}

// A flow of controls that the NAT ends is replaced. One that goes on after a pause was not
// ended, so that the pause has said nothing of the stimulus.
func TestControlsOutliveTheirFlow(t *testing.T) {
	for name, test := range map[string]struct {
		lose func(p packet.Packet, lost int) bool
		want string
	}{
		"it ends": {func(p packet.Packet, _ int) bool { return p.Source.Port() == controlForms[0].inside }, ""},
		"a pause": {func(_ packet.Packet, lost int) bool { return lost < tries }, "control after the stimulus: X"},
	} {
		t.Run(name, func(t *testing.T) {
			lost, sent := 0, false
			l := newTestLab(t, "memory", Setup{}, func(p packet.Packet, inside bool) bool {
				sent = sent || p.Source.Port() == 5000
				if !sent || !inside || !isControl(p) || !test.lose(p, lost) {
					return false
				}
				lost++
				return true
			})
			x, y := l.UDP("X:5000"), l.UDP("Y1:80")
			got := ending(func() { y.Hears(t.Context(), x.To(y.Addr())) })
			if lost == 0 || test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("%q, want %q, with %d lost", got, test.want, lost)
			}
			if l.outcome.Inconclusive != (test.want != "") {
				t.Errorf("inconclusive %t", l.outcome.Inconclusive)
			}
		})
	}
}

// An address that nobody on the link has cannot be sent to, which is not natproof's fault.
func TestNobodyAnswersForAnAddress(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	x1 := x.SeenBy(t.Context(), y)
	h := l.host(y.place)
	h.port = deafLink{h.port}
	got := ending(func() { x.Hears(t.Context(), y.To(x1)) })
	want := "203.0.113.10 cannot be sent to by Y1: nobody on the link answers for it"
	if !strings.Contains(got, want) || !l.outcome.Inconclusive || l.outcome.Broken {
		t.Errorf("%q, inconclusive %t, broken %t", got, l.outcome.Inconclusive, l.outcome.Broken)
	}
}

// A deafLink is one on which nobody answers.
type deafLink struct{ topology.Port }

func (deafLink) Send(context.Context, []byte) error {
	return fmt.Errorf("203.0.113.10 %w", topology.ErrUnanswered)
}

func TestArrivesAtIsTriedThreeTimes(t *testing.T) {
	for lost, want := range map[int]string{2: "", 3: "X:5000 sent to Y1:80 3 times and nothing arrived"} {
		left := lost
		l := newTestLab(t, "memory", Setup{}, func(packet.Packet, bool) bool { left--; return left >= 0 })
		got := ending(func() { l.UDP("X:5000").SeenBy(t.Context(), l.UDP("Y1:80")) })
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%d lost: %q, want %q", lost, got, want)
		}
	}
}
