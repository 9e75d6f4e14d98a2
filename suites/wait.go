package suites

import (
	"fmt"
	"slices"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/nat"
)

// bound is how long the run may take: the longest wait of its specs, if they may
// have to be waited for, and a margin.
func (r *runner) bound() time.Duration {
	longest := time.Duration(0)
	if r.clock == nat.Real || r.driver.Info().Uncertain {
		for _, s := range r.specs {
			if r.cfg.Long || s.requirement.Wait <= longWait {
				longest = max(longest, s.requirement.Wait)
			}
		}
		// The search for a lifetime that is not known goes on beyond the
		// catalogue's shortest wait.
		if longest > 0 {
			longest = max(longest, lab.LongestSearch)
		}
	}
	return defaultTimeout + longest
}

// longWait is the longest wait on the real clock that nobody has to ask for.
const longWait = 30 * time.Minute

// leaveOut takes the specs out that wait for hours, and says so in the run.
func (r *runner) leaveOut(waiting []spec) []spec {
	if r.cfg.Long {
		return waiting
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	long := func(s spec) bool { return s.requirement.Wait > longWait }
	for i, s := range r.specs {
		q := s.requirement
		if !long(s) || i > 0 && r.specs[i-1].requirement.ID == q.ID {
			continue
		}
		r.run.Untested = append(r.run.Untested, reports.Untested{
			Requirement: q.ID, RFC: q.RFC, Section: q.Section, Level: q.Level, Title: q.Title, Long: true,
			Reason: fmt.Sprintf("it waits for %v on the real clock, which --long asks for", q.Wait),
		})
	}
	r.specs = slices.DeleteFunc(slices.Clone(r.specs), long)
	return slices.DeleteFunc(slices.Clone(waiting), long)
}
