package suites

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/onsi/gomega/format"
	"github.com/onsi/gomega/types"
)

func init() {
	// Gomega would print the words of a netip value.
	format.RegisterCustomFormatter(func(value any) (string, bool) {
		switch v := value.(type) {
		case netip.AddrPort:
			return nameOf(v), true
		case netip.Addr:
			return v.String(), true
		case fmt.Stringer:
			return v.String(), true
		}
		return "", false
	})
}

// BeHeard succeeds when the observer received what was sent. Its failure says
// what the observer received instead.
func BeHeard() types.GomegaMatcher { return heardMatcher{} }

type heardMatcher struct{}

func (heardMatcher) Match(actual any) (bool, error) {
	heard, err := asHeard(actual)
	return heard.Arrival != nil, err
}

func (heardMatcher) FailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s should hear %s\n%s", heard.observer, heard.what, heard.instead())
}

func (heardMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s should not hear %s, but did: %s", heard.observer, heard.what, heard.Arrival)
}

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
	return fmt.Sprintf("%s should hear %s as coming from %s, but it came from %s", heard.observer, heard.what, m.source, nameOf(heard.Source()))
}

func (m heardFromMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s should not hear %s as coming from %s, but it did", heard.observer, heard.what, m.source)
}

func asHeard(actual any) (Heard, error) {
	heard, ok := actual.(Heard)
	if !ok {
		return Heard{}, fmt.Errorf("the matcher wants what Hears returns, not %T", actual)
	}
	return heard, nil
}

// instead says what arrived in place of what was waited for.
func (h Heard) instead() string {
	if len(h.Meanwhile) == 0 {
		return "nothing arrived there, while the controls before and after did"
	}
	lines := []string{"the controls before and after arrived, and besides:"}
	for _, a := range h.Meanwhile {
		lines = append(lines, "  "+a.String())
	}
	return strings.Join(lines, "\n")
}

func (a Arrival) String() string {
	var what string
	switch {
	case a.ICMP != nil:
		what = fmt.Sprintf("ICMP type %d code %d", a.ICMP.Type, a.ICMP.Code)
		if a.ICMP.Quote != nil {
			what += fmt.Sprintf(" about %s to %s", nameOf(a.ICMP.Quote.Source), nameOf(a.ICMP.Quote.Destination))
		}
	case a.Fragment != nil:
		what = fmt.Sprintf("a fragment of %d bytes at offset %d", a.Fragment.Length, a.Fragment.Offset)
	default:
		what = fmt.Sprintf("%q", label(a.Payload))
	}
	if a.Damage != "" {
		what += " with " + a.Damage
	}
	return fmt.Sprintf("%s from %s to %s", what, nameOf(a.Source), nameOf(a.Destination))
}

// inboxes says what every host has received so far, but for controls.
func (l *Lab) inboxes() string {
	var lines []string
	for _, p := range places {
		h := l.hosts[p.node]
		if h == nil || p.node != p.name {
			continue
		}
		for _, a := range h.inbox {
			if !a.control() {
				lines = append(lines, "  "+p.name+": "+a.String())
			}
		}
	}
	if len(lines) == 0 {
		return "no host has received anything so far"
	}
	const most = 8
	if more := len(lines) - most; more > 0 {
		lines = append([]string{fmt.Sprintf("  (%d earlier ones)", more)}, lines[more:]...)
	}
	return "received so far:\n" + strings.Join(lines, "\n")
}
