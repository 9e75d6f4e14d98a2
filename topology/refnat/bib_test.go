package refnat

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMappingAndFiltering(t *testing.T) {
	all := []Dependence{EndpointIndependent, AddressDependent, AddressAndPortDependent}
	for _, mapping := range all {
		for _, filtering := range all {
			for _, ports := range []PortAssignment{PortPreserving, PortSequential, PortRandom} {
				b := Behaviour{Mapping: mapping, Filtering: filtering, Ports: ports}
				t.Run(fmt.Sprint(mapping, filtering, ports), func(t *testing.T) {
					testMapping(t, b)
					testFiltering(t, b)
				})
			}
		}
	}
}

// testMapping classifies three endpoints of one port, so that two of them
// collide with another.
func testMapping(t *testing.T, b Behaviour) {
	l := newLab(t, behaving(b))
	for _, x := range []string{x40000, z40000, w40000} {
		x1 := l.mapped(x, y1)
		got := []bool{l.mapped(x, y1) == x1, l.mapped(x, y1b) == x1, l.mapped(x, y2) == x1}
		want := []bool{true, b.Mapping != AddressAndPortDependent, b.Mapping == EndpointIndependent}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: mapping reused (-want +got):\n%s", x, diff)
		}
		if preserved := x1 == "203.0.113.1:40000"; preserved != (b.Ports == PortPreserving && x == x40000) {
			t.Errorf("%s is mapped to %s", x, x1)
		}
	}
}

func testFiltering(t *testing.T, b Behaviour) {
	l := newLab(t, behaving(b))
	for _, x := range []string{x40000, z40000, w40000} {
		x1 := l.mapped(x, y1)
		got := []string{l.reaches(y1, x1), l.reaches(y1b, x1), l.reaches(y2, x1)}
		want := []string{x, "", ""}
		if b.Filtering != AddressAndPortDependent {
			want[1] = x
		}
		if b.Filtering == EndpointIndependent {
			want[2] = x
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: let in (-want +got):\n%s", x, diff)
		}
	}
}

func TestFilterState(t *testing.T) {
	for _, test := range []struct {
		state FilterState
		want  string
	}{{PerEndpoint, x40000}, {PerMapping, ""}} {
		l := newLab(t, behaving(Behaviour{
			Mapping: AddressDependent, Filtering: AddressDependent, FilterState: test.state,
		}))
		x1 := l.mapped(x40000, y1)
		l.mapped(x40000, y2)
		if got := l.reaches(y2, x1); got != test.want {
			t.Errorf("%v: y2 to the mapping for y1 reaches %q, want %q", test.state, got, test.want)
		}
	}
}

func TestPooling(t *testing.T) {
	for _, test := range []struct {
		pooling Pooling
		want    int
	}{{Paired, 1}, {Arbitrary, 3}, {PoolRandom, 3}} {
		l := newLab(t, pooled, behaving(Behaviour{Pooling: test.pooling}))
		addrs := map[string]map[netip.Addr]bool{}
		for port := range 12 {
			for _, x := range []string{"10.0.0.2", "10.0.0.3", "10.0.0.4"} {
				x1 := l.mapped(fmt.Sprintf("%s:%d", x, 5000+port), y1)
				if addrs[x] == nil {
					addrs[x] = map[netip.Addr]bool{}
				}
				addrs[x][netip.MustParseAddrPort(x1).Addr()] = true
			}
		}
		for x, set := range addrs {
			if len(set) != test.want {
				t.Errorf("pooling %v: %s has addresses %v, want %d", test.pooling, x, set, test.want)
			}
		}
	}
}

func TestFirewall(t *testing.T) {
	l := newLab(t, behaving(Behaviour{Translation: NoTranslation, Filtering: AddressDependent}))
	if got := l.reaches(y1, x40000); got != "" {
		t.Errorf("unsolicited packet reaches %q", got)
	}
	if got := l.mapped(x40000, y1); got != x40000 {
		t.Errorf("source became %s", got)
	}
	got := []string{l.reaches(y1, x40000), l.reaches(y1b, x40000), l.reaches(y2, x40000)}
	if diff := cmp.Diff([]string{x40000, x40000, ""}, got); diff != "" {
		t.Errorf("let in (-want +got):\n%s", diff)
	}
	l.idle(defaultLifetime)
	if got := l.reaches(y1, x40000); got != "" {
		t.Errorf("packet after the timer's end reaches %q", got)
	}
}

func TestTransparent(t *testing.T) {
	l := newLab(t, behaving(Behaviour{Translation: Transparent}))
	if got := l.reaches(y1, x40000); got != x40000 {
		t.Errorf("packet in reaches %q", got)
	}
	if got := l.mapped(x40000, y1); got != x40000 {
		t.Errorf("source became %s", got)
	}
	echo := quoting("10.0.0.2", router, 8, 0, []byte("ping"))
	if got := l.send(Inside, echo); len(got) != 1 || got[0].Side != Outside || got[0].src != "10.0.0.2" {
		t.Errorf("echo sent on as %+v", got)
	}
}

func TestBlockUDP(t *testing.T) {
	l := newLab(t, behaving(Behaviour{BlockUDP: true}))
	if got := l.send(Inside, udp(x40000, y1)); len(got) != 0 {
		t.Errorf("outbound sent on as %+v", got)
	}
	if got := l.mappings(); len(got) != 0 {
		t.Errorf("mappings %+v", got)
	}
}

func TestStaticAndForwards(t *testing.T) {
	l := newLab(t, behaving(Behaviour{Filtering: AddressAndPortDependent}), nextPorts, func(c *Config) {
		c.Static = []Pair{{netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("203.0.113.9")}}
		c.Forwards = []Forward{{
			External: netip.MustParseAddrPort("203.0.113.1:40000"), Inside: netip.MustParseAddrPort("10.0.0.4:53"),
		}}
	})
	got := []string{
		l.reaches(y1, "203.0.113.9:77"), l.mapped("10.0.0.3:88", y1),
		l.reaches(y1, "203.0.113.1:40000"), l.mapped("10.0.0.4:53", y1),
		l.mapped(x40000, y1), // Its own port belongs to the forward.
		l.mapped("10.0.0.4:54", y1),
	}
	want := []string{
		"10.0.0.3:77", "203.0.113.9:88",
		"10.0.0.4:53", "203.0.113.1:40000",
		"203.0.113.1:40002",
		"203.0.113.1:54",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
	if got := l.mappings(); len(got) != 2 {
		t.Errorf("dynamic mappings %+v, want 2", got)
	}
	hairpinned := l.send(Inside, udp(x40000, "203.0.113.9:99"))
	if len(hairpinned) != 1 || hairpinned[0].Side != Inside || hairpinned[0].to != "10.0.0.3:99" ||
		hairpinned[0].src != "203.0.113.1:40002" {
		t.Errorf("hairpin to a static pair: %+v", hairpinned)
	}
}

func TestMappings(t *testing.T) {
	l := newLab(t, nextPorts)
	l.mapped(z40000, y1)
	l.mapped(x40000, y2)
	l.mapped(x40000, y1)
	want := []mapped{{
		Internal: "UDP " + x40000,
		External: "UDP 203.0.113.1:40002",
		Expires:  epoch.Add(defaultLifetime),
		Remotes:  []string{"UDP " + y1, "UDP " + y2},
	}, {
		Internal: "UDP " + z40000,
		External: "UDP 203.0.113.1:40000",
		Expires:  epoch.Add(defaultLifetime),
		Remotes:  []string{"UDP " + y1},
	}}
	if diff := cmp.Diff(want, l.mappings()); diff != "" {
		t.Errorf("mappings (-want +got):\n%s", diff)
	}
	l.idle(defaultLifetime)
	if got := l.mappings(); len(got) != 0 {
		t.Errorf("mappings after their time: %+v", got)
	}
	n := len(l.table.endpoints) + len(l.table.hosts) + len(l.table.external) + len(l.table.agenda.alarms) +
		len(l.table.sharers)
	if n != 0 {
		t.Errorf("%d pieces of state are left behind", n)
	}
}
