package lab

import (
	"math"
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

func TestBursts(t *testing.T) {
	sent := map[uint16]int{}
	l := newTestLab(t, "memory", Setup{}, func(p packet.Packet, _ bool) bool {
		if isControl(p) {
			return false
		}
		sent[p.Source.Port()]++
		return sent[p.Source.Port()] == 2
	})
	b := l.Bursts(t.Context(), l.UDP("X:5000"), l.UDP("Y1:80"), 10, 3)
	if len(sent) != 10 || b.lost[0] != 0 || b.lost[1] != 10 || b.lost[2] != 0 {
		t.Errorf("%d endpoints, %v", len(sent), b)
	}
	if ok, err := BeWhole().Match(b); ok || err != nil {
		t.Errorf("every second packet is lost: %t, %v", ok, err)
	}
	message := BeWhole().FailureMessage(b)
	for _, want := range []string{
		"Y1:80 should hear", "10 bursts of 3", "packet 2 of 10 bursts", "controls were lost",
	} {
		if !strings.Contains(message, want) {
			t.Errorf("%q lacks %q", message, want)
		}
	}
	if l.doubt.silent || l.doubt.once != 0 {
		t.Errorf("the bursts are in doubt: %+v", l.doubt)
	}
	whole := l.Bursts(t.Context(), l.UDP("X:6000"), l.UDP("Y1:80"), 0, 3)
	if ok, _ := BeWhole().Match(whole); !ok {
		t.Error("nothing is missing")
	}
	b.lost, b.loss = []int{1, 0, 0}, lossCount{sent: 1000, lost: 30}
	if ok, _ := BeWhole().Match(b); !ok {
		t.Error("one of 30 is what 3 % explain")
	}
	if _, err := BeWhole().Match("a string"); err == nil {
		t.Error("BeWhole takes a string")
	}
}

func TestAtLeast(t *testing.T) {
	for _, test := range []struct {
		k, n int
		rate float64
		want float64
	}{
		{0, 10, 0.5, 1}, {1, 10, 0.5, 1 - math.Pow(0.5, 10)}, {10, 10, 0.5, math.Pow(0.5, 10)},
		{2, 3, 0.1, 3*0.01*0.9 + 0.001}, {4, 3, 0.1, 0},
	} {
		if got := atLeast(test.k, test.n, test.rate); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%d of %d at %v: %v, want %v", test.k, test.n, test.rate, got, test.want)
		}
	}
}
