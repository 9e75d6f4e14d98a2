package lab

import (
	"fmt"
	"math"
	"strings"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/natproof/natproof/topology/nat"
)

// A silence can be a rule of the NAT or a packet that was lost. What tells them
// apart is a repeat, and a spec is repeated as a whole: around a fresh NAT and
// with fresh endpoints, since what a NAT does to the first packet of a mapping
// would not show in a second one. A spec that fails with a silence in it is
// repeated until chance does not explain that it failed every time.

const (
	// unlikely is the chance below which a failure is not laid to lost packets.
	// It is well below 1 in 10,000, since a run has many silences.
	unlikely = 1e-5
	// excusable is the chance above which a spec that may not be repeated any
	// more is inconclusive.
	excusable = 1e-4
	// MaxTries is how often a spec is tried at most.
	MaxTries = 16
)

// A lossCount counts the packets that controls sent, of all labs of a process, and
// those of them that were lost though others passed. Its rate is the chance that
// one packet is lost.
type lossCount struct{ sent, lost int }

// rate begins at 2 %: before much was sent, nothing says that a NAT loses less. Two
// standard deviations are added, since more may be lost than was seen.
func (c *lossCount) rate() float64 {
	most := float64(c.lost) + 2*math.Sqrt(float64(c.lost)) + 1
	return min(1, most/float64(c.sent+50))
}

// arrived counts controls that arrived after as many others in their place were lost.
func (c *lossCount) arrived(n, lost int) {
	c.sent += n * (lost + 1)
	c.lost += n * lost
}

// rounds is how often n controls, sent many at a time, are tried: until it is
// unlikely that one of them is lost each time.
func (c *lossCount) rounds(n int) int {
	rounds := tries
	for float64(n)*math.Pow(c.rate(), float64(rounds)) > unlikely && rounds < MaxTries {
		rounds++
	}
	return rounds
}

func (c *lossCount) String() string {
	return fmt.Sprintf("%d of %d controls were lost", c.lost, c.sent)
}

// A doubt is what of a spec's end may be owed to lost packets.
type doubt struct {
	// silent: something was awaited in vain.
	silent bool
	// spared: that is so of flows with spares, which were silent as well.
	spared bool
	// once counts packets that were sent only once, so that the spec would have
	// failed if any of them had been lost. Another one may be lost in each try.
	once int
	// controls counts those that the lab has made, each tried more than once.
	controls int
	// vain: the last control was tried in vain.
	vain bool
}

// mattering bounds the packets of which one that is lost is taken to fail a spec.
// Where it sends many more, not all of them matter.
const mattering = 24

// chance is the chance that the spec would have ended otherwise without any loss.
func (d doubt) chance(rate float64) float64 {
	chance := 0.0
	if d.vain {
		// Any of the controls could have been the one.
		chance = 1 - math.Pow(1-math.Pow(rate, tries), float64(d.controls))
	}
	matter := float64(min(max(d.once, 1), mattering))
	if d.silent {
		chance = max(chance, 1-math.Pow(1-rate, matter))
	}
	if d.spared {
		chance = max(chance, 1-math.Pow(1-math.Pow(rate, 1+spares), matter))
	}
	return chance
}

// with returns the doubt of two tries: a try may have ended before it came to all
// that the other has sent.
func (d doubt) with(other doubt) doubt {
	return doubt{
		silent: d.silent || other.silent, spared: d.spared || other.spared, vain: d.vain || other.vain,
		once: max(d.once, other.once), controls: max(d.controls, other.controls),
	}
}

// A series is the tries of one spec before the one at hand.
type series struct {
	tries  int
	doubt  doubt   // of any of them
	chance float64 // that lost packets explain them all
	waited time.Duration
	ends   []string // how each ended
}

// resume begins a try of a spec. Ginkgo repeats every spec that fails, so the
// spec is skipped here if its failure stands; the bench then has the report.
func (l *Lab) resume() series {
	ginkgo.GinkgoHelper()
	report := ginkgo.CurrentSpecReport()
	if report.NumAttempts <= 1 {
		return series{}
	}
	past := l.series.with(l, report)
	if !l.repeatable(report, past) {
		l.settle(report, past)
		ginkgo.Skip("the failure stands")
	}
	return past
}

// with adds the try that has ended. One that lost packets cannot explain settles it.
func (s series) with(l *Lab, report types.SpecReport) series {
	end, _, _ := strings.Cut(report.Failure.Message, "\n")
	next := series{
		tries: s.tries + 1, doubt: s.doubt.with(l.doubt), waited: s.waited + l.idle, ends: append(s.ends, end),
	}
	rate := l.loss.rate()
	if l.doubt.chance(rate) > 0 {
		next.chance = math.Pow(next.doubt.chance(rate), float64(next.tries))
	}
	return next
}

func (l *Lab) repeatable(report types.SpecReport, past series) bool {
	return report.State == types.SpecStateFailed && !l.outcome.Broken && l.outcome.Died == "" &&
		past.chance > unlikely && past.tries < MaxTries && !l.tooLong(past)
}

// tooLong reports whether there is no time for another try on the real clock, where
// a run is given the longest search's.
func (l *Lab) tooLong(past series) bool {
	return l.world.clock() == nat.Real && past.waited+l.idle > LongestSearch
}

// settle makes the last try's report the spec's.
func (l *Lab) settle(report types.SpecReport, past series) {
	for i, event := range report.SpecEvents {
		if event.SpecEventType == types.SpecEventSpecRetry && event.Attempt == report.NumAttempts-1 {
			report.SpecEvents = report.SpecEvents[:i]
			break
		}
	}
	if l.doubt.silent && past.tries > 1 {
		all := "both"
		if past.tries > 2 {
			all = fmt.Sprintf("all %d", past.tries)
		}
		l.Note(fmt.Sprintf("%s tries failed, each with a fresh NAT and fresh endpoints; %s", all, l.loss))
	}
	if report.State == types.SpecStateFailed && past.chance > excusable && !l.outcome.Inconclusive {
		l.outcome.Inconclusive = true
		report.Failure.Message = fmt.Sprintf("lost packets could explain what follows, by a chance of 1 in %.0f, "+
			"since %s\n%s", 1/past.chance, l.loss, report.Failure.Message)
	}
	bench.settled = &report
}

// Settled returns a spec's report as it was after its last try, given the one
// with which Ginkgo ended it.
func (b *Bench) Settled(report types.SpecReport) types.SpecReport {
	if b.settled != nil {
		return *b.settled
	}
	return report
}

// recount tells of a spec that went well after all.
func (l *Lab) recount(report types.SpecReport) {
	if l.series.tries == 0 || report.State != types.SpecStatePassed {
		return
	}
	for i, end := range l.series.ends {
		l.Note(fmt.Sprintf("try %d failed: %s", i+1, end))
	}
	l.Note(fmt.Sprintf("the NAT loses packets: it went well on try %d, with a fresh NAT and fresh endpoints; %s",
		l.series.tries+1, l.loss))
}
