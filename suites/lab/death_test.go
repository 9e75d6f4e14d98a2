package lab

import (
	"errors"
	"strings"
	"testing"
)

// Where the NAT has ended, the spec does too, at the first that is missing; and
// neither a control nor the harness is blamed for it.
func TestDeathIsNoticed(t *testing.T) {
	for name, after := range map[string]func(l *Lab){
		"a control": func(l *Lab) { l.UDP("X:5000").SeenBy(t.Context(), l.UDP("Y1:80")) },
		"an observation": func(l *Lab) {
			x, y := l.UDP("X:5001"), l.UDP("Y1:80")
			y.Hears(t.Context(), x.To(y.Addr()))
		},
		"the harness": func(l *Lab) { l.breaks("it", errors.New("broke")) },
	} {
		l := newTestLab(t, "memory:dies-of-source-quench", Setup{}, nothing)
		arrived := l.UDP("X:5000").ArrivesAt(t.Context(), l.UDP("Y1:80"))
		if l.died() {
			t.Errorf("%s: the NAT is said to be dead before it is", name)
		}
		l.ICMPError("Y1", 4, 0, 0, arrived).Sends(t.Context())
		got := ending(func() { after(l) })
		if !strings.Contains(got, "a Source Quench came") || l.outcome.Died == "" {
			t.Errorf("%s: the spec ended with %q", name, got)
		}
		if l.outcome.Broken || l.outcome.Inconclusive {
			t.Errorf("%s: blamed besides: %+v", name, l.outcome)
		}
	}
}
