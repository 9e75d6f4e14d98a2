package lab

import (
	"fmt"

	"github.com/onsi/gomega/types"
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
	return fmt.Sprintf("%s should hear an error of type %d code %d as it was sent, but it has become type %d code %d",
		heard.observer, m.kind, m.code, heard.Arrival.ICMP.Type, heard.Arrival.ICMP.Code)
}

func (m kindMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s should not hear an error of type %d code %d, but did", heard.observer, m.kind, m.code)
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
	return fmt.Sprintf("%s has heard an error whose second word is %#08x (next-hop MTU %d, pointer %d); "+
		"it was sent as %#08x (%d, %d)", heard.observer, a.ICMP.Word, uint16(a.ICMP.Word), a.ICMP.Word>>24,
		m.word, uint16(m.word), m.word>>24)
}

func (m wordMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s should not hear an error with the second word %#08x, but did", heard.observer, m.word)
}
