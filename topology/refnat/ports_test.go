package refnat

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func port(endpoint string) uint16 { return netip.MustParseAddrPort(endpoint).Port() }

func TestParityAndRange(t *testing.T) {
	for _, ports := range []PortAssignment{PortPreserving, PortSequential, PortRandom} {
		l := newLab(t, behaving(Behaviour{Ports: ports}))
		given := map[uint16]bool{}
		for _, x := range []uint16{1, 52, 53, 1022, 1023, 1024, 5001, 65534, 65535} {
			for host := 2; host < 12; host++ {
				got := port(l.mapped(fmt.Sprintf("10.0.0.%d:%d", host, x), y1))
				if got%2 != x%2 || classOf(got) != classOf(x) || got == 0 || given[got] {
					t.Errorf("%v: port %d of host %d is mapped to %d", ports, x, host, got)
				}
				given[got] = true
			}
		}
	}
}

func TestPortSequence(t *testing.T) {
	for _, test := range []struct {
		name string
		b    Behaviour
		from []string
		want []uint16
	}{
		{"preserved", Behaviour{}, []string{"10.0.0.2:5000", "10.0.0.3:5000", "10.0.0.4:5000"},
			[]uint16{5000, 5002, 5004}},
		{"preserved at the end", Behaviour{}, []string{"10.0.0.2:65535", "10.0.0.3:65535"},
			[]uint16{65535, 1025}},
		{"parity ignored", Behaviour{ParityIgnored: true}, []string{"10.0.0.2:5000", "10.0.0.3:5000"},
			[]uint16{5000, 5001}},
		{"range ignored", Behaviour{RangeIgnored: true}, []string{"10.0.0.2:53", "10.0.0.3:53"},
			[]uint16{64565, 64567}},
		{"sequential", Behaviour{Ports: PortSequential},
			[]string{"10.0.0.2:5000", "10.0.0.3:5001", "10.0.0.2:7000", "10.0.0.2:7002"},
			[]uint16{1024, 1025, 1026, 1028}},
		{"sequential, parity ignored", Behaviour{Ports: PortSequential, ParityIgnored: true},
			[]string{"10.0.0.2:5000", "10.0.0.3:5000", "10.0.0.4:5000"},
			[]uint16{1024, 1025, 1026}},
	} {
		l := newLab(t, behaving(test.b))
		var got []uint16
		for _, x := range test.from {
			got = append(got, port(l.mapped(x, y1)))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: ports (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestPortIsFreeAgain(t *testing.T) {
	l := newLab(t)
	l.mapped(x40000, y1)
	l.idle(defaultLifetime)
	if got := port(l.mapped(z40000, y1)); got != 40000 {
		t.Errorf("port %d, want 40000, which has become free", got)
	}
}

func TestExhaustion(t *testing.T) {
	l := newLab(t, behaving(Behaviour{Ports: PortSequential, ParityIgnored: true}))
	for i := range 64512 {
		l.mapped(fmt.Sprintf("10.0.0.%d:%d", 2+i%2, 1024+i/2), y1)
	}
	got := l.send(Inside, udp("10.0.0.4:5000", y1))
	if len(got) != 1 || got[0].Side != Inside || got[0].ip.Payload[0] != 3 || got[0].ip.Payload[1] != 13 {
		t.Fatalf("packet without a port: %+v, want ICMP 3/13", got)
	}
	if len(l.table.hosts) != 2 {
		t.Errorf("%d hosts, want 2", len(l.table.hosts))
	}
	if got := port(l.mapped("10.0.0.4:500", y1)); classOf(got) != wellKnown {
		t.Errorf("well-known port mapped to %d", got)
	}
	l.idle(defaultLifetime)
	l.mapped("10.0.0.4:5000", y1)
}

func TestSeed(t *testing.T) {
	run := func(seed uint64) string {
		l := newLab(t, behaving(Behaviour{Ports: PortRandom}), func(c *Config) { c.Seed = seed })
		return l.mapped(x40000, y1)
	}
	first, again, other := run(7), run(7), run(8)
	if first != again || first == other {
		t.Errorf("seed 7: %s and %s, seed 8: %s", first, again, other)
	}
}
