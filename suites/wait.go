package suites

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
			if r.cfg.Long || !s.long() {
				longest = max(longest, s.wait)
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

// checkLong refuses a config that means nothing but specs that are left out.
func checkLong(cfg Config, info nat.Info) error {
	waits := cfg.Clock == ClockReal || info.Clocks[0] == nat.Real && !info.Uncertain
	chosen := selected(cfg)
	if cfg.Long || !waits || len(chosen) == 0 || slices.ContainsFunc(chosen, func(s spec) bool { return !s.long() }) {
		return nil
	}
	return &UnjudgedError{Pattern: strings.Join(cfg.Only, ","), Reason: chosen[0].whyLong()}
}

// long reports whether a spec is left out where time has to be waited for.
func (s spec) long() bool { return s.wait > longWait }

func (s spec) whyLong() string {
	return fmt.Sprintf("it waits for %v on the real clock, which --long asks for", s.wait)
}

// longWait is the longest wait on the real clock that nobody has to ask for.
const longWait = 30 * time.Minute

// nothing says why there is no spec to run.
func (r *runner) nothing() error {
	if slices.ContainsFunc(r.run.Untested, func(u reports.Untested) bool { return u.Long }) {
		return errors.New("all that was asked for waits for hours on the real clock, which --long asks for")
	}
	return errors.New("no spec judges what was asked for")
}

// leaveOut takes the specs out that wait for hours, and says so in the run.
func (r *runner) leaveOut() {
	if r.cfg.Long {
		return
	}
	for i, s := range r.specs {
		q := s.requirement
		if !s.long() || i > 0 && r.specs[i-1].requirement.ID == q.ID {
			continue
		}
		r.run.Untested = append(r.run.Untested, reports.Untested{
			Requirement: q.ID, RFC: q.RFC, Section: q.Section, Level: q.Level, Title: q.Title, Long: true,
			Reason: s.whyLong(),
		})
	}
	r.specs = slices.DeleteFunc(slices.Clone(r.specs), spec.long)
}
