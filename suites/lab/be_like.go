package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"
)

// BeLike succeeds when a class is the same as another.
func BeLike(other Class) types.GomegaMatcher {
	return classMatcher{
		allowed:   []Dependence{other.Dependence},
		otherwise: fmt.Sprintf("it must be %s, as that of %s is", other.Dependence, other.of),
	}
}

// BeOfClass succeeds when a class is one of those allowed.
func BeOfClass(allowed ...Dependence) types.GomegaMatcher {
	var names []string
	for _, d := range allowed {
		names = append(names, d.String())
	}
	return classMatcher{allowed, "it should be " + strings.Join(names, " or ")}
}

type classMatcher struct {
	allowed   []Dependence
	otherwise string
}

func (m classMatcher) Match(actual any) (bool, error) {
	c, ok := actual.(Class)
	if !ok {
		return false, fmt.Errorf("the matcher wants a Class, not %T", actual)
	}
	return slices.Contains(m.allowed, c.Dependence), nil
}

func (m classMatcher) FailureMessage(actual any) string {
	c, _ := actual.(Class)
	text := fmt.Sprintf("%s; %s", actual, m.otherwise)
	if len(c.by) == 0 {
		// Each packet that it was classified by has an endpoint of its own, so that of none is named.
		expected := strings.Replace(m.otherwise, "it ", c.what+" ", 1)
		return missedLast(text, expected, fmt.Sprintf("%s is %s", c.what, c.Dependence)).tell()
	}
	miss := oneEndpoint.miss(c.by)
	miss.text, miss.observed.Expected, miss.observed.Actual = text, m.otherwise, c.String()
	return miss.tell()
}

func (m classMatcher) NegatedFailureMessage(actual any) string { return fmt.Sprint(actual) }
