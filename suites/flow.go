package suites

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// A Flow is an internal and an external endpoint that have exchanged packets,
// and the mapping that came of it.
type Flow struct {
	X, Y    *UDP
	Mapping netip.AddrPort
}

// Open makes a flow: x sends to y, and y answers if it is told to.
func (l *Lab) Open(ctx context.Context, x, y string, answered bool) *Flow {
	ginkgo.GinkgoHelper()
	flow := &Flow{X: l.UDP(x), Y: l.UDP(y)}
	flow.Mapping = flow.X.SeenBy(ctx, flow.Y)
	if answered && l.deliver(ctx, flow.Y.To(flow.Mapping), flow.X) == nil {
		l.Inconclusive(fmt.Sprintf("control: %s has sent to %s, but the answer does not arrive; %s", flow.X, flow.Y, l.inboxes()))
	}
	return flow
}

// OpenEach opens a flow from a fresh port of host x to each port of host y.
func (l *Lab) OpenEach(ctx context.Context, x string, firstPort uint16, y string, ports ...uint16) []*Flow {
	ginkgo.GinkgoHelper()
	var flows []*Flow
	for i, port := range ports {
		flows = append(flows, l.Open(ctx, fmt.Sprintf("%s:%d", x, int(firstPort)+i), fmt.Sprintf("%s:%d", y, port), true))
	}
	return flows
}

// Probe sends from the flow's external endpoint to its mapping and observes
// whether the internal one receives it. A probe may refresh the mapping, so a
// flow is good for one.
func (f *Flow) Probe(ctx context.Context) Heard {
	ginkgo.GinkgoHelper()
	return f.X.Hears(ctx, f.Y.To(f.Mapping))
}

// IdleUntil lets time pass until at has passed since the lab's first Idle.
func (l *Lab) IdleUntil(ctx context.Context, at time.Duration) {
	ginkgo.GinkgoHelper()
	if d := at - l.idle; d > 0 {
		l.Idle(ctx, d)
	}
}

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
	{230 * time.Second, 440 * time.Second}, {400 * time.Second, 770 * time.Second},
}

// A trial is the flows of one window.
type trial struct {
	window
	idleAtR, idleAtP, early, refreshed *Flow
	alive                              bool // idle at r
	earlyHeard                         Heard
}

// AcrossLifetime opens flows for every window, applies a stimulus to them at
// their times, and returns what came of those in the window around the NAT's
// lifetime. It ends as soon as that window is over. A NAT whose mappings outlive
// all windows, or fit none, is inconclusive.
func (l *Lab) AcrossLifetime(ctx context.Context, stimulus func(*Flow)) Refreshed {
	ginkgo.GinkgoHelper()
	ginkgo.By("X opens flows to Y1 from fresh ports")
	var trials []*trial
	type happening struct {
		at time.Duration
		do func() *Refreshed
	}
	var happenings []happening
	port := 46000
	open := func() *Flow {
		ginkgo.GinkgoHelper()
		port++
		return l.Open(ctx, fmt.Sprintf("X:%d", port), "Y1:5000", true)
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
	l.Inconclusive(fmt.Sprintf("an idle mapping is neither alive at the begin nor dead at the end of any window up to %v, so nothing can be told of what refreshes it",
		trials[len(trials)-1].p))
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
	ginkgo.By(fmt.Sprintf("an idle mapping was alive after %v and is dead after %v; the refreshed one is probed", t.r, t.p))
	return &Refreshed{AtEnd: t.refreshed.Probe(ctx), Early: t.earlyHeard}
}
