package lab

import (
	"fmt"

	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/reports"
)

// HaveKind succeeds when the ICMP error that was heard has this type and code.
func HaveKind(kind, code uint8) types.GomegaMatcher { return kindMatcher{kind, code} }

type kindMatcher struct{ kind, code uint8 }

func (m kindMatcher) Match(actual any) (bool, error) {
	heard, err := asHeard(actual)
	a := heard.Arrival
	return a != nil && a.ICMP != nil && a.ICMP.Type == m.kind && a.ICMP.Code == m.code, err
}

func (m kindMatcher) FailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	if heard.Arrival == nil || heard.Arrival.ICMP == nil {
		return heardMatcher{}.FailureMessage(actual)
	}
	is, must := heard.Arrival.ICMP, fmt.Sprintf("type %d code %d", m.kind, m.code)
	got := fmt.Sprintf("type %d code %d", is.Type, is.Code)
	return heard.with(fmt.Sprintf("%s should hear an error of %s as it was sent, but it has become %s",
		heard.observer, must, got), reports.Difference{Field: "type and code", Expected: must, Actual: got})
}

func (m kindMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return heard.missing(
		fmt.Sprintf("%s should not hear an error of type %d code %d, but did", heard.observer, m.kind, m.code)).tell()
}

// HaveWord succeeds when the second word of the ICMP error that was heard is this
// one: a next-hop MTU, or a pointer.
func HaveWord(word uint32) types.GomegaMatcher { return wordMatcher{word} }

type wordMatcher struct{ word uint32 }

func (m wordMatcher) Match(actual any) (bool, error) {
	heard, err := asHeard(actual)
	a := heard.Arrival
	return a != nil && a.ICMP != nil && a.ICMP.Word == m.word, err
}

func (m wordMatcher) FailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	a := heard.Arrival
	if a == nil || a.ICMP == nil {
		return heardMatcher{}.FailureMessage(actual)
	}
	return heard.with(fmt.Sprintf("%s has heard an error whose second word is %#08x (next-hop MTU %d, pointer %d); "+
		"it was sent as %#08x (%d, %d)", heard.observer, a.ICMP.Word, uint16(a.ICMP.Word), a.ICMP.Word>>24,
		m.word, uint16(m.word), m.word>>24), reports.Difference{
		Field: "second word", Expected: fmt.Sprintf("%#08x", m.word), Actual: fmt.Sprintf("%#08x", a.ICMP.Word),
	})
}

func (m wordMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s should not hear an error with the second word %#08x, but did", heard.observer, m.word)
}
