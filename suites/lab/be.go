package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"
)

// Be succeeds for that very value. Unlike Gomega's Equal, it says in words what was
// found instead.
func Be[T comparable](want T) types.GomegaMatcher { return oneOf[T]{[]T{want}} }

// BeOneOf succeeds for any of these values.
func BeOneOf[T comparable](wanted ...T) types.GomegaMatcher { return oneOf[T]{wanted} }

type oneOf[T comparable] struct{ wanted []T }

func (m oneOf[T]) Match(actual any) (bool, error) {
	got, ok := actual.(T)
	if !ok {
		return false, fmt.Errorf("the matcher wants a %T, not %T", m.wanted[0], actual)
	}
	return slices.Contains(m.wanted, got), nil
}

func (m oneOf[T]) FailureMessage(actual any) string {
	must := words(m.wanted, " or ")
	return missedIn(fmt.Sprintf("it is %s; it must be %s", word(actual), must), must, word(actual)).tell()
}

func (m oneOf[T]) NegatedFailureMessage(actual any) string {
	return missedIn(fmt.Sprintf("it is %s, which it must not be", word(actual)),
		"anything but "+word(actual), word(actual)).tell()
}

// Include succeeds for a list that holds at least these values.
func Include[T comparable](wanted []T) types.GomegaMatcher { return includes[T]{wanted} }

type includes[T comparable] struct{ wanted []T }

func (m includes[T]) missing(actual any) []T {
	got, _ := actual.([]T)
	var missing []T
	for _, want := range m.wanted {
		if !slices.Contains(got, want) {
			missing = append(missing, want)
		}
	}
	return missing
}

func (m includes[T]) Match(actual any) (bool, error) {
	if _, ok := actual.([]T); !ok {
		return false, fmt.Errorf("the matcher wants a %T, not %T", m.wanted, actual)
	}
	return len(m.missing(actual)) == 0, nil
}

func (m includes[T]) FailureMessage(actual any) string {
	found := words(actual.([]T), ", ")
	return missed(fmt.Sprintf("missing: %s; found: %s", words(m.missing(actual), ", "), found),
		words(m.wanted, ", "), found).tell()
}

func (m includes[T]) NegatedFailureMessage(actual any) string {
	return "found all the same: " + words(actual.([]T), ", ")
}

// word is a value as a reason says it.
func word(value any) string {
	if endpoint, ok := value.(netip.AddrPort); ok {
		return nameOf(endpoint)
	}
	return fmt.Sprint(value)
}

func words[T any](values []T, between string) string {
	if len(values) == 0 {
		return "nothing"
	}
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = word(v)
	}
	return strings.Join(all, between)
}
