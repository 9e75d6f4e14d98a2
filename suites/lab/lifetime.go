package lab

import (
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

// windows overlap, so that every lifetime from 10 s to almost 13 minutes lies
// well within one, and p < 2r, so that a timer that starts again at r lasts
// beyond p.
var windows = []window{
	{10 * time.Second, 19 * time.Second}, {17 * time.Second, 32 * time.Second},
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
	earlyHeard                         Heard
}

// AcrossLifetime opens flows from x and the ports after it to y for every window,
// applies a stimulus to them at their times, and returns what came of those in the
// window around the NAT's lifetime. It ends as soon as that window is over. A NAT
// whose mappings outlive all windows, or fit none of them, is inconclusive.
func (l *Lab) AcrossLifetime(ctx context.Context, x, y *Endpoint, stimulus func(*Flow)) Refreshed {
	ginkgo.GinkgoHelper()
	ginkgo.By(fmt.Sprintf("%s opens flows to %s from fresh ports", x.place.name, y))
	var trials []*trial
	type happening struct {
		at time.Duration
		do func() *Refreshed
	}
	var happenings []happening
	next := x.port
	open := func() *Flow {
		ginkgo.GinkgoHelper()
		next++
		return l.Open(ctx, x.Sibling(next-1), y, true)
	}
	for _, w := range windows {
		t := &trial{window: w, idleAtR: open(), idleAtP: open(), early: open(), refreshed: open()}
		trials = append(trials, t)
		happenings = append(happenings,
			happening{w.r / 2, func() *Refreshed { stimulus(t.early); return nil }},
			happening{w.r, func() *Refreshed { t.middle(ctx, stimulus); return nil }},
			happening{w.p, func() *Refreshed { return t.end(ctx) }})
	}
	slices.SortStableFunc(happenings, func(a, b happening) int { return int(a.at - b.at) })
	for _, h := range happenings {
		l.IdleUntil(ctx, h.at)
		if refreshed := h.do(); refreshed != nil {
			return *refreshed
		}
	}
	l.Inconclusive(fmt.Sprintf("an idle mapping is neither alive at the begin nor dead at the end of any window "+
		"up to %v, so nothing can be told of what refreshes it", trials[len(trials)-1].p))
	return Refreshed{}
}

// middle is what happens at r.
func (t *trial) middle(ctx context.Context, stimulus func(*Flow)) {
	ginkgo.GinkgoHelper()
	t.alive = t.idleAtR.Probe(ctx).Arrival != nil
	t.earlyHeard = t.early.Probe(ctx)
	stimulus(t.refreshed)
}

// end is what happens at p: the outcome if the window is around the lifetime.
func (t *trial) end(ctx context.Context) *Refreshed {
	ginkgo.GinkgoHelper()
	if !t.alive || t.idleAtP.Probe(ctx).Arrival != nil {
		return nil
	}
	ginkgo.By(fmt.Sprintf("an idle mapping was alive after %v and is dead after %v; the refreshed one is probed",
		t.r, t.p))
	return &Refreshed{AtEnd: t.refreshed.Probe(ctx), Early: t.earlyHeard}
}
