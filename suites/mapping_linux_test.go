package suites_test

import (
	"strings"
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// The kernel's NAT as scripts set it up, apart from our own driver.
const (
	plainPolicyOnly = `[ -z "$NATPROOF_ASKS" ] || exit 127
policy=$(cat); case $policy in *'"pool":[],"static":[],"forwards":[]'*) ;; *) exit 127 ;; esac`
	natTable    = `nft "add table ip n; add chain ip n p { type nat hook postrouting priority 100; }" || exit 1`
	filterInput = `nft "add chain ip n f { type filter hook forward priority 0; }
add rule ip n f iifname outside ct state != {established,related} drop
add chain ip n i { type filter hook input priority 0; }
add rule ip n i iifname outside ct state != {established,related} drop" || exit 1`
)

func mappingNAT(t *testing.T, rules ...string) string {
	t.Helper()
	lines := append([]string{plainPolicyOnly, natTable}, rules...)
	return script(t, append(lines, "echo ready", stay)...)
}

// verdictOf returns the worst verdict on a requirement, and its reasons.
func verdictOf(t *testing.T, nat, requirement string) (reports.Verdict, string) {
	t.Helper()
	run, err := suites.Run(t.Context(), suites.Config{NAT: nat, Only: []string{requirement}})
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	worst := reports.Pass
	for _, r := range run.Results {
		if r.Verdict == reports.Pass || r.Verdict == reports.Unsupported { // these NATs have no policies
			continue
		}
		reasons = append(reasons, r.Spec+": "+r.Reason)
		if worst != reports.Fail {
			worst = r.Verdict
		}
	}
	return worst, strings.Join(reasons, "\n")
}

// NATs whose mapping depends on the destination only in some order of events.
func TestMappingOfKernelNATs(t *testing.T) {
	for _, test := range []struct{ name, nat, want string }{
		{
			"without an input filter", mappingNAT(t, `nft add rule ip n p oifname outside masquerade || exit 1`),
			"before X:x ever sent",
		},
		{
			"a range of ports", mappingNAT(t,
				`nft add rule ip n p oifname outside ip protocol udp snat to 203.0.113.10:40000-40100 || exit 1`,
				filterInput),
			"many other endpoints hold ports",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			verdict, reasons := verdictOf(t, test.nat, "rfc4787.req-1")
			if verdict != reports.Fail || !strings.Contains(reasons, test.want) ||
				!strings.Contains(reasons, "it must be one endpoint") {
				t.Errorf("%s, want a fail where %s:\n%s", verdict, test.want, reasons)
			}
		})
	}
}

// A NAT that lets only so many sessions out refuses the rest.
func TestCapacityOfKernelNAT(t *testing.T) {
	nat := mappingNAT(t, `nft add rule ip n p oifname outside masquerade || exit 1`, filterInput,
		`nft 'add rule ip n f iifname inside ct state new ct count over 200 drop' || exit 1`)
	verdict, reasons := verdictOf(t, nat, "practice.capacity")
	if verdict != reports.Fail || !strings.Contains(reasons, "the NAT holds 100 flows") ||
		!strings.Contains(reasons, "are seen outside; it should hold 1000") {
		t.Errorf("%s: %s", verdict, reasons)
	}
}

// A NAT that has no port left is told apart from one that lets nothing through.
func TestPortsUsedUp(t *testing.T) {
	nat := mappingNAT(t,
		`nft add rule ip n p oifname outside ip protocol udp masquerade to :19728-19729 || exit 1`, filterInput)
	for _, requirement := range []string{"rfc4787.req-3", "rfc4787.req-3a", "rfc4787.req-4", "rfc4787.req-11"} {
		t.Run(requirement, func(t *testing.T) {
			t.Parallel()
			verdict, reasons := verdictOf(t, nat, requirement)
			if verdict != reports.Inconclusive || !strings.Contains(reasons, "ports are used up") {
				t.Errorf("%s, want that ports are used up: %s", verdict, reasons)
			}
		})
	}
}
