package suites_test

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// The faults of the reference NAT and the specs are made for each other. So each
// requirement is also broken by a NAT that shares no code with that one: the
// kernel's, with a mistake in its rules or timers, and a small NAT in user space
// that is the tests' own.

// kernelNAT is the script of a NAT made of the kernel's parts.
//
//go:embed testdata/foreign/kernel.sh
var kernelNAT string

// mistakeMark is the line of kernelNAT that a mistake takes the place of.
const mistakeMark = "# MISTAKE\n"

// A foreign is a NAT that is not the reference NAT, with a mistake.
type foreign struct {
	name string
	// twin is how the sound twin is made, where it is not the plain one, and
	// mistake what is done to that.
	twin, mistake string
	// breaks are the requirements that fail for the mistake: all that fail
	// among those that are judged and do not fail in the sound twin.
	breaks []string
	// beside are judged as well, and must be as in the sound twin.
	beside []string
	// blinds are inconclusive for the mistake, by its nature.
	blinds []string
}

// judged are the requirements that a row is judged by.
func (f foreign) judged() []string { return slices.Concat(f.breaks, f.beside, f.blinds) }

// kernel writes the script of the kernel's NAT with a mistake.
func kernel(t *testing.T, mistake string) string {
	t.Helper()
	if !strings.Contains(kernelNAT, mistakeMark) {
		t.Fatal("the script of the kernel's NAT has no place for a mistake")
	}
	return script(t, strings.Replace(kernelNAT, mistakeMark, mistake+"\n", 1))
}

// needNft leaves a test out where nft is not installed, save on CI.
func needNft(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("nft")
	if err != nil && os.Getenv("NATPROOF_CI") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
}

// verdicts are the results of a run by their specs.
func verdicts(t *testing.T, nat string, only []string) map[string]reports.Result {
	t.Helper()
	only = slices.Clone(only)
	slices.Sort(only)
	run, err := suites.Run(t.Context(), suites.Config{NAT: nat, Only: slices.Compact(only)})
	if err != nil {
		t.Fatal(err)
	}
	return bySpec(run.Results)
}

func bySpec(results []reports.Result) map[string]reports.Result {
	found := map[string]reports.Result{}
	for _, r := range results {
		found[r.Spec] = r
	}
	return found
}

// compare holds the verdicts on a NAT with a mistake against those on its sound twin.
func compare(t *testing.T, f foreign, broken, sound map[string]reports.Result) {
	t.Helper()
	var got effect
	for spec, r := range broken {
		if !slices.Contains(f.judged(), r.Requirement) {
			continue // judged over all specs, whatever is asked for
		}
		twin := sound[spec].Verdict
		switch {
		case r.Verdict == twin:
		case twin == reports.Fail, r.Verdict == reports.Pass: // the mistake has hidden another
		case twin == reports.Inconclusive: // a sound NAT whose mappings live for ever shows no lifetime
		case twin != reports.Pass:
			t.Errorf("%s: %v with the sound twin, so that nothing is shown", spec, twin)
		case r.Verdict == reports.Fail:
			got.Fail = append(got.Fail, r.Requirement)
		case r.Verdict == reports.Inconclusive:
			got.Inconclusive = append(got.Inconclusive, r.Requirement)
		default:
			t.Errorf("%s: %v, and %v with the sound twin\n%s", spec, r.Verdict, twin, r.Reason)
		}
	}
	got.Fail, got.Inconclusive = unique(got.Fail), unique(got.Inconclusive)
	got.Inconclusive = slices.DeleteFunc(got.Inconclusive, func(id string) bool {
		return slices.Contains(got.Fail, id) // a requirement that fails is not inconclusive besides
	})
	want := effect{Fail: unique(f.breaks), Inconclusive: unique(f.blinds)}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what the mistake does to the verdicts (-want +got):\n%s", diff)
	}
}

// smallRefuses are the features that the small NAT does not have.
var smallRefuses = []string{
	"ftp", "hide-clients", "own-port", "proxy-arp", "second-source",
}

// small writes the script of the tests' own NAT with a mistake.
func small(t *testing.T, mistake string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	refuses := `for word in $NATPROOF_ASKS; do
	case $word in ` + strings.Join(smallRefuses, " | ") + `) exit 127 ;; esac
done
if [ "${NATPROOF_OUTSIDE_PREFIX%.*}" = "${NATPROOF_INSIDE_PREFIX%.*}" ]; then exit 127; fi`
	return script(t, refuses,
		// Its kernel would answer RST to what is for the addresses that they share.
		"nft 'add table ip q; add chain ip q i { type filter hook input priority 0; policy drop; }' || exit 1",
		fmt.Sprintf("exec '%s' %s \"%s\"", program, smallNATName, mistake))
}

// tried are the rows to run: all, which takes minutes, with "make test-all". With -short it
// is every n-th of each table, and so of every kind of mistake, beginning with the first.
// The race detector looks at the harness, for which a few will do, and it makes each start
// of a NAT slow, since that is this program again.
func tried(tables [][]foreign, n int) []foreign {
	if underRace {
		return everyNth(slices.Concat(tables...), 40)
	}
	if testing.Short() {
		for i, rows := range tables {
			tables[i] = everyNth(rows, n)
		}
	}
	return slices.Concat(tables...)
}

// kernelTables are all rows of the kernel's NAT.
func kernelTables() [][]foreign {
	return [][]foreign{
		kernelMistakes, kernelSpoils, kernelChanges, kernelMistakesTCP, kernelMistakesICMP,
		kernelTranslations, kernelCarrier, kernelSettings,
	}
}

// smallTables are all rows of the small NAT.
func smallTables() [][]foreign {
	return [][]foreign{
		smallMistakes, smallSpoils, changeMistakes, smallMistakesTCP, smallMistakesICMP,
		smallTranslations, smallBasics, smallCarrier, smallHairpins, errorRows(), smallAges, smallWays,
		smallPlaces, smallKinds,
	}
}

// TestForeignSmall judges a small NAT that is the tests' own by every spec, as a program and
// in memory, and then breaks it there in many ways. What a mistake is called is what is broken.
func TestForeignSmall(t *testing.T) {
	needNft(t)
	t.Parallel()
	rows := tried(smallTables(), 4)
	var only []string // all specs
	if underRace || testing.Short() {
		for _, f := range rows {
			only = append(only, f.judged()...)
		}
	}
	soundSmall(t, verdicts(t, small(t, ""), only))
	sound := verdicts(t, inMemoryOf(), only)
	soundSmall(t, sound)
	asked := map[string][]string{}
	for _, f := range rows {
		nat := inMemoryOf(f.name)
		asked[nat] = append(asked[nat], specsOf(f.judged())...) // some mistakes have two rows
	}
	judged := judgeEach(t, asked)
	for _, f := range rows {
		t.Run(f.name, func(t *testing.T) { compare(t, f, bySpec(judged[inMemoryOf(f.name)]), sound) })
	}
}

// soundSmall holds the verdicts of a small NAT without a mistake to be good.
func soundSmall(t *testing.T, sound map[string]reports.Result) {
	t.Helper()
	for spec, r := range sound {
		if r.Requirement == "rfc6888.req-7" {
			continue // it filters UDP by address, as a NAT may that is no carrier's
		}
		if r.Verdict != reports.Pass && r.Verdict != reports.Unsupported { // by what it refuses
			t.Errorf("%s: %s: %s\n%s", r.Requirement, r.Verdict, spec, r.Reason)
		}
	}
}

// TestForeignKernel breaks the kernel's NAT in many ways.
func TestForeignKernel(t *testing.T) {
	needNft(t)
	t.Parallel()
	judged := map[string][]string{} // by twin
	rows := tried(kernelTables(), 12)
	for _, f := range rows {
		judged[f.twin] = append(judged[f.twin], f.judged()...)
	}
	sound := map[string]map[string]reports.Result{}
	for twin, requirements := range judged {
		sound[twin] = verdicts(t, kernel(t, twin), requirements)
	}
	for _, f := range rows {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			compare(t, f, verdicts(t, kernel(t, f.twin+"\n"+f.mistake), f.judged()), sound[f.twin])
		})
	}
}

// TestForeignBreadth: so many requirements are broken by NATs that share nothing
// with the reference NAT.
func TestForeignBreadth(t *testing.T) {
	const want = 150
	var broken, known []string
	for _, f := range slices.Concat(slices.Concat(kernelTables()...), slices.Concat(smallTables()...)) {
		broken = append(broken, f.breaks...)
	}
	for _, r := range suites.Requirements() {
		if len(r.Specs) > 0 && len(r.MadeOf) == 0 {
			known = append(known, r.ID)
		}
	}
	broken = unique(broken)
	if len(broken) < want {
		t.Errorf("%d requirements are broken by foreign NATs, want %d or more", len(broken), want)
	}
	for _, id := range known {
		if !slices.Contains(broken, id) {
			t.Logf("no foreign NAT breaks %s", id)
		}
	}
}
