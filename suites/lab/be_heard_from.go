package lab

import (
	"fmt"
	"net/netip"

	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/reports"
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
	miss := heard.missing(fmt.Sprintf("%s should hear %s as coming from %s, but it came from %s",
		heard.observer, heard.what, nameOf(m.source), nameOf(heard.Source())))
	miss.observed.Expected = fmt.Sprintf("%s hears %s, coming from %s", heard.observer, heard.what, nameOf(m.source))
	miss.observed.Differs = []reports.Difference{
		{Field: "source", Expected: nameOf(m.source), Actual: nameOf(heard.Source())},
	}
	miss.wanted = comingFrom(nameOf(m.source))
	return miss.tell()
}

func (m heardFromMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s should not hear %s as coming from %s, but it did", heard.observer, heard.what,
		nameOf(m.source))
}
