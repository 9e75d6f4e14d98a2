package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"
)

// Guesses are how often the ports that a NAT chose could be guessed from those before
// them, or from the internal ones, by several ways of guessing.
type Guesses struct {
	chosen int
	ways   []guess
}

// A guess is a way of guessing, how often it is right, and from how often on the ports
// are easy to predict.
type guess struct {
	way           string
	right, enough int
}

const (
	// leastChosen is how many ports there have to be, for chance to be ruled out.
	leastChosen = 100
	// before is from how many ports before it a port is guessed: a NAT may have a
	// sequence for each of its processors.
	before = 3
	// beside is how far from the port before it a port is near it.
	beside = 16
)

// Guesses guesses the ports of sightings, which are in the order in which the NAT chose
// them.
//
// A step, a distance or a mask is the one of all 65,536 that is right most often. It may
// not be right for a quarter of the ports, and not half of them may be near the one
// before. So a NAT that chooses at random passes but for a chance below 1 in 10^6, also
// one that takes the next free port from a random one on, where a port is the likelier
// the more used ones stand in a row before it. Of 512 free ports or more, of which 100 to
// 128 are chosen, 384 are free to the end. With up to four used ones before each of them
// a step from three ports is right by a chance of 15 in 384 at most: in 25 of 99 cases
// by 7 in 10^14, and any of the steps, distances and masks by 2 in 10^8. Near are 32 ports,
// which have a chance of 1 in 4 at most: in 50 of 99 cases by 5 in 10^8.
func (l *Lab) Guesses(seen Sightings) Guesses {
	g := Guesses{chosen: len(seen)}
	if g.chosen >= leastChosen {
		g.ways = guesses(seen)
	}
	l.Note(g.String())
	return g
}

func guesses(seen Sightings) []guess {
	steps, distances, masks := map[uint16]int{}, map[uint16]int{}, map[uint16]int{}
	near := 0
	for i, s := range seen {
		port := s.Source.Port()
		distances[port-s.X.port]++
		masks[port^s.X.port]++
		var own []uint16 // a step from two of the ports counts once
		for _, earlier := range seen[max(0, i-before):i] {
			own = append(own, port-earlier.Source.Port())
		}
		for _, step := range slices.Compact(slices.Sorted(slices.Values(own))) {
			steps[step]++
		}
		if i > 0 && port-seen[i-1].Source.Port()+beside <= 2*beside {
			near++
		}
	}
	step, byStep := most(steps)
	distance, byDistance := most(distances)
	mask, byMask := most(masks)
	quarter, half := len(seen)/4, len(seen)/2
	return []guess{
		{fmt.Sprintf("by a step of %+d from one of the %d before", int16(step), before), byStep, quarter},
		{fmt.Sprintf("by a distance of %+d from the internal port", int16(distance)), byDistance, quarter},
		{fmt.Sprintf("by the bits %#x turned over in the internal port", mask), byMask, quarter},
		{fmt.Sprintf("as one of %d beside the port before", 2*beside), near, half},
	}
}

// most returns what was counted most often, of equals the smallest.
func most(counts map[uint16]int) (value uint16, count int) {
	for v, n := range counts {
		if n > count || n == count && v < value {
			value, count = v, n
		}
	}
	return value, count
}

func (g Guesses) String() string {
	if g.ways == nil {
		return fmt.Sprintf("%d ports that the NAT chose, too few to tell whether they can be guessed", g.chosen)
	}
	var ways []string
	for _, w := range g.ways {
		ways = append(ways, fmt.Sprintf("%d are guessed %s (easy from %d on)", w.right, w.way, w.enough))
	}
	return fmt.Sprintf("of %d ports, %s", g.chosen, strings.Join(ways, ", "))
}

// BeHardToPredict succeeds when no way of guessing is right too often.
func BeHardToPredict() types.GomegaMatcher { return guessMatcher{} }

type guessMatcher struct{}

func (guessMatcher) Match(actual any) (bool, error) {
	g, ok := actual.(Guesses)
	if !ok {
		return false, fmt.Errorf("the matcher wants Guesses, not %T", actual)
	}
	return !slices.ContainsFunc(g.ways, guess.easy), nil
}

func (w guess) easy() bool { return w.right >= w.enough }

func (guessMatcher) FailureMessage(actual any) string {
	g := actual.(Guesses)
	easy := slices.DeleteFunc(slices.Clone(g.ways), func(w guess) bool { return !w.easy() })
	got := Guesses{g.chosen, easy}.String()
	return missed(got+"; they must be hard to predict", "ports that are hard to predict", got).tell()
}

func (guessMatcher) NegatedFailureMessage(actual any) string { return fmt.Sprint(actual) }
