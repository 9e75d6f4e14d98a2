package probe

import (
	"fmt"
	"slices"
	"strings"
)

// An Expectation is a word about UDP that a Report may contradict: KEY=VALUE, as
// the JSON form of a Result spells both.
type Expectation struct{ Key, Value string }

func (e Expectation) String() string { return e.Key + "=" + e.Value }

// An aspect is something that can be expected.
type aspect struct {
	key    string
	values []string // nil means any
	of     func(*Result) string
}

func aspects() []aspect {
	word := func(t Tristate) string { return name(tristates, int(t)) }
	classics := []string{openInternet, firewall, fullCone, restrictedCone, portRestricted, symmetric, blocked}
	return []aspect{
		{"mapping", dependences, func(r *Result) string { return r.Mapping.String() }},
		{"filtering", dependences, func(r *Result) string { return r.Filtering.String() }},
		{"nat", tristates, func(r *Result) string { return word(r.NAT) }},
		{"reachable", tristates[1:], func(r *Result) string { return fmt.Sprint(r.Reachable) }},
		{"classic", classics, func(r *Result) string { return r.Classic }},
		{"pooling", poolings, func(r *Result) string { return r.Pooling.String() }},
		{"alg", tristates, func(r *Result) string { return word(r.ALG) }},
		{"preserved", tristates, func(r *Result) string { return word(r.Ports.Preserved) }},
		{"predictable", tristates, func(r *Result) string { return word(r.Ports.Predictable) }},
	}
}

// ExpectationKeys returns what can be expected of a report.
func ExpectationKeys() []string {
	var keys []string
	for _, a := range aspects() {
		keys = append(keys, a.key)
	}
	return keys
}

// ParseExpectation reads KEY=VALUE.
func ParseExpectation(text string) (Expectation, error) {
	key, value, ok := strings.Cut(text, "=")
	if !ok {
		return Expectation{}, fmt.Errorf("probe: expectation %q is not KEY=VALUE", text)
	}
	a, ok := aspectOf(key)
	if !ok {
		return Expectation{}, fmt.Errorf("probe: nothing called %q can be expected; there are %s",
			key, strings.Join(ExpectationKeys(), ", "))
	}
	if !slices.Contains(a.values, value) {
		return Expectation{}, fmt.Errorf("probe: %s is never %q; it is one of %s",
			key, value, strings.Join(a.values, ", "))
	}
	return Expectation{key, value}, nil
}

func aspectOf(key string) (aspect, bool) {
	i := slices.IndexFunc(aspects(), func(a aspect) bool { return a.key == key })
	if i < 0 {
		return aspect{}, false
	}
	return aspects()[i], true
}

// Holds reports whether every UDP result of the report is as expected. A report
// without a UDP result fulfils no expectation.
func (e Expectation) Holds(r *Report) bool {
	found := e.each(r)
	return len(found) > 0 && !slices.ContainsFunc(found, func(value string) bool { return value != e.Value })
}

// Found says what the report has instead.
func (e Expectation) Found(r *Report) string {
	found := e.each(r)
	slices.Sort(found)
	if len(found) == 0 {
		return "no result over UDP"
	}
	return strings.Join(slices.Compact(found), " and ")
}

func (e Expectation) each(r *Report) []string {
	a, ok := aspectOf(e.Key)
	if !ok {
		return nil
	}
	var found []string
	for _, one := range []*Result{r.UDP4, r.UDP6} {
		if one != nil {
			found = append(found, a.of(one))
		}
	}
	return found
}
