package probe

import "testing"

// A connection back that ended early was refused, which takes an answer. Only
// silence for the whole time can be loss.
func TestLostBacks(t *testing.T) {
	r := &Result{Answered: 4}
	silent, refused := back{took: backLeast}, back{took: backLeast - 1}
	for _, test := range []struct {
		backs [backPorts]back
		want  float64
	}{
		{[backPorts]back{silent, silent}, tally{answered: 4}.allLost(backPorts * backSYNs)},
		{[backPorts]back{silent, refused}, 0},
		{[backPorts]back{refused, silent}, 0},
	} {
		if got := r.lostBacks(test.backs); got != test.want {
			t.Errorf("%+v: %g, want %g", test.backs, got, test.want)
		}
	}
}
