package nat

import (
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/natproof/natproof/topology/refnat"
)

// The words that follow a reference NAT's name beside its faults. In each, N is
// a number.
const (
	lossWord = "loss-N" // percent of packets that are lost at random
	seedWord = "seed-N" // another order of losses
)

// referenceWords are all words that may follow a reference NAT's name.
func referenceWords() []string { return append(refnat.FaultNames(), lossWord, seedWord) }

// A losing is how a reference NAT loses packets. Its NATs lose different ones.
type losing struct {
	percent, seed int
	nats          atomic.Uint64 // so far
}

func (l *losing) of(c refnat.Config) refnat.Config {
	if l.percent > 0 {
		c.Behaviour.Loss = float64(l.percent) / 100
		c.Seed = uint64(l.seed)<<32 + l.nats.Add(1)
	}
	return c
}

// take reads a word about losses, and reports false for any other.
func (l *losing) take(word string) bool {
	for form, number := range map[string]*int{lossWord: &l.percent, seedWord: &l.seed} {
		if n, ok := numberIn(word, form); ok {
			*number = n
			return true
		}
	}
	return false
}

// numberIn returns the number that a word has where its form has an N.
func numberIn(word, form string) (int, bool) {
	prefix, isForm := strings.CutSuffix(form, "N")
	digits, fits := strings.CutPrefix(word, prefix)
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), isForm && fits && err == nil
}
