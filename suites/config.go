// Package suites runs the specs that a program has linked, and derives the
// verdicts: it selects specs, runs them in processes of their own, and turns what
// happened into results. What a spec speaks is package lab.
package suites

import (
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// A Config says what to judge and how. Its zero value judges the kernel's NAT
// by every spec there is.
type Config struct {
	// NAT names the NAT under test as nat.Lookup takes it; empty means
	// nat.DefaultName.
	NAT string
	// Only limits the run to requirements whose ID matches one of these IDs
	// or globs; empty means all.
	Only []string
	// Level limits the run to requirements at least this strong; empty means all.
	Level reports.Level
	// Clock is auto or real; empty means auto.
	Clock string
	// Long has specs run that wait for hours on the real clock. Without it they are left
	// out there, and on no other clock.
	Long bool
	// Shard is the part of the chosen specs to run; the zero value is all of them.
	Shard reports.Shard
	// Without are features that the NAT is not asked for. What a spec needs one of them for
	// is unsupported.
	Without []nat.Feature
	// Out is the folder for captures. It exists. Empty means that no
	// captures are kept.
	Out string
	// Timeout bounds the whole run; zero means a bound that fits the longest
	// wait of the specs.
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

// The words for Config.Clock.
const (
	ClockAuto = "auto"
	ClockReal = string(nat.Real)
)

// A Finding is one thing that this machine can or cannot do.
type Finding = topology.Finding

// Diagnose tells what this machine can do, and what to do where it cannot.
func Diagnose() []Finding { return append(topology.Diagnose(), nat.Diagnose()...) }
