package refnat

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// change makes another configuration the table's.
func (l *lab) change(edit ...func(*Config)) {
	l.Helper()
	cfg := testConfig()
	for _, f := range edit {
		f(&cfg)
	}
	if err := l.table.Change(cfg); err != nil {
		l.Fatal(err)
	}
}

func forwarding(external, inside string) func(*Config) {
	return func(c *Config) {
		c.Forwards = append(c.Forwards,
			Forward{External: netip.MustParseAddrPort(external), Inside: netip.MustParseAddrPort(inside)})
	}
}

func addressed(external ...string) func(*Config) {
	return func(c *Config) {
		c.External = nil
		for _, addr := range external {
			c.External = append(c.External, netip.MustParseAddr(addr))
		}
	}
}

const public, other = "203.0.113.1:8080", "203.0.113.2:40000"

func (l *lab) want(what, got, want string) {
	l.Helper()
	if got != want {
		l.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestChangeAddress(t *testing.T) {
	l := newLab(t, forwarding(public, "10.0.0.3:80"))
	old := l.mapped(x40000, y1)
	l.change(addressed("203.0.113.2"), forwarding("203.0.113.2:8080", "10.0.0.3:80"))
	l.want("to the old endpoint", l.reaches(y1, old), "")
	l.want("to the new one before anybody has sent", l.reaches(y1, other), "")
	l.want("to the old forward", l.reaches(y1, public), "")
	l.want("to the new forward", l.reaches(y1, "203.0.113.2:8080"), "10.0.0.3:80")
	l.want("who sends again", l.mapped(x40000, y1), other)
	l.want("its answer", l.reaches(y1, other), x40000)
	if got := l.mapped(w40000, y1); !strings.HasPrefix(got, "203.0.113.2:") || got == other {
		t.Errorf("who is new is mapped to %s", got)
	}
	if got := len(l.mappings()); got != 2 {
		t.Errorf("%d mappings, want 2", got)
	}
	// And back: the ports of the first address are free again.
	l.change()
	l.want("back at the first address", l.mapped(w40000, y1), "203.0.113.1:40000")
	l.want("to what was the new forward", l.reaches(y1, "203.0.113.2:8080"), "")
}

func TestChangeForwards(t *testing.T) {
	l := newLab(t)
	flow := l.mapped(x40000, y1)
	l.change(forwarding(public, "10.0.0.3:80"))
	l.want("added", l.reaches(y1, public), "10.0.0.3:80")
	l.want("its own session", l.mapped("10.0.0.3:80", y2), public)

	l.change(forwarding(public, "10.0.0.4:80"))
	l.want("altered", l.reaches(y1, public), "10.0.0.4:80")
	l.want("the first host's session", l.mapped("10.0.0.3:80", y2), "203.0.113.1:80")

	l.change()
	l.want("taken away", l.reaches(y1, public), "")
	l.want("its port", l.mapped("10.0.0.2:8080", y1), public)

	l.change(forwarding(public, "10.0.0.3:80"))
	l.want("again, where a flow has the port", l.reaches(y1, public), "10.0.0.3:80")
	if got := l.mapped("10.0.0.2:8080", y1); !strings.HasPrefix(got, "203.0.113.1:") || got == public {
		t.Errorf("that flow is mapped to %s", got)
	}

	l.want("a flow beside all that", l.reaches(y1, flow), x40000)
	l.want("and its mapping", l.mapped(x40000, y2), flow)
}

// A flow of an endpoint that gets a forward, or of a host that gets a pair, would
// have two external endpoints.
func TestChangeTakesOver(t *testing.T) {
	l := newLab(t)
	x1, z1 := l.mapped(x40000, y1), l.mapped("10.0.0.3:7000", y1)
	pair := Pair{netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("203.0.113.9")}
	l.change(forwarding(public, x40000), func(c *Config) { c.Static = []Pair{pair} })
	l.want("the endpoint's flow", l.reaches(y1, x1), "")
	l.want("the endpoint", l.mapped(x40000, y1), public)
	l.want("the host's flow", l.reaches(y1, z1), "")
	l.want("the host", l.mapped("10.0.0.3:7000", y1), "203.0.113.9:7000")
	l.want("in to the host", l.reaches(y2, "203.0.113.9:99"), "10.0.0.3:99")
	l.change()
	l.want("the pair is gone", l.reaches(y2, "203.0.113.9:99"), "")
	l.want("the host then", l.mapped("10.0.0.3:7000", y1), z1)
}

// A host keeps its address when others join the pool or leave it.
func TestChangePool(t *testing.T) {
	l := newLab(t, addressed("203.0.113.1", "203.0.113.2"))
	l.mapped(x40000, y1)
	l.want("the second host", l.mapped(z40000, y1), other)
	l.change(addressed("203.0.113.2", "203.0.113.3"))
	l.want("its further session", l.mapped("10.0.0.3:7000", y1), "203.0.113.2:7000")
	l.want("its flow", l.reaches(y1, other), z40000)
}

func TestChangeLifetime(t *testing.T) {
	l := newLab(t)
	x1 := l.mapped(x40000, y1)
	l.change(behaving(Behaviour{Lifetime: time.Minute}))
	l.idle(time.Minute)
	l.want("after the new lifetime", l.reaches(y1, x1), "")
}

// Other ports are given out at once, at an address that has been there before.
func TestChangePorts(t *testing.T) {
	l := newLab(t)
	ports := func(first, last uint16) func(*Config) {
		return behaving(Behaviour{PortRange: PortRange{first, last}, Ports: PortNext})
	}
	kept, lost := l.mapped("10.0.0.2:5002", y1), l.mapped(x40000, y1)
	l.change(ports(5000, 5003))
	l.want("a flow within the range", l.reaches(y1, kept), "10.0.0.2:5002")
	l.want("a flow beyond it", l.reaches(y1, lost), "")
	l.want("the same host then", l.mapped(x40000, y1), "203.0.113.1:5000")
	l.want("another one", l.mapped(z40000, y1), "203.0.113.1:5001")
	l.want("who comes when only a port beyond the taken one is left", l.mapped(w40000, y1), "203.0.113.1:5003")
	if got := l.send(Inside, udp("10.0.0.5:5002", y1)); len(got) != 1 || got[0].Side != Inside {
		t.Errorf("who finds no port left: %+v, want an error", got)
	}
	l.change(ports(6000, 6001))
	l.want("where the first range is over", l.mapped("10.0.0.5:5002", y1), "203.0.113.1:6000")
	l.change()
	l.want("where there is none", l.mapped(z40000, y1), "203.0.113.1:40000")
}

func TestChangeErrors(t *testing.T) {
	l := newLab(t, forwarding(public, "10.0.0.3:80"))
	for name, edit := range map[string]func(*Config){
		"no address":          addressed(),
		"another translation": behaving(Behaviour{Translation: Transparent}),
		"shared mappings":     behaving(Behaviour{SharedMappings: true}),
	} {
		cfg := testConfig()
		edit(&cfg)
		if err := l.table.Change(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	l.want("the forward", l.reaches(y1, public), "10.0.0.3:80")
}

// An inside that is renumbered has no mappings of before, and its external ports are free.
func TestChangeOfInside(t *testing.T) {
	l := newLab(t)
	if got := l.mapped(x40000, y1); got != x1 {
		t.Fatalf("mapped to %s", got)
	}
	l.change(func(c *Config) {
		c.Inside, c.InsideAddr = netip.MustParsePrefix("10.9.0.0/24"), netip.MustParseAddr("10.9.0.1")
	})
	if n := l.table.Mappings(); n != 0 {
		t.Errorf("%d mappings of the old inside", n)
	}
	for _, from := range []string{x40000, "10.9.0.7:40000"} {
		got := l.send(Inside, udp(from, y1))
		if want := from != x40000; len(got) > 0 != want || want && got[0].src != x1 {
			t.Errorf("%s leaves as %v", from, got)
		}
	}
}
