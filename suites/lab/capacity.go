package lab

import (
	"context"
	"fmt"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/topology/nat"
)

// A Capacity is how much a NAT was seen to hold at a time.
type Capacity struct {
	// Held is with how many sessions the first one still lived, or how many were open.
	Held int
	// Broke says what happened with more; empty if nothing did.
	Broke string
	what  string
}

func (c Capacity) String() string {
	text := fmt.Sprintf("the NAT holds %d %s", c.Held, c.what)
	if c.Broke != "" {
		text += "; " + c.Broke
	}
	return text
}

// Counted is a capacity that a spec has counted by itself, of what is said in words.
func Counted(n int, what string) Capacity { return Capacity{Held: n, what: what} }

// mostInMemory is how much is tried in memory, where a table has as much room as
// this process.
const mostInMemory = 1000

// Capacity opens further sessions beside a flow, to ten times as many with each
// step up to most, and after each step has the flow's peer answer. What is counted
// is said in words. Session returns the session of a number from 1 on.
func (l *Lab) Capacity(ctx context.Context, f *Flow, most int, what string, session func(i int) Session) Capacity {
	ginkgo.GinkgoHelper()
	l.needsCrowd()
	if l.world.clock() == nat.Virtual {
		most = min(most, mostInMemory)
	}
	c := Capacity{what: what}
	stays := f.stays(ctx) // else nothing is said by where it leaves from beside others
	for all, open := 1, 1; all <= most; all *= 10 {
		var more []Session
		for ; open < all; open++ {
			more = append(more, session(open))
		}
		if c.Broke = l.crowded(ctx, f, stays, all, more); c.Broke != "" {
			break
		}
		c.Held = all
	}
	l.Note(c.String())
	return c
}

// crowded opens more sessions and says what has become of the flow with that;
// empty if nothing.
func (l *Lab) crowded(ctx context.Context, f *Flow, stays bool, all int, more []Session) string {
	ginkgo.GinkgoHelper()
	if len(more) > 0 {
		if seen := l.Attempt(ctx, more...); len(seen) < len(more) {
			return fmt.Sprintf("on the way to %d, of %d further ones only %d are seen outside",
				all, len(more), len(seen))
		}
	}
	if heard := f.Probe(ctx); heard.Arrival == nil {
		return fmt.Sprintf("with %d, the first is dead: %s does not hear what %s sends to %s, and did before",
			all, f.X, f.Y, f.Mapping)
	}
	if stays && !f.stays(ctx) {
		return fmt.Sprintf("with %d, the first is another: what %s sends to %s does not come from %s, and did before",
			all, f.X, f.Y, f.Mapping)
	}
	return ""
}

// stays reports whether what the inside end sends leaves from the mapping.
func (f *Flow) stays(ctx context.Context) bool {
	ginkgo.GinkgoHelper()
	heard := f.Y.Hears(ctx, f.X.To(f.Y.Addr()))
	return heard.Arrival != nil && heard.Source() == f.Mapping
}

// Connections opens connections up to as many as each step says, and after each step
// has the outside send in every one of them. Session returns the session of a number
// from 0 on.
func (l *Lab) Connections(ctx context.Context, session func(i int) Session, steps ...int) Capacity {
	ginkgo.GinkgoHelper()
	l.needsCrowd()
	c := Capacity{what: "connections"}
	var open []*Flow
	for _, all := range steps {
		if l.world.clock() == nat.Virtual {
			all = min(all, mostInMemory)
		}
		var more []Session
		for i := len(open); i < all; i++ {
			more = append(more, session(i))
		}
		if len(more) == 0 {
			break
		}
		open = append(open, l.OpenAll(ctx, more...)...)
		if len(open) < all {
			c.Held, c.Broke = len(open), fmt.Sprintf("of %d, no more than %d could be opened", all, len(open))
			break
		}
		if left := len(l.StillOpen(ctx, open...)); left < all {
			c.Held, c.Broke = left, fmt.Sprintf("of %d, only %d still carry what comes from outside", all, left)
			break
		}
		c.Held = all
	}
	l.Note(c.String())
	return c
}

// HoldAtLeast succeeds when a NAT's capacity is n or more.
func HoldAtLeast(n int) types.GomegaMatcher { return capacityMatcher{n} }

type capacityMatcher struct{ least int }

func (m capacityMatcher) Match(actual any) (bool, error) {
	c, ok := actual.(Capacity)
	if !ok {
		return false, fmt.Errorf("the matcher wants a Capacity, not %T", actual)
	}
	return c.Held >= m.least, nil
}

func (m capacityMatcher) FailureMessage(actual any) string {
	must := fmt.Sprintf("it should hold %d", m.least)
	return missed(fmt.Sprintf("%s; %s", actual, must), must, fmt.Sprint(actual)).tell()
}

func (m capacityMatcher) NegatedFailureMessage(actual any) string {
	return fmt.Sprintf("%s; it should not hold %d", actual, m.least)
}
