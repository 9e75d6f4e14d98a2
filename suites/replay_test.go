package suites_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/refnat"
)

// What a spec in memory does depends on nothing of the NAT but what that answers:
// packets, the instants at which it acts by itself, and its end. So a fault cannot change
// the end of a spec in which a NAT that has it would have answered everything as the
// sound one did. A program of the tests runs every spec once around the sound NAT, keeps
// all that the NAT is asked, and asks one with each fault the same. The fault table runs
// the specs in which an answer differs, which is one pair of spec and fault in sixteen.

// replayName is the first argument of this program when it is to replay. The second is
// where it writes what it has found, and the third how many groups the faults make.
const replayName = "replay-faults"

// touchedBy returns, by fault, the specs in which a NAT with it answers differently. The
// sound NAT is replayed as well, and must give the answers that it has given. The faults
// make so many groups, one time after another.
func touchedBy(t *testing.T, faults []string, groups ...int) map[string][]string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	found := filepath.Join(t.TempDir(), "touched.json")
	numbers, err := json.Marshal(groups)
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{replayName, found, string(numbers)}, faults...)
	command := exec.CommandContext(t.Context(), program, args...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("replaying: %v\n%s", err, output)
	}
	data, err := os.ReadFile(found)
	if err != nil {
		t.Fatal(err)
	}
	var touched map[string][]string
	if err := json.Unmarshal(data, &touched); err != nil {
		t.Fatal(err)
	}
	if specs := touched[sound]; len(specs) > 0 {
		t.Errorf("the sound NAT does not repeat its answers in %q", specs)
	}
	return touched
}

// Faults that are replayed together touch the specs that each touches alone.
func TestReplayTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes as long as the fault table")
	}
	some := everyNth(refnat.FaultNames(), 8)
	alone, together := touchedBy(t, some, len(some)), touchedBy(t, refnat.FaultNames(), companies...)
	maps.DeleteFunc(together, func(fault string, _ []string) bool { return !slices.Contains(some, fault) })
	if diff := cmp.Diff(alone, together); diff != "" {
		t.Errorf("-alone +together:\n%s", diff)
	}
}

// sound stands among the faults for none.
const sound = "sound"

// replay is the program.
func replay(file, numbers string, faults []string) error {
	// What is collected is mostly the garbage of many small tables.
	debug.SetGCPercent(800)
	var times []int
	if err := json.Unmarshal([]byte(numbers), &times); err != nil {
		return err
	}
	plain, err := inMemory(memory)
	if err != nil {
		return err
	}
	r := &recorder{
		InMemory: plain, groups: []*group{{driver: plain, names: []string{sound}}},
		touched: map[string]map[string]bool{},
	}
	for _, n := range times {
		for _, names := range apart(faults, n) {
			g, err := grouped(names)
			if err != nil {
				return err
			}
			r.groups = append(r.groups, g)
		}
	}
	if err := suites.RunHere(r); err != nil {
		return err
	}
	r.settle()
	found := map[string][]string{}
	for name, specs := range r.touched {
		found[name] = slices.Sorted(maps.Keys(specs))
	}
	data, err := json.Marshal(found)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// A group is a NAT with several faults at once, and its halves, down to single faults.
// Most faults have nothing to do with a spec, and a NAT with twenty of these answers as
// the sound one: so few of the groups are replayed to the end.
//
// One fault may hide another. So each is in two groups with other company, and neighbours,
// which have most to do with each other, are in none together.
type group struct {
	names  []string
	driver nat.InMemory
	halves []*group // none of a single fault
}

// companies are how many groups all faults make, each time. The numbers have no common
// divisor, so that few are together twice.
var companies = []int{16, 21}

// apart deals the faults out to n groups.
func apart(faults []string, n int) [][]string {
	dealt := make([][]string, min(n, len(faults)))
	for i, fault := range faults {
		dealt[i%n] = append(dealt[i%n], fault)
	}
	return dealt
}

func grouped(names []string) (*group, error) {
	driver, err := inMemory(memory + ":" + strings.Join(names, ","))
	if err != nil {
		return nil, err
	}
	g := &group{names: names, driver: driver}
	if len(names) == 1 {
		return g, nil
	}
	middle := len(names) / 2
	for _, half := range [][]string{names[:middle], names[middle:]} {
		h, err := grouped(half)
		if err != nil {
			return nil, err
		}
		g.halves = append(g.halves, h)
	}
	return g, nil
}

// differing returns the faults of the group with which an answer differs.
func (g *group) differing(r *recording) []string {
	if r.answeredAlike(g.driver) {
		return nil
	}
	if len(g.halves) == 0 {
		return g.names
	}
	var names []string
	for _, half := range g.halves {
		names = append(names, half.differing(r)...)
	}
	return names
}

// replayIfAsked does not return where this program was started to replay.
func replayIfAsked() {
	if len(os.Args) < 4 || os.Args[1] != replayName {
		return
	}
	if err := replay(os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func inMemory(name string) (nat.InMemory, error) {
	driver, err := nat.Lookup(name)
	if err != nil {
		return nil, err
	}
	table, ok := driver.(nat.InMemory)
	if !ok {
		return nil, fmt.Errorf("%s is not in memory", name)
	}
	return table, nil
}
