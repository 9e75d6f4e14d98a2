package lab

import (
	"fmt"

	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/reports"
)

// BeOneEndpoint succeeds when each internal endpoint among sightings is seen as
// one and the same external endpoint in all of its sessions.
func BeOneEndpoint() types.GomegaMatcher { return oneEndpoint }

var oneEndpoint = sightingMatcher{
	must: "it must be one endpoint",
	conflict: func(a, b Sighting) bool {
		return a.X.Addr() == b.X.Addr() && a.Source != b.Source
	},
}

// BeOneAddress succeeds when each inside host among sightings is seen at one and
// the same external address in all of its sessions.
func BeOneAddress() types.GomegaMatcher {
	return sightingMatcher{
		must: "one host must have one external address",
		conflict: func(a, b Sighting) bool {
			return a.X.Addr().Addr() == b.X.Addr().Addr() && a.Source.Addr() != b.Source.Addr()
		},
	}
}

// ShareNoEndpoint succeeds when no two internal endpoints among sightings are
// seen as the same external endpoint by one and the same peer.
func ShareNoEndpoint() types.GomegaMatcher {
	return sightingMatcher{
		must: "they must not share an external endpoint toward one peer",
		conflict: func(a, b Sighting) bool {
			return a.X.Addr() != b.X.Addr() && a.Y.Addr() == b.Y.Addr() && a.Source == b.Source
		},
	}
}

// ShareNoAddress succeeds when no two inside hosts among sightings are seen at the same
// external address.
func ShareNoAddress() types.GomegaMatcher {
	return sightingMatcher{
		must: "each host must have an address for itself",
		conflict: func(a, b Sighting) bool {
			return a.X.Addr().Addr() != b.X.Addr().Addr() && a.Source.Addr() == b.Source.Addr()
		},
	}
}

// A sightingMatcher finds two sightings that cannot both be of a sound NAT.
type sightingMatcher struct {
	must     string
	conflict func(a, b Sighting) bool
}

func (m sightingMatcher) Match(actual any) (bool, error) {
	seen, ok := actual.(Sightings)
	if !ok {
		return false, fmt.Errorf("the matcher wants Sightings, not %T", actual)
	}
	_, _, found := m.find(seen)
	return !found, nil
}

func (m sightingMatcher) FailureMessage(actual any) string {
	return m.miss(actual.(Sightings)).tell()
}

func (m sightingMatcher) miss(seen Sightings) miss {
	a, b, _ := m.find(seen)
	conflict := m.conflicting(seen)
	miss := missed(conflict+"; "+m.must, m.must, conflict)
	miss.observed.Stimulus = fmt.Sprintf("%s sends to %s, and %s to %s", a.X, a.Y, b.X, b.Y)
	miss.decided = []trace{a.trace(), b.trace()}
	miss.wanted = comingFrom(m.instead(a, b))
	if a.Source != b.Source {
		miss.observed.Differs = []reports.Difference{
			{Field: "source toward " + b.Y.String(), Expected: m.instead(a, b), Actual: b.Source.String()},
		}
	}
	return miss
}

// instead is the source that the second of two sightings had to have.
func (m sightingMatcher) instead(a, b Sighting) string {
	switch {
	case a.Source == b.Source || a.X.Addr().Addr() != b.X.Addr().Addr():
		return "another than " + nameOf(b.Source)
	case a.X.Addr() == b.X.Addr():
		return a.Source.String()
	}
	return a.Source.Addr().String()
}

// conflicting says in words which two cannot both be.
func (m sightingMatcher) conflicting(seen Sightings) string {
	a, b, _ := m.find(seen)
	second := fmt.Sprintf("%s toward %s", b.Source, b.Y)
	if a.X.Addr() != b.X.Addr() {
		second = b.String()
	}
	return fmt.Sprintf("%s and %s", a, second)
}

func (m sightingMatcher) NegatedFailureMessage(any) string { return "this should not be so: " + m.must }

func (m sightingMatcher) find(seen Sightings) (a, b Sighting, found bool) {
	for i, b := range seen {
		for _, a := range seen[:i] {
			if m.conflict(a, b) {
				return a, b, true
			}
		}
	}
	return a, b, false
}
