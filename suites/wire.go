package suites

import (
	"fmt"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"
)

// Outside returns every packet that has been on the NAT's outside wire so far,
// controls included.
func (l *Lab) Outside() []Arrival {
	ginkgo.GinkgoHelper()
	if lost := l.world.lost(); lost > 0 {
		l.Inconclusive(fmt.Sprintf("the taps lost %d packets, so the wire is not known", lost))
	}
	var packets []Arrival
	for _, r := range l.world.records() {
		if a, err := parse(r.data, r.lab, false); err == nil && !r.inside {
			packets = append(packets, a)
		}
	}
	return packets
}

// HavePrivateAddress succeeds for a packet that carries an address of the
// inside: as source, as destination, or in the packet an ICMP error quotes.
func HavePrivateAddress() types.GomegaMatcher { return privateMatcher{} }

type privateMatcher struct{}

func (privateMatcher) Match(actual any) (bool, error) {
	packet, ok := actual.(Arrival)
	if !ok {
		return false, fmt.Errorf("the matcher wants an Arrival, not %T", actual)
	}
	for a := &packet; a != nil; a = a.quote() {
		if a.Source.Addr().IsPrivate() || a.Destination.Addr().IsPrivate() {
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

func (a *Arrival) quote() *Arrival {
	if a.ICMP == nil {
		return nil
	}
	return a.ICMP.Quote
}
