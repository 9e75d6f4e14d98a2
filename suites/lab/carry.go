package lab

import (
	"bytes"
	"fmt"

	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/reports"
)

// Carry succeeds when the observer received what was sent, with every byte of the
// payload. Its failure says from which byte on another one arrived.
func Carry(payload []byte) types.GomegaMatcher { return carryMatcher{payload} }

type carryMatcher struct{ payload []byte }

func (m carryMatcher) Match(actual any) (bool, error) {
	heard, err := asHeard(actual)
	return heard.Arrival != nil && bytes.Equal(heard.Arrival.Payload, m.payload), err
}

func (m carryMatcher) FailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	for _, a := range heard.Meanwhile {
		if len(a.Payload) == 0 || a.IsError() || a.Fragment != nil || bytes.Equal(a.Payload, m.payload) {
			continue
		}
		at := 0
		for at < min(len(a.Payload), len(m.payload)) && a.Payload[at] == m.payload[at] {
			at++
		}
		wanted, got := fmt.Sprintf("%q", excerpt(m.payload[at:])), fmt.Sprintf("%q", excerpt(a.Payload[at:]))
		return heard.with(fmt.Sprintf(
			"%s has received another payload: of the %d bytes sent %d arrived, and from byte %d on\n"+
				"  %s was sent, and\n  %s arrived", heard.observer, len(m.payload), len(a.Payload), at, wanted, got),
			reports.Difference{Field: fmt.Sprintf("payload from byte %d on", at), Expected: wanted, Actual: got})
	}
	return heardMatcher{}.FailureMessage(actual)
}

func (m carryMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s should not hear the payload as it was sent, but did", heard.observer)
}

// excerpt is as much of a payload as shows an address in it.
func excerpt(data []byte) []byte { return data[:min(len(data), 20)] }
