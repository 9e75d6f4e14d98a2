package lab

import (
	"fmt"

	"github.com/onsi/gomega/types"
)

// HavePrivateAddress succeeds for a packet that carries an address of the
// inside: as source, as destination, or in the packet an ICMP error quotes.
func HavePrivateAddress() types.GomegaMatcher { return privateMatcher{} }

type privateMatcher struct{}

func (privateMatcher) Match(actual any) (bool, error) {
	arrival, ok := actual.(Arrival)
	if !ok {
		return false, fmt.Errorf("the matcher wants an Arrival, not %T", actual)
	}
	for p := &arrival.Packet; p != nil; p = p.Quote() {
		if p.Source.Addr().IsPrivate() || p.Destination.Addr().IsPrivate() {
			return true, nil
		}
	}
	return false, nil
}

func (privateMatcher) FailureMessage(actual any) string {
	return fmt.Sprintf("%v should carry a private address", actual)
}

func (privateMatcher) NegatedFailureMessage(actual any) string {
	return fmt.Sprintf("%v should not carry a private address", actual)
}
