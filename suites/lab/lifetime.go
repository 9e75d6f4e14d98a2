package lab

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// Refreshed is what a stimulus in the middle of a mapping's life made of it.
type Refreshed struct {
	// AtEnd is the probe of a mapping with the stimulus at r, at a time p when
	// an idle one is dead.
	AtEnd Heard
	// Early is the probe at r of a mapping with the stimulus at r/2.
	Early Heard
}

// A window lies around a lifetime: an idle mapping is alive at r, and dead at p.
type window struct{ r, p time.Duration }

// windows leave no gap, so that every lifetime from more than a second to almost 13
// minutes lies within one, and p < 2r, so that a timer that starts again at r lasts
// beyond p. The shortest are what the aged clock can tell: it counts in seconds, and
// a mapping is dead when all of its time is over. Where one ends as another begins,
// the mapping of the latter is probed first, so that one of both is decided.
var windows = []window{
	{1 * time.Second, 2 * time.Second}, {2 * time.Second, 3 * time.Second},
	{3 * time.Second, 5 * time.Second}, {5 * time.Second, 9 * time.Second},
	{9 * time.Second, 17 * time.Second}, {17 * time.Second, 32 * time.Second},
	{29 * time.Second, 56 * time.Second}, {50 * time.Second, 95 * time.Second},
	{85 * time.Second, 160 * time.Second}, {140 * time.Second, 260 * time.Second},
	{230 * time.Second, 440 * time.Second}, {400 * time.Second, LongestSearch},
}

// LongestSearch is the longest that AcrossLifetime lets pass.
const LongestSearch = 770 * time.Second

// A trial is the flows of one window.
type trial struct {
	window
	idleAtR, idleAtP, early, refreshed *Flow
	alive                              bool // idle at r
	over                               bool // its end has come, or it will not
	earlyHeard                         Heard
}

// A happening is what is due at a time of the search. It returns the outcome when
// it is the last that is needed.
type happening struct {
	at time.Duration
	do func() *Refreshed
}

// AcrossLifetime opens flows from x and the ports after it to y for every window,
// applies a stimulus to them at their times, and returns what came of those in the
// window around the NAT's lifetime. It ends as soon as that window is over, or as
// no window can be around a mapping that is dead already. A NAT whose mappings
// outlive all windows, or fit none of them, is inconclusive.
func (l *Lab) AcrossLifetime(ctx context.Context, x, y *Endpoint, stimulus func(*Flow)) Refreshed {
	ginkgo.GinkgoHelper()
	var trials []*trial
	var happenings []happening
	// The shortest windows come last, so that opening the others takes none of their time.
	for _, w := range slices.Backward(windows) {
		open := func() *Flow {
			ginkgo.GinkgoHelper()
			x = x.Sibling(x.port + 1)
			return l.OpenSpared(ctx, x, y, true)
		}
		t := &trial{window: w, idleAtR: open(), idleAtP: open(), early: open(), refreshed: open()}
		trials = append(trials, t)
		happenings = append(happenings,
			happening{(w.r / 2).Truncate(time.Second), func() *Refreshed { t.early.Each(stimulus); return nil }},
			happening{w.r, func() *Refreshed { t.middle(ctx, stimulus); return nil }},
			happening{w.p, func() *Refreshed { return t.end(ctx) }})
	}
	slices.SortStableFunc(happenings, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
	for _, h := range happenings {
		l.IdleUntil(ctx, h.at)
		if refreshed := h.do(); refreshed != nil {
			return *refreshed
		}
		if dead(trials) {
			l.Inconclusive(fmt.Sprintf("an idle mapping is dead after %v, and was in no window before that alive at "+
				"the begin and dead at the end, so nothing can be told of what refreshes it", h.at))
		}
	}
	l.Inconclusive(fmt.Sprintf("an idle mapping is still alive after %v, so nothing can be told of what refreshes it",
		LongestSearch))
	return Refreshed{}
}

// dead reports whether a window has begun with a dead mapping, and none is open in
// which one was alive: all later windows will begin like this.
func dead(trials []*trial) bool {
	return slices.ContainsFunc(trials, func(t *trial) bool { return t.over && !t.alive }) &&
		!slices.ContainsFunc(trials, func(t *trial) bool { return !t.over && t.alive })
}

// middle is what happens at r.
func (t *trial) middle(ctx context.Context, stimulus func(*Flow)) {
	ginkgo.GinkgoHelper()
	t.alive = t.idleAtR.Probe(ctx).Arrival != nil
	t.over = !t.alive
	if t.over {
		return
	}
	t.earlyHeard = t.early.Probe(ctx)
	t.refreshed.Each(stimulus)
}

// end is what happens at p: the outcome if the window is around the lifetime.
func (t *trial) end(ctx context.Context) *Refreshed {
	ginkgo.GinkgoHelper()
	t.over = true
	if !t.alive || t.idleAtP.Probe(ctx).Arrival != nil {
		return nil
	}
	t.refreshed.X.lab.Note(fmt.Sprintf("an idle mapping was alive after %v and is dead after %v", t.r, t.p))
	return &Refreshed{AtEnd: t.refreshed.Probe(ctx), Early: t.earlyHeard}
}
