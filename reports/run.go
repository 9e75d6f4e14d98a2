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
	Schema     string    `json:"schema"`
	Tool       Tool      `json:"tool"`
	Kernel     string    `json:"kernel"` // as uname -srm says it; empty where it is not known
	NAT        NAT       `json:"nat"`
	Clock      string    `json:"clock"` // virtual, aged or real
	Start      time.Time `json:"start"`
	DurationMS float64   `json:"duration_ms"`
	// Shard says which part of the specs ran, where they were dealt out to several runs.
	Shard *Shard `json:"shard,omitempty"`
	// Interrupted is true when the run was told to stop before its end.
	Interrupted bool `json:"interrupted"`
	// Broken says why the run itself broke; empty when it did not.
	Broken string `json:"broken,omitempty"`
	// NotRun counts the specs that were asked for and did not come to run.
	NotRun  int      `json:"not_run,omitempty"`
	Summary Summary  `json:"summary"`
	Results []Result `json:"results"`
	// Untested lists the requirements of the suites' RFCs that no spec judges.
	Untested []Untested `json:"untested"`
}

// A Tool is the program that judged.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Go      string `json:"go"`
}

// A NAT is the NAT under test as its driver describes it.
type NAT struct {
	Driver string `json:"driver"` // as --nat named it
	Detail string `json:"detail"` // one line: what it is
	Policy string `json:"policy"` // one line: what it is asked to do where a spec asks for nothing else
	// Faults are what was built into it on purpose, to see what comes of that.
	Faults []Fault `json:"faults,omitempty"`
}

// A Fault is a mistake that a NAT was given on purpose.
type Fault struct {
	Name   string   `json:"name"`
	Does   string   `json:"does"`   // in plain words
	Breaks []string `json:"breaks"` // the IDs of the requirements that fail for it
}

// Summary counts results by verdict, and what the exit status depends on.
type Summary struct {
	Total       int             `json:"total"`
	Verdicts    map[Verdict]int `json:"verdicts"`
	MustFailed  int             `json:"must_failed"`
	OtherFailed int             `json:"other_failed"` // SHOULD and MAY
	// PromisedFailed counts those of OtherFailed that a NAT may do without, but its
	// driver has accepted.
	PromisedFailed int      `json:"promised_failed"`
	Coverage       Coverage `json:"coverage"`
}

// A Result is the verdict of one spec, or what all specs together have shown.
type Result struct {
	Spec string `json:"spec"` // unique within a run
	// Overall is true for a requirement that is judged over all specs of the run.
	// The evidence is that of the first spec that broke it, and is that one's, too.
	Overall     bool   `json:"overall,omitempty"`
	Requirement string `json:"requirement"`
	// Chapter is that of the lesson which the requirement belongs to, such as "9. Static
	// NAT". What has one stands in the report under it, before what stands under its RFC.
	Chapter string `json:"chapter,omitempty"`
	RFC     int    `json:"rfc"`
	Section string `json:"section"`
	Level   Level  `json:"level"`
	Title   string `json:"title"`
	Clause  string `json:"clause"` // the clause in our own words
	// UpdatedBy are the clauses of later RFCs that change this one, and Judged says
	// whose text it is judged by, and why.
	UpdatedBy []Update `json:"updated_by,omitempty"`
	Judged    string   `json:"judged,omitempty"`

	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason"` // why the verdict is not pass; empty on pass
	// Observations are what decided it, of a verdict of fail.
	Observations []Observation `json:"observations,omitempty"`

	Clock      string  `json:"clock"`
	DurationMS float64 `json:"duration_ms"`
	// IdleMS is the time that the spec let pass on its clock.
	IdleMS float64 `json:"idle_ms"`
	Policy string  `json:"policy"` // what the NAT was asked to do
	// Asks are the features that the policy asks for beyond plain translation. A
	// NAT whose driver accepted them has to have them.
	Asks     []string `json:"asks,omitempty"`
	Steps    []string `json:"steps"`    // what was done, in order
	Observed []string `json:"observed"` // what was seen and noted on the way
	Charts   []Chart  `json:"charts,omitempty"`
	Evidence Evidence `json:"evidence"`
	NATLog   string   `json:"nat_log,omitempty"` // the last lines the NAT wrote
}

// An Update is a clause of a later RFC that changes the one it stands with.
type Update struct {
	Requirement string `json:"requirement"`
	RFC         int    `json:"rfc"`
	Section     string `json:"section"`
	Level       Level  `json:"level"`
	Clause      string `json:"clause"`
}

// Evidence is what shows that a verdict is true.
type Evidence struct {
	// Capture is the path of the pcapng file, relative to results.json.
	Capture string `json:"capture"`
	Ladder  Ladder `json:"ladder"`
}

// A Ladder is the packets of one spec in time order, with the spec's steps
// between them. Lanes are the columns, from the inside to the outside; the NAT
// is one of them.
type Ladder struct {
	Lanes []Lane `json:"lanes"`
	Rungs []Rung `json:"rungs"`
	// Omitted counts packets, but for those of controls, that are in no rung.
	Omitted int `json:"omitted,omitempty"`
}

// A Lane is one host of the topology.
type Lane struct {
	Name  string   `json:"name"`
	Addrs []string `json:"addrs"`
	Side  string   `json:"side"` // inside, nat or outside
}

// A Rung is one line of a ladder: exactly one of Step, Control, Packet and Expected is set.
// What a program on a host has called is a step that begins with its lane's name, "X: close(3) = 0".
type Rung struct {
	AtMS float64 `json:"at_ms"` // since the spec began, on the spec's clock
	Step string  `json:"step,omitempty"`
	// Control says that two hosts heard each other through the NAT, "X and Y1: answered", or
	// that they did not. Its packets are no rungs.
	Control string  `json:"control,omitempty"`
	Packet  *Packet `json:"packet,omitempty"`
	// Expected is a packet that had to come here, and did not.
	Expected *Packet `json:"expected,omitempty"`
	// Decided is true for the packets, the calls and the other steps that decided a failed verdict.
	Decided bool `json:"decided,omitempty"`
}

// A Packet is one packet on one side of the NAT.
type Packet struct {
	Side string `json:"side"` // inside or outside
	From string `json:"from"` // lane names
	To   string `json:"to"`
	Src  string `json:"src"` // as the packet says, with port where it has one
	Dst  string `json:"dst"`
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
	Requirement string `json:"requirement"`
	RFC         int    `json:"rfc"`
	Section     string `json:"section"`
	Level       Level  `json:"level"`
	Title       string `json:"title"`
	Reason      string `json:"reason"`
	// Long is true where there are specs, which were left out since they wait for hours.
	Long bool `json:"long,omitempty"`
}
