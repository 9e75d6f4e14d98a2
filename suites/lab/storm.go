package lab

import (
	"context"
	"fmt"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"
)

// A Storm is what became of sessions that were begun as fast as possible.
type Storm struct {
	Begun, Seen int
	Took        time.Duration // on the lab's clock
}

func (s Storm) String() string {
	return fmt.Sprintf("of %d sessions begun within %v, %d are seen outside", s.Begun, s.Took, s.Seen)
}

// Storm sends one packet in each session, and none again, with round trips of another
// inside host between them. All sessions are toward one host.
func (l *Lab) Storm(ctx context.Context, beside string, sessions ...Session) Storm {
	ginkgo.GinkgoHelper()
	at := sessions[0].Y.place
	pairs := []pair{{named(beside), at}}
	host, mark, began := l.host(at), len(l.host(at).inbox), l.world.now()
	awaited := map[string]int{} // the session, by key
	for i, s := range sessions {
		if i%floodBurst == 0 {
			l.controls(ctx, pairs, during)
		}
		p := s.X.To(s.Y.Addr())
		l.put(ctx, p)
		for _, key := range p.keys() {
			awaited[key] = i
		}
	}
	l.controls(ctx, pairs, "after")
	storm := Storm{Begun: len(sessions), Took: l.world.now().Sub(began)}
	_, grace := l.world.patience()
	if _, err := host.listen(ctx, mark, grace, func(Arrival) bool { return false }); err != nil {
		l.breaks("receiving at "+at.name, err)
	}
	seen := map[int]bool{}
	for _, a := range host.inbox[mark:] {
		for _, key := range a.keys() {
			if i, ok := awaited[key]; ok && !a.IsError() {
				seen[i] = true
			}
		}
	}
	storm.Seen = len(seen)
	l.looksFor(sessions[len(sessions)-1].Y)
	l.Note(storm.String())
	return storm
}

// Recovers has a host that a rate holds back begin one session after another, until one
// gets through; otherwise it tells what was lost. The wait before each is twice as long as
// that before the last, so that there is a time of silence for a NAT that counts what it
// has refused as well: six sessions take three seconds.
func (l *Lab) Recovers(ctx context.Context, beside string, sessions ...Session) Lost {
	ginkgo.GinkgoHelper()
	began := l.world.now()
	for i, s := range sessions {
		if err := l.world.pause(ctx, 50*time.Millisecond<<i); err != nil {
			l.breaks("waiting for a rate", err)
		}
		if len(l.AttemptBeside(ctx, beside, s)) > 0 {
			return nil
		}
	}
	first, last := sessions[0], sessions[len(sessions)-1]
	return Lost{}.Unless(Heard{},
		"any of %d sessions that are begun one by one within %v, from %s to %s until %s to %s", len(sessions),
		l.world.now().Sub(began).Round(100*time.Millisecond), first.X, first.Y, last.X, last.Y)
}

// BeLimitedTo succeeds when a storm got through no faster than so many sessions a second,
// and did get through. A NAT may let through as many at once, and count by seconds that
// begin when it likes, so twice as many and those of the time that it took are right.
func BeLimitedTo(rate int) types.GomegaMatcher { return stormMatcher{rate, 1} }

// BeLimitedAgainTo is BeLimitedTo for a host that has used up what it may begin at once.
func BeLimitedAgainTo(rate int) types.GomegaMatcher { return stormMatcher{rate, 0} }

type stormMatcher struct{ rate, least int }

func (m stormMatcher) most(s Storm) int { return 2*m.rate + int(s.Took.Seconds()*float64(m.rate)) }

func (m stormMatcher) Match(actual any) (bool, error) {
	s, ok := actual.(Storm)
	if !ok {
		return false, fmt.Errorf("the matcher wants a Storm, not %T", actual)
	}
	return s.Seen >= m.least && s.Seen <= m.most(s), nil
}

func (m stormMatcher) FailureMessage(actual any) string {
	s, _ := actual.(Storm)
	must := fmt.Sprintf("with %d a second at most, there must be %d to %d", m.rate, m.least, m.most(s))
	return missed(fmt.Sprintf("%s; %s", s, must), must, s.String()).tell()
}

func (m stormMatcher) NegatedFailureMessage(actual any) string {
	return fmt.Sprintf("%s, which should not be by a limit of %d a second", actual, m.rate)
}

// PremiseStorm ends the spec as inconclusive when sessions could not be begun so fast that
// a rate would have held some of them back.
func (l *Lab) PremiseStorm(s Storm, rate int) {
	ginkgo.GinkgoHelper()
	if most := (stormMatcher{rate: rate}).most(s); most >= s.Begun {
		l.Inconclusive(fmt.Sprintf("control: %s, which %d a second would have let through", s, rate))
	}
}
