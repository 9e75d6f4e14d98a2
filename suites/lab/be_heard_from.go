package lab

import (
	"fmt"
	"net/netip"

	"github.com/onsi/gomega/types"
)

// BeHeardFrom succeeds when the observer received what was sent, from that
// source address and port.
func BeHeardFrom(source netip.AddrPort) types.GomegaMatcher { return heardFromMatcher{source} }

type heardFromMatcher struct{ source netip.AddrPort }

func (m heardFromMatcher) Match(actual any) (bool, error) {
	heard, err := asHeard(actual)
	return heard.Arrival != nil && heard.Source() == m.source, err
}

func (m heardFromMatcher) FailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	if heard.Arrival == nil {
		return heardMatcher{}.FailureMessage(actual)
	}
	return fmt.Sprintf("%s should hear %s as coming from %s, but it came from %s",
		heard.observer, heard.what, m.source, nameOf(heard.Source()))
}

func (m heardFromMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s should not hear %s as coming from %s, but it did", heard.observer, heard.what, m.source)
}
