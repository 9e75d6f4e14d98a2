package lab

import (
	"bytes"
	"fmt"
	"slices"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/reports"
)

// An Invariant is what holds for every packet of every spec, whatever that is
// about. It is a requirement of the catalogue, and judged over all specs of a run.
type Invariant struct {
	Requirement string
	// Text says what holds, as a spec's name does.
	Text string
	// Broken returns how a packet breaks the invariant; empty if it keeps it. It
	// returns false for a packet that says nothing about the invariant.
	Broken func(p *Passage) (how string, judged bool)
}

// invariants are those of the linked suites. They are registered while programs
// are initialized, as Ginkgo's specs are.
var invariants []Invariant

// Always registers an invariant. It is called where specs are declared.
func Always(i Invariant) bool {
	invariants = append(invariants, i)
	return true
}

// Invariants returns those that are registered.
func Invariants() []Invariant { return slices.Clone(invariants) }

// A Finding is what one invariant came to in the traffic of one spec.
type Finding struct {
	Requirement string `json:"requirement"`
	Judged      int    `json:"judged"` // packets that said something about it
	Broken      int    `json:"broken"` // packets that broke it
	// How says how the first of them did.
	How string `json:"how,omitempty"`
	// Stimulus is what the NAT was sent before it let that out, and Frame its number in the
	// capture; zero where there is none.
	Stimulus string `json:"stimulus,omitempty"`
	Frame    int    `json:"frame,omitempty"`

	marked []*Passage // the first of those that broke it, as many as are shown
}

// mostMarked is how many packets that break an invariant are shown as such.
const mostMarked = 8

// textOf says what a registered invariant says that holds.
func textOf(requirement string) string {
	i := slices.IndexFunc(invariants, func(i Invariant) bool { return i.Requirement == requirement })
	if i < 0 {
		return requirement
	}
	return invariants[i].Text
}

// findings judges traffic by every invariant.
func findings(traffic Traffic) []Finding {
	var all []Finding
	for _, i := range invariants {
		if f := i.judge(traffic); f.Judged > 0 {
			all = append(all, f)
		}
	}
	return all
}

func (i Invariant) judge(traffic Traffic) Finding {
	f := Finding{Requirement: i.Requirement}
	for _, p := range traffic {
		how, judged := i.Broken(p)
		if !judged {
			continue
		}
		f.Judged++
		if how == "" {
			continue
		}
		if len(f.marked) < mostMarked {
			f.marked = append(f.marked, p)
		}
		if f.Broken++; f.Broken == 1 {
			f.How, f.Stimulus = how, p.String()
			if p.Cause != nil {
				f.Stimulus = p.Cause.String()
			}
		}
	}
	return f
}

// Traffic returns every packet that has been on either side of the NAT so far.
func (l *Lab) Traffic() Traffic {
	ginkgo.GinkgoHelper()
	if lost := l.world.lost(); lost > 0 {
		l.Inconclusive(fmt.Sprintf("the taps lost %d packets, so the wire is not known", lost))
	}
	return l.paired()
}

// Finding judges all packets so far by the invariant of a requirement. Where none of
// them says anything about it, the spec is inconclusive.
func (l *Lab) Finding(requirement string) Finding {
	ginkgo.GinkgoHelper()
	i := slices.IndexFunc(invariants, func(i Invariant) bool { return i.Requirement == requirement })
	if i < 0 {
		l.breaks("spec", fmt.Errorf("no invariant is registered for %s", requirement))
	}
	f := invariants[i].judge(l.Traffic())
	if f.Judged == 0 {
		l.Inconclusive("control: no packet came through the NAT that could show it; " + l.inboxes())
	}
	return f
}

// BeKept succeeds for the finding on an invariant that no packet has broken.
func BeKept() types.GomegaMatcher { return keptMatcher{} }

type keptMatcher struct{}

func (keptMatcher) Match(actual any) (bool, error) {
	f, ok := actual.(Finding)
	if !ok {
		return false, fmt.Errorf("the matcher wants a Finding, not %T", actual)
	}
	return f.Broken == 0, nil
}

func (keptMatcher) FailureMessage(actual any) string {
	f, _ := actual.(Finding)
	m := missed(fmt.Sprintf("%s; %d of %d packets are like this", f.How, f.Broken, f.Judged),
		textOf(f.Requirement), f.How)
	// What was heard last has kept it, maybe.
	m.observed.Stimulus, m.wanted, m.decided, m.came = f.Stimulus, nil, nil, reports.Packet{}
	for _, broken := range f.marked {
		m.decided = append(m.decided, func(p *Passage) bool {
			return p.wall.Equal(broken.wall) && p.Inside == broken.Inside &&
				p.Outgoing == broken.Outgoing && bytes.Equal(p.data, broken.data)
		})
	}
	return m.tell()
}

func (keptMatcher) NegatedFailureMessage(actual any) string {
	f, _ := actual.(Finding)
	return fmt.Sprintf("one of %d packets should break %s", f.Judged, f.Requirement)
}
