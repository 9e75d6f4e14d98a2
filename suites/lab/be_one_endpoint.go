package lab

import (
	"fmt"

	"github.com/onsi/gomega/types"
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
		must: "the host must have one address",
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
	return m.conflicting(actual.(Sightings)) + "; " + m.must
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
