package lab

import (
	"errors"
	"fmt"

	"github.com/onsi/gomega/types"
)

// BeHeard succeeds when the observer received what was sent, from who sent it. Its
// failure says what the observer received instead. What comes from somebody else
// is neither heard nor not heard, and fails whatever was expected.
func BeHeard() types.GomegaMatcher { return heardMatcher{} }

type heardMatcher struct{}

func (heardMatcher) Match(actual any) (bool, error) {
	heard, err := asHeard(actual)
	if heard.belied != "" {
		err = errors.New(heard.missing(fmt.Sprintf("%s heard %s, but as coming from %s; it must come from %s",
			heard.observer, heard.what, nameOf(heard.Source()), heard.belied)).tell())
	}
	return heard.Arrival != nil, err
}

func (heardMatcher) FailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return heard.missing(fmt.Sprintf("%s should hear %s\n%s", heard.observer, heard.what, heard.instead())).tell()
}

func (heardMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	m := heard.missing(fmt.Sprintf("%s should not hear %s, but did: %s", heard.observer, heard.what, heard.Arrival))
	m.observed.Expected = fmt.Sprintf("%s hears nothing of it, while the controls before and after are answered",
		heard.observer)
	return m.tell()
}

func asHeard(actual any) (Heard, error) {
	heard, ok := actual.(Heard)
	if !ok {
		return Heard{}, fmt.Errorf("the matcher wants what Hears returns, not %T", actual)
	}
	return heard, nil
}
