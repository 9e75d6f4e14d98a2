package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"
)

// Lost is what was not heard, of a series, in words.
type Lost []string

// Unless adds what was sent, said in words, unless it was heard.
func (l Lost) Unless(h Heard, format string, args ...any) Lost {
	if h.Arrival != nil {
		return l
	}
	if h.lab != nil && h.lab.firstLost.lab == nil {
		h.lab.firstLost = h
	}
	return append(l, fmt.Sprintf(format, args...))
}

// Insist asks up to three times for what must be heard. In a long series something is lost
// in every try of a spec where a NAT loses packets, and hardly ever three times in a row.
func Insist(ask func() Heard) Heard {
	ginkgo.GinkgoHelper()
	heard := ask()
	for tries := 1; heard.Arrival == nil && tries < 3; tries++ {
		heard = ask()
	}
	return heard
}

// Exchange sends from x to y and, where that is heard, an answer back; it returns
// the first that is not heard, or the answer.
func (l *Lab) Exchange(ctx context.Context, x, y *Endpoint) Heard {
	ginkgo.GinkgoHelper()
	there := y.Hears(ctx, x.To(y.Addr()))
	if there.Arrival == nil {
		return there
	}
	l.translated(there.Source())
	return x.Hears(ctx, y.To(there.Source()))
}

// BeNothing succeeds when nothing was lost.
func BeNothing() types.GomegaMatcher { return lostMatcher{} }

type lostMatcher struct{}

func (lostMatcher) Match(actual any) (bool, error) {
	lost, ok := actual.(Lost)
	if !ok {
		return false, fmt.Errorf("the matcher wants Lost, not %T", actual)
	}
	return len(lost) == 0, nil
}

func (lostMatcher) FailureMessage(actual any) string {
	var once []string // a host may send the same again
	for _, what := range actual.(Lost) {
		if !slices.Contains(once, what) {
			once = append(once, what)
		}
	}
	lost := listed(once)
	text := "not heard, while the controls before and after it were: " + lost
	const expected = "all that is sent is heard at the host that it is for"
	m := missedLast(text, expected, "")
	if bench.lab != nil && bench.lab.firstLost.lab != nil {
		m = bench.lab.firstLost.missing(text)
		m.observed.Expected = expected + ": " + m.observed.Expected
	}
	m.observed.Actual = text
	return m.tell()
}

// listed joins what was lost. Words that each of several begins with are said once.
func listed(lost []string) string {
	const few = 3
	if len(lost) < 2 {
		return strings.Join(lost, "; ")
	}
	first := strings.Fields(lost[0])
	n := len(first)
	for _, what := range lost {
		words := strings.Fields(what)
		same := 0
		for same < min(n, len(words)-1) && words[same] == first[same] {
			same++
		}
		n = same
	}
	if n < few {
		return strings.Join(lost, "; ")
	}
	head := strings.Join(first[:n], " ")
	var rest []string
	for _, what := range lost {
		rest = append(rest, strings.Join(strings.Fields(what)[n:], " "))
	}
	return head + ": " + strings.Join(rest, "; ")
}

func (lostMatcher) NegatedFailureMessage(any) string { return "everything was heard" }
