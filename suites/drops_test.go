package suites_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/packet"
	"github.com/natproof/natproof/topology/refnat"
)

// The specs were made for mistakes that somebody had thought of. These mistakes are made by
// rule: a NAT that is sound but for one kind of packets, which it drops on one way. A program of
// the tests runs every spec once around the sound NAT and notes which kinds of packets that has
// met. A NAT that drops one of them must fail some of those specs.

// dropsKind begins the name of such a NAT, which goes on with the number of the kind.
const dropsKind = "drops"

// unnoticed are kinds that may be dropped, with the reason.
var unnoticed = map[string]string{
	"SYNs with ECN in by a mapping":              "they come unasked, and may be dropped",
	"SYNs with data in by a mapping":             "they come unasked, or in the midst of a connection",
	"SYNs with data out by a pair":               "they come in the midst of a connection",
	"SYNs with data in by a pair":                "they come in the midst of a connection",
	"SYNs with data turned around":               "they come in the midst of a connection",
	"segments between equal ports turned around": "they are so by chance",
}

// leastKinds is fewer than the specs send, and fewSpecs how many of those are asked first.
const leastKinds, fewSpecs = 450, 12

func TestDropsAreNoticed(t *testing.T) {
	specs := meets(t)
	var numbers []int
	for i := range drops {
		if unnoticed[drops[i].name] == "" && len(specs[i]) > 0 {
			numbers = append(numbers, i)
		}
	}
	if len(numbers) < leastKinds {
		t.Errorf("the specs send %d kinds of packets, want %d at least", len(numbers), leastKinds)
	}
	switch {
	case underRace:
		numbers = everyNth(numbers, 60)
	case testing.Short():
		numbers = everyNth(numbers, 12)
	}
	// Most are noticed by each of a few specs, and then there is no need of all.
	for _, most := range []int{fewSpecs, 8 * fewSpecs, 1 << 20} {
		asked := map[string][]string{}
		for _, i := range numbers {
			some := everyNth(specs[i], max(1, len(specs[i])/most))
			asked[fmt.Sprintf("%s:%d", dropsKind, i)] = some
		}
		if len(asked) == 0 {
			return
		}
		judged := judgeEach(t, asked)
		numbers = slices.DeleteFunc(numbers, func(i int) bool {
			return slices.ContainsFunc(judged[fmt.Sprintf("%s:%d", dropsKind, i)], func(r reports.Result) bool {
				return r.Verdict == reports.Fail
			})
		})
	}
	for _, i := range numbers {
		t.Errorf("a NAT that drops %s fails no spec, and %d have met such packets, as %q",
			drops[i].name, len(specs[i]), specs[i][0])
	}
}

// meetName is the first argument of this program when it is to note what the sound NAT meets, and
// the second where it writes that.
const meetName = "meet-packets"

// meets are the specs that meet packets of each kind.
func meets(t *testing.T) map[int][]string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "met.json")
	if output, err := exec.CommandContext(t.Context(), program, meetName, file).CombinedOutput(); err != nil {
		t.Fatalf("noting packets: %v\n%s", err, output)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var specs map[int][]string
	if err := json.Unmarshal(data, &specs); err != nil {
		t.Fatal(err)
	}
	return specs
}

func meetIfAsked() {
	if len(os.Args) < 3 || os.Args[1] != meetName {
		return
	}
	if err := meet(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// meet is the program.
func meet(file string) error {
	plain, err := inMemory(memory)
	if err != nil {
		return err
	}
	specs := map[int][]string{}
	err = suites.RunHere(watched{InMemory: plain, drops: func(p met) bool {
		spec := ginkgo.CurrentSpecReport().FullText()
		for i, kind := range drops {
			if last := len(specs[i]) - 1; kind.is(p) && (last < 0 || specs[i][last] != spec) {
				specs[i] = append(specs[i], spec)
			}
		}
		return false
	}})
	if err != nil {
		return err
	}
	data, err := json.Marshal(specs)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// orDrops finds the NATs that drop a kind as well.
func (find lookup) orDrops(name string) (nat.Driver, error) {
	number, ok := strings.CutPrefix(name, dropsKind+":")
	if !ok {
		return find(name)
	}
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(drops) {
		return nil, fmt.Errorf("%s: there are the kinds 0 to %d", name, len(drops)-1)
	}
	plain, err := inMemory(memory)
	if err != nil {
		return nil, err
	}
	return watched{InMemory: plain, drops: drops[i].is}, nil
}

// A watched is the sound NAT, save for the packets that it drops.
type watched struct {
	nat.InMemory
	drops func(p met) bool
}

// Table puts a watch around the sound NAT's.
func (w watched) Table(site nat.Site, policy nat.Policy) (nat.Table, error) {
	table, err := w.InMemory.Table(site, policy)
	return &watch{Table: table, site: site, policy: policy, drops: w.drops}, err
}

// Change changes the sound NAT's.
func (w watched) Change(table nat.Table, site nat.Site, policy nat.Policy) error {
	around := table.(*watch)
	around.site, around.policy = site, policy
	return w.InMemory.Change(around.Table, site, policy)
}

// A watch is a table of which some packets are kept.
type watch struct {
	nat.Table
	site   nat.Site
	policy nat.Policy
	drops  func(p met) bool
}

func (w *watch) Outbound(data []byte, now time.Time) []refnat.Packet {
	if w.dropped(data, true) {
		return nil
	}
	return w.Table.Outbound(data, now)
}

func (w *watch) Inbound(data []byte, now time.Time) []refnat.Packet {
	if w.dropped(data, false) {
		return nil
	}
	return w.Table.Inbound(data, now)
}

func (w *watch) dropped(data []byte, out bool) bool {
	p, err := packet.Parse(data)
	if err != nil || p.Damage != "" || len(p.Options) > 0 {
		return false // which a NAT may drop
	}
	return w.drops(met{&p, w.way(&p, out)})
}

// way is how a packet passes.
func (w *watch) way(p *packet.Packet, out bool) string {
	from, to := p.Source, p.Destination
	if p.ICMP != nil && p.ICMP.Quote != nil { // an error goes by where that came from
		from, to = p.ICMP.Quote.Destination, p.ICMP.Quote.Source
	}
	if out && w.owns(to.Addr()) {
		return "turned around"
	}
	direction := "in"
	if out {
		direction = "out"
	}
	forward := func(f nat.Forward) bool { return out && from == f.Inside || !out && to == f.External }
	pair := func(s nat.Pair) bool { return out && from.Addr() == s.Inside || !out && to.Addr() == s.External }
	switch {
	case slices.ContainsFunc(w.policy.Forwards, forward):
		return direction + " by a forward"
	case slices.ContainsFunc(w.policy.Static, pair):
		return direction + " by a pair"
	}
	return direction + " by a mapping"
}

// owns reports whether an address is the NAT's on the outside.
func (w *watch) owns(addr netip.Addr) bool {
	own := func(p netip.Prefix) bool { return p.Addr() == addr }
	return slices.ContainsFunc(w.site.Outside.Prefixes, own) || slices.Contains(w.policy.Pool, addr) ||
		slices.ContainsFunc(w.policy.Static, func(s nat.Pair) bool { return s.External == addr }) ||
		slices.ContainsFunc(w.policy.Forwards, func(f nat.Forward) bool { return f.External.Addr() == addr })
}
