package lab

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/onsi/gomega/types"
)

// AvoidAddress succeeds when none of the sightings is at this external address.
func AvoidAddress(addr netip.Addr) types.GomegaMatcher { return avoidMatcher{addr} }

type avoidMatcher struct{ addr netip.Addr }

func (m avoidMatcher) at(s Sighting) bool { return s.Source.Addr() == m.addr }

func (m avoidMatcher) Match(actual any) (bool, error) {
	seen, ok := actual.(Sightings)
	if !ok {
		return false, fmt.Errorf("the matcher wants Sightings, not %T", actual)
	}
	return !slices.ContainsFunc(seen, m.at), nil
}

func (m avoidMatcher) FailureMessage(actual any) string {
	seen := actual.(Sightings)
	wrong := seen[slices.IndexFunc(seen, m.at)]
	must := fmt.Sprintf("nobody of these may have the address %s", m.addr)
	return wrong.missed(fmt.Sprintf("%s; %s", wrong, must), must, "another than "+m.addr.String())
}

func (m avoidMatcher) NegatedFailureMessage(any) string {
	return fmt.Sprintf("nobody has the address %s", m.addr)
}
