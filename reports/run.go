// Package reports is what natproof says about a NAT, and the forms in which it
// says it. A Run is the whole truth of one run; results.json is a Run, and
// HTML and JUnit are functions of it. A Folder keeps them together with the
// captures. The package knows nothing of how a verdict is reached.
package reports

import (
	"time"
)

// Schema names the version of the JSON form of a Run. Fields may be added under
// the same name; a field that changes its meaning or goes away changes the name.
const Schema = "natproof.run/1"

// A Run is one judging of one NAT.
type Run struct {
	Schema     string    `json:"schema"`      // the name and version of this form
	Tool       Tool      `json:"tool"`        // what judged
	Kernel     string    `json:"kernel"`      // as uname -srm says it; empty where it is not known
	NAT        NAT       `json:"nat"`         // what was judged
	Clock      string    `json:"clock"`       // on which clock it was judged
	Start      time.Time `json:"start"`       // when the run began
	DurationMS float64   `json:"duration_ms"` // how long it took, in milliseconds
	// Shard says which part of the specs ran, where they were dealt out to several runs.
	Shard *Shard `json:"shard,omitempty"`
	// Interrupted is true when the run was told to stop before its end.
	Interrupted bool `json:"interrupted"`
	// Broken says why the run itself broke; empty when it did not.
	Broken string `json:"broken,omitempty"`
	// NotRun counts the specs that were asked for and did not come to run.
	NotRun  int      `json:"not_run,omitempty"`
	Summary Summary  `json:"summary"` // counts of the results
	Results []Result `json:"results"` // the verdict of each spec
	// Untested lists the requirements of the suites' RFCs that no spec judges.
	Untested []Untested `json:"untested"`
}

// A Tool is the program that judged.
type Tool struct {
	Name    string `json:"name"`    // of the program
	Version string `json:"version"` // of the program
	Go      string `json:"go"`      // the version of Go that built it
}

// A NAT is the NAT under test as its driver describes it.
type NAT struct {
	Driver string `json:"driver"` // as --nat named it
	Detail string `json:"detail"` // one line: what it is
	Policy string `json:"policy"` // one line: what it is asked to do where a spec asks for nothing else
	// Without are the features that the user wanted no spec to ask for.
	Without []string `json:"without,omitempty"`
	// Faults are what was built into it on purpose, to see what comes of that.
	Faults []Fault `json:"faults,omitempty"`
}

// A Fault is a mistake that a NAT was given on purpose.
type Fault struct {
	Name   string   `json:"name"`   // as it is given to the NAT
	Does   string   `json:"does"`   // in plain words
	Breaks []string `json:"breaks"` // the IDs of the requirements that fail for it
}

// Summary counts results by verdict, and what the exit status depends on.
type Summary struct {
	Total       int             `json:"total"`        // how many results there are
	Verdicts    map[Verdict]int `json:"verdicts"`     // how many of each verdict
	MustFailed  int             `json:"must_failed"`  // failed results of level MUST or MUST NOT
	OtherFailed int             `json:"other_failed"` // failed results of all other levels
	// PromisedFailed counts failed results of these other levels that a NAT may do
	// without, but its driver has accepted.
	PromisedFailed int      `json:"promised_failed"`
	Coverage       Coverage `json:"coverage"` // how many requirements were judged
}

// A Result is the verdict of one spec, or what all specs together have shown.
type Result struct {
	Spec string `json:"spec"` // unique within a run
	// Overall is true for a requirement that is judged over all specs of the run.
	// The evidence is that of the first spec that broke it, and is that one's, too.
	Overall     bool   `json:"overall,omitempty"`
	Requirement string `json:"requirement"` // the ID of the requirement that the spec judges
	// Chapter is that of the lesson which the requirement belongs to, such as "9. Static
	// NAT". What has one stands in the report under it, before what stands under its RFC.
	Chapter string `json:"chapter,omitempty"`
	RFC     int    `json:"rfc"`     // the number of the RFC, 0 for none
	Section string `json:"section"` // of the RFC
	Level   Level  `json:"level"`   // how far the clause obliges, after RFC 2119
	Title   string `json:"title"`   // the requirement in a few words
	Clause  string `json:"clause"`  // the clause in our own words
	// UpdatedBy are the clauses of later RFCs that change this one.
	UpdatedBy []Update `json:"updated_by,omitempty"`
	// Judged says whose text it is judged by, and why, where later RFCs change it.
	Judged string `json:"judged,omitempty"`
	// ProvenBy are the faults of the reference NAT that make the requirement fail, by their
	// names for run --fault: so it can fail.
	ProvenBy []string `json:"proven_by,omitempty"`

	Verdict Verdict `json:"verdict"` // what the spec found
	Reason  string  `json:"reason"`  // why the verdict is not pass; empty on pass
	// Observations are what decided it, of a verdict of fail, or of one that is inconclusive
	// because what the spec builds on does not work.
	Observations []Observation `json:"observations,omitempty"`

	Clock      string  `json:"clock"`       // on which clock it was judged
	DurationMS float64 `json:"duration_ms"` // how long the spec took, in milliseconds
	// IdleMS is the time that the spec let pass on its clock, in milliseconds.
	IdleMS float64 `json:"idle_ms"`
	// WaitedMS is how much of DurationMS went into waiting: for packets, for what programs
	// on the hosts wait for, and for the real clock.
	WaitedMS float64 `json:"waited_ms,omitempty"`
	// SetupMS is how much of it went into setting up the NAT and what is around it.
	SetupMS float64 `json:"setup_ms,omitempty"`
	// StartMS is when the spec began, in milliseconds since the run did.
	StartMS float64 `json:"start_ms,omitempty"`
	// EndMS is when it ended, likewise.
	EndMS float64 `json:"end_ms,omitempty"`
	// Worker is the number of the worker that ran it, from 1. What is judged over all specs
	// has none, and no times.
	Worker int    `json:"worker,omitempty"`
	Policy string `json:"policy"` // what the NAT was asked to do
	// Asks are the features that the policy asks for beyond plain translation. A
	// NAT whose driver accepted them has to have them.
	Asks     []string `json:"asks,omitempty"`
	Steps    []string `json:"steps"`             // what was done, in order
	Observed []string `json:"observed"`          // what was seen and noted on the way
	Charts   []Chart  `json:"charts,omitempty"`  // comparisons in figures
	Evidence Evidence `json:"evidence"`          // the packets
	NATLog   string   `json:"nat_log,omitempty"` // the last lines the NAT wrote
}

// An Update is a clause of a later RFC that changes the one it stands with.
type Update struct {
	Requirement string `json:"requirement"` // the ID of the later requirement
	RFC         int    `json:"rfc"`         // the number of the later RFC
	Section     string `json:"section"`     // of that RFC
	Level       Level  `json:"level"`       // how far that clause obliges
	Clause      string `json:"clause"`      // that clause in our own words
}

// Evidence is what shows that a verdict is true.
type Evidence struct {
	// Capture is the path of the pcapng file, relative to results.json.
	Capture string `json:"capture"`
	Ladder  Ladder `json:"ladder"` // the packets and steps in the order of time
}

// A Ladder is the packets of one spec in time order, with the spec's steps
// between them. Lanes are the columns, from the inside to the outside; the NAT
// is one of them.
type Ladder struct {
	Lanes []Lane `json:"lanes"` // the hosts, from the inside to the outside
	Rungs []Rung `json:"rungs"` // the lines, in the order of time
	// Omitted counts packets, but for those of controls, that are in no rung.
	Omitted int `json:"omitted,omitempty"`
}

// A Lane is one host of the topology.
type Lane struct {
	Name  string   `json:"name"`  // such as X, NAT or Y1
	Addrs []string `json:"addrs"` // its IP addresses
	Side  string   `json:"side"`  // where it is, seen from the NAT
}

// A Rung is one line of a ladder: exactly one of step, control, packet and expected is set.
// What a program on a host has called is a step that begins with its lane's name, "X: close(3) = 0".
type Rung struct {
	AtMS float64 `json:"at_ms"`          // milliseconds since the spec began, on the spec's clock
	Step string  `json:"step,omitempty"` // what was done, in words
	// Control says that two hosts heard each other through the NAT, "X and Y1: answered", or
	// that they did not. Its packets are no rungs.
	Control string  `json:"control,omitempty"`
	Packet  *Packet `json:"packet,omitempty"` // a packet that was seen
	// Expected is a packet that had to come here, and did not.
	Expected *Packet `json:"expected,omitempty"`
	// Decided is true for the packets, the calls and the other steps that decided the verdict.
	Decided bool `json:"decided,omitempty"`
}

// A Packet is one packet on one side of the NAT.
type Packet struct {
	Side string `json:"side"` // on which side of the NAT it was seen
	From string `json:"from"` // the name of the lane that sent it
	To   string `json:"to"`   // the name of the lane that it went to
	Src  string `json:"src"`  // the source as the packet says, with port where it has one
	Dst  string `json:"dst"`  // the destination as the packet says, with port where it has one
	Info string `json:"info"` // protocol and what else matters, e.g. "UDP 12 bytes"
	// Rewritten names the fields that differ from the same packet on the other side:
	// src, dst, quote, and of TCP flags, seq, ack, window, urgent, options.
	Rewritten []string `json:"rewritten,omitempty"`
	// Dropped is true for a packet that entered the NAT and did not leave it.
	Dropped bool `json:"dropped,omitempty"`
	// Forwarded is true for a packet that left the NAT as what the rung before it came in as.
	Forwarded bool `json:"forwarded,omitempty"`
	// Frame is the packet's number in the capture, from 1; zero where that has only the first and
	// the last packets, and not this one.
	Frame int `json:"frame,omitempty"`
	// Times is how many packets the rung stands for, of which this is the first: they came one
	// after another, and are alike but for ports and numbers. Zero stands for one.
	Times int `json:"times,omitempty"`
}

// Untested is a requirement without a spec, or one whose specs were left out, and why.
type Untested struct {
	Requirement string `json:"requirement"` // its ID
	RFC         int    `json:"rfc"`         // the number of the RFC, 0 for none
	Section     string `json:"section"`     // of the RFC
	Level       Level  `json:"level"`       // how far the clause obliges
	Title       string `json:"title"`       // the requirement in a few words
	Reason      string `json:"reason"`      // why there is no verdict
	// Long is true where there are specs, which were left out since they wait for hours.
	Long bool `json:"long,omitempty"`
}
