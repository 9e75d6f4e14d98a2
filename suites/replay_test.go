package suites_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
	"golang.org/x/sync/errgroup"

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
// where it writes what it has found.
const replayName = "replay-faults"

// touchedBy returns, by fault, the specs in which a NAT with it answers differently. The
// sound NAT is replayed as well, and must give the answers that it has given.
func touchedBy(t *testing.T, faults []string) map[string][]string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	found := filepath.Join(t.TempDir(), "touched.json")
	command := exec.CommandContext(t.Context(), program, append([]string{replayName, found}, faults...)...)
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

// sound stands among the faults for none.
const sound = "sound"

// replay is the program.
func replay(found string, faults []string) error {
	// What is collected is mostly the garbage of many small tables.
	debug.SetGCPercent(800)
	plain, err := inMemory(memory)
	if err != nil {
		return err
	}
	r := &recorder{
		InMemory: plain, faulty: map[string]nat.InMemory{sound: plain}, touched: map[string][]string{},
	}
	for _, fault := range faults {
		if r.faulty[fault], err = inMemory(memory + ":" + fault); err != nil {
			return err
		}
	}
	if err := suites.RunHere(r); err != nil {
		return err
	}
	r.settle()
	data, err := json.Marshal(r.touched)
	if err != nil {
		return err
	}
	return os.WriteFile(found, data, 0o600)
}

// replayIfAsked does not return where this program was started to replay.
func replayIfAsked() {
	if len(os.Args) < 3 || os.Args[1] != replayName {
		return
	}
	if err := replay(os.Args[2], os.Args[3:]); err != nil {
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

// A recorder is the sound NAT, with the table of the spec at hand.
type recorder struct {
	nat.InMemory
	faulty  map[string]nat.InMemory // by fault
	current *recording              // nil before the first spec
	mu      sync.Mutex
	touched map[string][]string // by fault, the specs
}

// Table begins a recording, which ends the one before.
func (r *recorder) Table(site nat.Site, policy nat.Policy) (nat.Table, error) {
	r.settle()
	r.current = &recording{driver: r.InMemory, spec: ginkgo.CurrentSpecReport().FullText()}
	made := r.current.ask(func(d nat.InMemory, _ nat.Table) (a answer) {
		a.made, a.err = d.Table(site, policy)
		return a
	})
	r.current.table = made.made
	return r.current, made.err
}

// Change is kept like what the table is asked.
func (r *recorder) Change(_ nat.Table, site nat.Site, policy nat.Policy) error {
	return r.current.ask(func(d nat.InMemory, t nat.Table) answer {
		return answer{err: d.Change(t, site, policy)}
	}).err
}

// settle replays the recording at hand with every fault.
func (r *recorder) settle() {
	if r.current == nil {
		return
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for fault, driver := range r.faulty {
		group.Go(func() error {
			if !r.current.answeredAlike(driver) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.touched[fault] = append(r.touched[fault], r.current.spec)
			}
			return nil
		})
	}
	_ = group.Wait() // no error is returned
	r.current = nil
}

// A recording is the table of one lab with all that it was asked.
type recording struct {
	driver  nat.InMemory
	table   nat.Table
	spec    string
	asked   []question
	answers []answer
}

// A question is a call of a driver, or of its table.
type question func(nat.InMemory, nat.Table) answer

// An answer is what came of a question.
type answer struct {
	made    nat.Table // of the first question, which makes the table
	packets []refnat.Packet
	next    time.Time
	due     bool
	err     error
	end     string // how the NAT has ended by then
}

func (r *recording) ask(q question) answer {
	a := asking(r.driver, r.table, q)
	r.asked, r.answers = append(r.asked, q), append(r.answers, a)
	return a
}

func asking(driver nat.InMemory, table nat.Table, q question) answer {
	a := q(driver, table)
	if table != nil && table.Err() != nil {
		a.end = table.Err().Error()
	}
	return a
}

// answeredAlike asks another NAT all that was asked, up to the first answer that differs.
func (r *recording) answeredAlike(driver nat.InMemory) bool {
	var table nat.Table
	for i, q := range r.asked {
		got := asking(driver, table, q)
		if !got.like(r.answers[i]) {
			return false
		}
		if i == 0 {
			table = got.made
		}
	}
	return true
}

func (a answer) like(b answer) bool {
	same := func(p, q refnat.Packet) bool { return p.Side == q.Side && bytes.Equal(p.Data, q.Data) }
	return (a.err == nil) == (b.err == nil) && a.end == b.end &&
		a.due == b.due && a.next.Equal(b.next) &&
		slices.EqualFunc(a.packets, b.packets, same)
}

func (r *recording) Outbound(data []byte, now time.Time) []refnat.Packet {
	return r.ask(func(_ nat.InMemory, t nat.Table) answer { return answer{packets: t.Outbound(data, now)} }).packets
}

func (r *recording) OutboundBySecond(data []byte, now time.Time) []refnat.Packet {
	return r.ask(func(_ nat.InMemory, t nat.Table) answer {
		return answer{packets: t.OutboundBySecond(data, now)}
	}).packets
}

func (r *recording) Inbound(data []byte, now time.Time) []refnat.Packet {
	return r.ask(func(_ nat.InMemory, t nat.Table) answer { return answer{packets: t.Inbound(data, now)} }).packets
}

func (r *recording) Tick(now time.Time) []refnat.Packet {
	return r.ask(func(_ nat.InMemory, t nat.Table) answer { return answer{packets: t.Tick(now)} }).packets
}

func (r *recording) Next() (time.Time, bool) {
	a := r.ask(func(_ nat.InMemory, t nat.Table) (a answer) {
		a.next, a.due = t.Next()
		return a
	})
	return a.next, a.due
}

// Err is compared after every question.
func (r *recording) Err() error { return r.table.Err() }
