package lab

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/nat"
)

// After a change, the lab knows the NAT's new address, takes the former one for
// translated, and has controls that are new sessions.
func TestRenumber(t *testing.T) {
	setup := Setup{Later: []Policy{{}}}
	l := newTestLab(t, "memory", setup, nothing)
	x, y := l.UDP("X:40000"), l.UDP("Y1:7")
	flow := l.Open(t.Context(), x, y, true)
	now := l.Renumber(t.Context(), Policy{})
	if now == flow.Mapping.Addr() || !slices.Equal(l.External, []netip.Addr{now}) {
		t.Errorf("the address was %v and is %v; external: %v", flow.Mapping.Addr(), now, l.External)
	}
	if got := x.SeenBy(t.Context(), y); got.Addr() != now {
		t.Errorf("seen as %v, want %v", got, now)
	}
	if got := ending(func() { l.translated(flow.Mapping) }); got != "" {
		t.Errorf("the former address: %s", got)
	}
	flow.X.Hears(t.Context(), y.To(flow.Mapping))
	ports := map[uint16]bool{}
	for _, a := range l.hosts["Y1"].inbox {
		if a.control() {
			ports[a.Source.Port()] = true
		}
	}
	if !ports[controlForms[0].inside-1] {
		t.Errorf("controls came from %v", ports)
	}
	if note := l.marks[len(l.marks)-1].text; l.changed != 1 || note == "" {
		t.Errorf("%d changes", l.changed)
	}
	l.Change(t.Context(), Policy{})
	if !slices.Equal(l.External, []netip.Addr{now}) {
		t.Errorf("after a change that is not of the address: %v", l.External)
	}
}

// One place refuses, for every policy that a spec is to have.
func TestBenchRefusesChanges(t *testing.T) {
	driver, err := nat.Lookup("memory")
	if err != nil {
		t.Fatal(err)
	}
	b := &Bench{cfg: BenchConfig{Driver: driver}, info: driver.Info()}
	sctp := Policy{Forwards: []Forward{{Protocol: "sctp"}}}
	if _, err := b.build(t.Context(), Setup{Later: []Policy{sctp}}); !isUnsupported(err) {
		t.Errorf("a later policy that is refused: %v", err)
	}
	if _, err := b.build(t.Context(), Setup{Later: []Policy{{}}}); err != nil {
		t.Error(err)
	}
	if err := b.info.RefusesChange(); !isUnsupported(err) || !strings.Contains(err.Error(), "nat: memory: ") {
		t.Errorf("a NAT that cannot change: %v", err)
	}
}

func TestRenumbered(t *testing.T) {
	before := Setup{}.site().Outside
	after := renumbered(before, Renumbered())
	if got := after.Prefixes[0].String(); got != "203.0.113.11/24" || before.Prefixes[0] == after.Prefixes[0] {
		t.Errorf("%v became %v", before.Prefixes, after.Prefixes)
	}
	if got := renumbered(before, netip.Addr{}); got.Prefixes[0] != before.Prefixes[0] {
		t.Errorf("without another address: %v", got.Prefixes)
	}
}

// After the inside is renumbered, the hosts have the other addresses, and the outside sees
// none of it.
func TestRenumberInside(t *testing.T) {
	l := newTestLab(t, "memory", Setup{Later: []Policy{{}}}, nothing)
	x, y := l.UDP("X:40000"), l.UDP("Y1:7")
	flow := l.Open(t.Context(), x, y, true)
	l.RenumberInside(t.Context(), Policy{})
	if got := x.Addr().Addr(); got != OtherAddr("X") {
		t.Errorf("X is %v", got)
	}
	if got := x.SeenBy(t.Context(), y); got != flow.Mapping {
		t.Errorf("seen as %v, want %v", got, flow.Mapping)
	}
	if got := y.Addr(); got.Addr() != Addr("Y1") || l.own() != flow.Mapping.Addr() {
		t.Errorf("outside: %v and %v", got, l.own())
	}
}
