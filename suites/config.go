// Package suites is the vocabulary in which specs speak about a NAT, and what runs
// them: the Lab with its hosts and endpoints, observations between two controls,
// time that passes on the lab's clock, and matchers that say what arrived
// instead. Run judges a NAT by the specs of the packages that the program has
// linked, in processes of their own, and derives the verdicts.
package suites

import (
	"time"

	"github.com/natproof/natproof/reports"
)

// A Config says what to judge and how. Its zero value judges the kernel's NAT
// by every spec there is.
type Config struct {
	// NAT names the NAT under test as NATs lists them; empty means DefaultNAT.
	NAT string
	// Only limits the run to requirements whose ID matches one of these IDs
	// or globs; empty means all.
	Only []string
	// Level limits the run to requirements at least this strong; empty means all.
	Level reports.Level
	// Clock is auto or real; empty means auto.
	Clock string
	// Out is the folder for captures. It exists. Empty means that no
	// captures are kept.
	Out string
	// Timeout bounds the whole run; zero means a bound that fits the clock.
	Timeout time.Duration
	// Version is the tool's version, for the report.
	Version string
	// Notify, if set, is told of each spec as it begins and ends, from one
	// goroutine at a time.
	Notify func(Event)
}

// An Event is the beginning or the end of a spec.
type Event struct {
	Spec        string
	Requirement string
	Result      *reports.Result // nil at the beginning
	Finished    int             // specs ended so far
	Total       int             // specs in the run
}
