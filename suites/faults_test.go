package suites_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	_ "github.com/natproof/natproof/suites/hosts"
	"github.com/natproof/natproof/suites/lab"
	_ "github.com/natproof/natproof/suites/rfc3022"
	_ "github.com/natproof/natproof/suites/rfc4787"
	_ "github.com/natproof/natproof/suites/rfc5382"
	_ "github.com/natproof/natproof/suites/rfc5508"
	_ "github.com/natproof/natproof/suites/rfc6888"
	_ "github.com/natproof/natproof/suites/rfc7857"
	_ "github.com/natproof/natproof/suites/wire"
	"github.com/natproof/natproof/topology/packet"
	"github.com/natproof/natproof/topology/refnat"
)

// memory is the reference NAT without a network around it.
const memory = "memory"

// effect is what a fault in the reference NAT does to the verdicts: which
// requirements fail, and which cannot be judged any more for want of something
// to observe. All others pass.
type effect struct{ Fail, Inconclusive []string }

// ofNodes are judged by what the NAT's node has beside the NAT.
var ofNodes = []string{"rfc3022.napt-own-traffic", "rfc3022.proxy-arp"}

// ofStacks reports whether a requirement is judged by what there is none of in memory:
// programs on kernels' stacks, on real hosts or beside the NAT, and links with ARP.
func ofStacks(id string) bool {
	return ofHosts(id) || slices.Contains(ofNodes, id)
}

func ofHosts(id string) bool { return strings.HasPrefix(id, "hosts.") }

// judge runs specs against the reference NAT in memory; nil means all of them. Those of
// kernels' stacks are not judged there, and left out of the results.
func judge(t *testing.T, nat string, only []string) []reports.Result {
	t.Helper()
	run, err := suites.Run(t.Context(), suites.Config{NAT: nat, Only: only})
	if err != nil {
		t.Fatalf("%s: %v", nat, err)
	}
	return withoutStacks(run.Results)
}

func withoutStacks(results []reports.Result) []reports.Result {
	return slices.DeleteFunc(slices.Clone(results), func(r reports.Result) bool {
		return ofStacks(r.Requirement) && r.Verdict == reports.Unsupported
	})
}

func TestReferenceNATPasses(t *testing.T) {
	for _, r := range judge(t, memory, nil) {
		checkWait(t, r)
		if r.Verdict != reports.Pass {
			t.Errorf("%s: %s: %s\n%s", r.Requirement, r.Verdict, r.Spec, r.Reason)
		}
		if r.Clock != "virtual" {
			t.Errorf("%s: taken on the %s clock, want virtual", r.Requirement, r.Clock)
		}
	}
}

// checkWait: what waits has a process to itself on the real clock, and a run's time limit
// allows for it. The search for a lifetime may go on beyond its wait.
func checkWait(t *testing.T, r reports.Result) {
	t.Helper()
	most := time.Second
	if wait := suites.Waits()[r.Spec]; wait > 0 {
		most = max(wait, lab.LongestSearch)
	}
	if idle := time.Duration(r.IdleMS) * time.Millisecond; idle > most && !r.Overall {
		t.Errorf("%s: %v pass, %v at most by what it says: %s", r.Requirement, idle, most, r.Spec)
	}
}

// TestFaultTable shows that every spec can fail, and fails for nothing but its
// own requirement. What a fault breaks stands beside it in the reference NAT.
func TestFaultTable(t *testing.T) {
	proven := map[string]bool{} // specs that failed with no other requirement
	faults := refnat.FaultNames()
	if underRace { // as with the foreign NATs, a few will do; make test runs all without it
		faults = everyNth(faults, 100)
	}
	touched := touchedBy(t, faults, companies...)
	asked := map[string][]string{}
	for _, fault := range faults {
		asked[memory+":"+fault] = touched[fault]
	}
	judged := judgeEach(t, asked)
	for _, fault := range faults {
		t.Run(fault, func(t *testing.T) {
			results := withoutStacks(judged[memory+":"+fault])
			wordsOnly(t, results)
			breaks := slices.DeleteFunc(refnat.FaultBreaks(fault), ofStacks) // that is for TestHosts
			want := effect{Fail: breaks, Inconclusive: known(refnat.FaultBlinds(fault))}
			if diff := cmp.Diff(want, effectOf(t, results), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("effect (-want +got):\n%s", diff)
			}
			beside := append(ofOthers(fault), refnat.FaultBreaksAlso(fault)...)
			if len(ownBreaks(want.Fail, beside)) != 1 {
				return
			}
			for _, r := range results {
				if r.Verdict == reports.Fail && !slices.Contains(beside, r.Requirement) {
					proven[r.Spec] = true
				}
			}
		})
	}
	for _, r := range suites.Requirements() {
		for _, spec := range r.Specs {
			if !underRace && !ofStacks(r.ID) && len(r.MadeOf) == 0 && !proven[spec] {
				t.Errorf("no fault proves that this spec of %s can fail by itself: %s", r.ID, spec)
			}
		}
	}
}

// everyNth returns the first of a list, and those that come n, 2n, ... after it.
func everyNth[T any](list []T, n int) []T {
	var some []T
	for i := 0; i < len(list); i += n {
		some = append(some, list[i])
	}
	return some
}

// sums are the requirements that are made of others.
func sums() []string {
	var ids []string
	for _, r := range suites.Requirements() {
		if len(r.MadeOf) > 0 {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// known returns the requirements with specs that the IDs of a tag name, sorted.
func known(ids []string) []string {
	var all []string
	for _, id := range ids {
		prefix, several := strings.CutSuffix(id, "*")
		for _, r := range suites.Requirements() {
			if r.ID == id || several && strings.HasPrefix(r.ID, prefix) && len(r.Specs) > 0 {
				all = append(all, r.ID)
			}
		}
	}
	return unique(all)
}

// ownBreaks leaves out the others, and the invariants of the wire that a fault breaks
// beside a clause: they are judged over all specs, and those keep their own verdicts.
func ownBreaks(ids, others []string) []string {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(others, id) })
	own := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return strings.HasPrefix(id, "wire.") })
	if len(own) == 0 {
		return ids
	}
	return own
}

// ofOthers returns the requirements about protocols that a fault does not act on. What
// it does to them beside is expected like the rest, and proves none of their specs.
func ofOthers(fault string) []string {
	touched := refnat.FaultTouches(fault)
	var ids []string
	for _, r := range suites.Requirements() {
		of := func(p packet.Protocol) bool { return strings.EqualFold(p.String(), r.Protocol) }
		if len(touched) > 0 && r.Protocol != "" && !slices.ContainsFunc(touched, of) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func effectOf(t *testing.T, results []reports.Result) effect {
	t.Helper()
	var e effect
	madeOfOthers := sums()
	for _, r := range results {
		if slices.Contains(madeOfOthers, r.Requirement) {
			continue // what it is made of is judged here
		}
		switch r.Verdict {
		case reports.Pass:
		case reports.Fail:
			e.Fail = append(e.Fail, r.Requirement)
		case reports.Inconclusive:
			e.Inconclusive = append(e.Inconclusive, r.Requirement)
		default:
			t.Errorf("%s: %s: %s", r.Spec, r.Verdict, r.Reason)
		}
	}
	e.Fail, e.Inconclusive = unique(e.Fail), unique(e.Inconclusive)
	// A requirement that fails is not inconclusive besides.
	e.Inconclusive = slices.DeleteFunc(e.Inconclusive, func(id string) bool { return slices.Contains(e.Fail, id) })
	return e
}

func unique(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// TestCatalogueAndSpecs: a requirement has specs or a reason why it has none.
func TestCatalogueAndSpecs(t *testing.T) {
	for _, r := range suites.Requirements() {
		switch {
		case len(r.Specs) == 0 && r.Untested == "":
			t.Errorf("%s has neither a spec nor a reason", r.ID)
		case len(r.Specs) > 0 && r.Untested != "":
			t.Errorf("%s has a spec, and yet says %q", r.ID, r.Untested)
		}
	}
}

func TestRunIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	run, err := suites.Run(ctx, suites.Config{NAT: memory, Notify: func(e suites.Event) {
		if e.Finished == 3 {
			cancel()
		}
	}})
	if err != nil || !run.Interrupted || len(run.Results) < 3 {
		t.Errorf("err %v, interrupted %t, %d results", err, run.Interrupted, len(run.Results))
	}
	if run.NotRun == 0 {
		t.Error("the run does not say that specs were left out")
	}
}
