package lab

import (
	"fmt"

	"github.com/onsi/gomega/types"
)

// KeepParity succeeds when each endpoint among sightings has an even external port
// if its own is even, and an odd one if its own is odd.
func KeepParity() types.GomegaMatcher {
	return portMatcher{func(port uint16) string {
		return [...]string{"an even port", "an odd port"}[port%2]
	}}
}

// KeepRangeClass succeeds when each endpoint among sightings has an external port
// of its own port's class (RFC 4787, Section 4.2.1).
func KeepRangeClass() types.GomegaMatcher {
	return portMatcher{func(port uint16) string {
		if port < 1024 {
			return "a port of 0-1023"
		}
		return "a port of 1024-65535"
	}}
}

// A portMatcher wants external ports of the same kind as the internal ones.
type portMatcher struct{ kind func(port uint16) string }

func (m portMatcher) Match(actual any) (bool, error) {
	seen, ok := actual.(Sightings)
	if !ok {
		return false, fmt.Errorf("the matcher wants Sightings, not %T", actual)
	}
	return len(m.changed(seen)) == 0, nil
}

func (m portMatcher) FailureMessage(actual any) string {
	changed := m.changed(actual.(Sightings))
	first := changed[0]
	text := fmt.Sprintf("%s; the external port must be %s, too", first, m.kind(first.X.port))
	if more := len(changed) - 1; more > 0 {
		text += fmt.Sprintf(" (more sessions like this: %d)", more)
	}
	kind := m.kind(first.X.port)
	return first.missed(text, fmt.Sprintf("the external port must be %s, too", kind),
		fmt.Sprintf("%s, %s", first.Source.Addr(), kind))
}

func (m portMatcher) NegatedFailureMessage(any) string { return "every port is of the kind it was" }

func (m portMatcher) changed(seen Sightings) Sightings {
	var changed Sightings
	for _, s := range seen {
		if m.kind(s.X.port) != m.kind(s.Source.Port()) {
			changed = append(changed, s)
		}
	}
	return changed
}
