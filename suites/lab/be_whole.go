package lab

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"
)

// BeWhole succeeds when bursts arrived whole, save for what random losses explain
// that the controls met with as well.
func BeWhole() types.GomegaMatcher { return wholeMatcher{} }

type wholeMatcher struct{}

func (wholeMatcher) Match(actual any) (bool, error) {
	b, ok := actual.(Bursts)
	if !ok {
		return false, fmt.Errorf("the matcher wants what Bursts returns, not %T", actual)
	}
	return b.chance() > unlikely, nil
}

func (wholeMatcher) FailureMessage(actual any) string {
	b, ok := actual.(Bursts)
	if !ok {
		return ""
	}
	var places []string
	for place, n := range b.lost {
		if n > 0 {
			places = append(places, fmt.Sprintf("packet %d of %d bursts", place+1, n))
		}
	}
	must := fmt.Sprintf("%s should hear every packet of %d bursts of %d, each from a new endpoint of %s",
		b.y, b.sent, b.size, b.x.place.name)
	lost := strings.Join(places, ", ")
	return missed(fmt.Sprintf("%s\nmissing: %s; that is not the loss of the path, where %s", must, lost, &b.loss),
		must, "missing: "+lost).tell()
}

func (wholeMatcher) NegatedFailureMessage(actual any) string {
	return fmt.Sprintf("some of the bursts should be lost, but %v", actual)
}
