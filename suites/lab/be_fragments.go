package lab

import (
	"fmt"
	"slices"

	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/reports"
)

// BeInOrder succeeds when the fragments that were heard came from the first to the
// last.
func BeInOrder() types.GomegaMatcher { return orderMatcher{} }

type orderMatcher struct{}

func (orderMatcher) Match(actual any) (bool, error) {
	heard, err := asHeard(actual)
	return slices.IsSorted(heard.Offsets()), err
}

func (orderMatcher) FailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	must, got := words(heard.SortedOffsets(), ", "), words(heard.Offsets(), ", ")
	return heard.with(fmt.Sprintf("%s has heard the fragments that begin at the bytes %s in this order; it must be %s",
		heard.observer, got, must), reports.Difference{Field: "order of the fragments", Expected: must, Actual: got})
}

func (orderMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s has heard the fragments in order", heard.observer)
}

// Fit succeeds when no fragment that was heard carries more than so many bytes.
func Fit(most int) types.GomegaMatcher { return fitMatcher{most} }

type fitMatcher struct{ most int }

func lengths(h Heard) []int {
	var all []int
	for _, f := range h.Fragments() {
		all = append(all, f.Length)
	}
	return all
}

func (m fitMatcher) Match(actual any) (bool, error) {
	heard, err := asHeard(actual)
	all := lengths(heard)
	return len(all) > 0 && slices.Max(all) <= m.most, err
}

func (m fitMatcher) FailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	all := lengths(heard)
	if len(all) == 0 {
		return heard.missing(fmt.Sprintf("%s has heard no fragment", heard.observer)).tell()
	}
	return heard.with(fmt.Sprintf("%s has heard fragments that carry %s bytes; each must carry %d at most",
		heard.observer, words(all, ", "), m.most), reports.Difference{
		Field: "bytes of the fragments", Expected: fmt.Sprintf("%d at most", m.most), Actual: words(all, ", "),
	})
}

func (m fitMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s has heard fragments that carry %d bytes at most", heard.observer, m.most)
}
