package refnat

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
)

func port(endpoint string) uint16 { return netip.MustParseAddrPort(endpoint).Port() }

func TestParityAndRange(t *testing.T) {
	for _, ports := range []PortAssignment{PortPreserving, PortSequential, PortRandom, PortNext} {
		l := newLab(t, behaving(Behaviour{Ports: ports}))
		given := map[uint16]bool{}
		for _, x := range []uint16{1, 52, 53, 1022, 1023, 1024, 5001, 65534, 65535} {
			for host := 2; host < 12; host++ {
				got := port(l.mapped(fmt.Sprintf("10.0.0.%d:%d", host, x), y1))
				classed := udpRules().numbers.classOf(got) == udpRules().numbers.classOf(x)
				if got%2 != x%2 || !classed || got == 0 || given[got] {
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
		{"next", Behaviour{Ports: PortNext}, []string{"10.0.0.2:5000", "10.0.0.3:5000", "10.0.0.4:5000"},
			[]uint16{5000, 5002, 5004}},
		{"next at the end", Behaviour{Ports: PortNext}, []string{"10.0.0.2:65535", "10.0.0.3:65535"},
			[]uint16{65535, 1025}},
		{"parity ignored", Behaviour{Ports: PortNext, ParityIgnored: true}, []string{"10.0.0.2:5000", "10.0.0.3:5000"},
			[]uint16{5000, 5001}},
		{"range ignored", Behaviour{Ports: PortNext, RangeIgnored: true}, []string{"10.0.0.2:53", "10.0.0.3:53"},
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

// A preserving NAT keeps every port that is free, and none of the others can be told
// from those before: RFC 7857, Section 9.
func TestPortsOnCollision(t *testing.T) {
	l := newLab(t)
	steps := map[uint16]int{}
	var before uint16
	for x := range uint16(200) {
		if got := port(l.mapped(fmt.Sprintf("10.0.0.2:%d", 5000+x), y1)); got != 5000+x {
			t.Errorf("port %d is free, and mapped to %d", 5000+x, got)
		}
	}
	for x := range uint16(200) {
		got := port(l.mapped(fmt.Sprintf("10.0.0.3:%d", 5000+x), y1))
		steps[got-before]++
		before = got
	}
	for step, times := range steps {
		if times > 3 {
			t.Errorf("a port is %d further than the last %d times", step, times)
		}
	}
}

// With a range there are no other ports, of any protocol and class.
func TestPortRange(t *testing.T) {
	for _, soft := range []bool{false, true} {
		l := newLab(t, pooled, behaving(Behaviour{PortRange: PortRange{40000, 40019}, SoftPooling: soft}))
		given := map[string]bool{}
		for i := range 20 {
			x := fmt.Sprintf("10.0.0.2:%d", 1+i*3000)
			got := l.mapped(x, y1)
			if n := port(got); n < 40000 || n > 40019 || given[got] {
				t.Errorf("%s is mapped to %s", x, got)
			}
			given[got] = true
			if got := l.send(Inside, tcp(x, y1, packet.SYN)); len(got) != 1 || got[0].Side != Outside {
				t.Errorf("TCP of %s: %v", x, ends(got))
			}
		}
		// The address is full. Its host's new sessions go elsewhere only when told to.
		got := l.send(Inside, udp("10.0.0.2:7", y1))
		if soft != (len(got) == 1 && got[0].Side == Outside && got[0].Source.Addr().String() != "203.0.113.1") {
			t.Errorf("soft %t: a session beyond becomes %v", soft, ends(got))
		}
		l.mapped("10.0.0.3:7", y1)
	}
	cfg := testConfig()
	for _, wrong := range []PortRange{{41, 60}, {40, 60}, {60, 41}} {
		cfg.Behaviour.PortRange = wrong
		if _, err := New(cfg); err == nil {
			t.Errorf("no error for %v", wrong)
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
	if len(got) != 1 || got[0].Side != Inside || got[0].ICMP == nil || got[0].ICMP.Type != 3 || got[0].ICMP.Code != 13 {
		t.Fatalf("packet without a port: %+v, want ICMP 3/13", got)
	}
	if len(l.table.hosts) != 2 {
		t.Errorf("%d hosts, want 2", len(l.table.hosts))
	}
	if got := port(l.mapped("10.0.0.4:500", y1)); udpRules().numbers.classOf(got) != wellKnown {
		t.Errorf("well-known port mapped to %d", got)
	}
	l.idle(defaultLifetime)
	l.mapped("10.0.0.4:5000", y1)
}

// A mapping that its class has no port for gets one of the other parity first, and
// one of the unprivileged ports when the well-known ones are full.
func TestFallback(t *testing.T) {
	l := newLab(t)
	p := l.table.ports[pool{packet.UDP, netip.MustParseAddr("203.0.113.1")}]
	for port := 1; port < 1024; port++ {
		if port != 100 && port != 201 {
			p.take(uint16(port))
		}
	}
	var got []uint16
	for host := 2; host < 6; host++ {
		got = append(got, port(l.mapped(fmt.Sprintf("10.0.0.%d:53", host), y1)))
	}
	if diff := cmp.Diff([]uint16{201, 100, 1024, 1025}, got); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
	// The other way around it is full.
	for port := 1024; port < 65536; port++ {
		p.take(uint16(port))
	}
	p.release(7)
	if got := l.errors(l.send(Inside, udp(x40000, y1))); len(got) != 1 || got[0].Code != 13 {
		t.Errorf("without a free port above 1023: %+v, want ICMP 3/13", got)
	}
	if got := port(l.mapped("10.0.0.9:53", y1)); got != 7 {
		t.Errorf("port %d, want 7", got)
	}
}

// search finds each free port, wherever it begins, and none that is not in its
// class or in its steps.
func TestSearch(t *testing.T) {
	for _, test := range []struct {
		c           class
		start, step int
		free        []uint16
		want        int // negative: none
	}{
		{others, 1024, 1, []uint16{1024}, 1024},
		{others, 1024, 1, []uint16{65535}, 65535},
		{others, 65535, 1, []uint16{65534}, 65534},
		{others, 65536, 1, []uint16{1030, 2000}, 1030},
		{others, 2000, 1, []uint16{1999}, 1999},
		{others, 2000, 1, []uint16{1023, 1, 512}, -1},
		{others, 2000, 2, []uint16{2001, 1999, 2065}, -1},
		{others, 2001, 2, []uint16{2000, 2130, 2065}, 2065},
		{others, 2000, 2, []uint16{2001, 1998}, 1998},
		{wellKnown, 53, 2, []uint16{1024, 1025}, -1},
		{wellKnown, 53, 2, []uint16{1023}, 1023},
		{wellKnown, 1023, 2, []uint16{1, 1021}, 1},
		{wellKnown, 64, 1, []uint16{63, 128}, 128},
		{class{10, 20, 10}, 20, 1, []uint16{9, 30, 31}, -1},
		{class{10, 20, 10}, 20, 1, []uint16{9, 29, 31}, 29},
	} {
		p := newPorts(udpRules().numbers)
		for i := range p.used {
			p.used[i] = ^uint64(0)
		}
		for _, port := range test.free {
			p.release(port)
		}
		got, ok := p.search(test.c, test.start, test.step)
		if ok != (test.want >= 0) || ok && (int(got) != test.want || !p.taken(got)) {
			t.Errorf("%v from %d by %d: %d %t, want %d", test.c, test.start, test.step, got, ok, test.want)
		}
	}
}

// A host's place in the pool is kept as long as it has mappings, and hosts take
// turns.
func TestPlaceInPool(t *testing.T) {
	l := newLab(t, pooled, nextPorts)
	var got []string
	for _, x := range []string{"10.0.0.2:1000", "10.0.0.3:1000", "10.0.0.2:1001", "10.0.0.4:1000", "10.0.0.5:1000"} {
		got = append(got, l.mapped(x, y1))
	}
	want := []string{
		"203.0.113.1:1000", "203.0.113.2:1000", "203.0.113.1:1001", "203.0.113.3:1000", "203.0.113.1:1002",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// The host keeps its place until the last of its mappings ends.
	l.idle(defaultLifetime - time.Second)
	l.mapped("10.0.0.3:1000", y1)
	l.idle(time.Second)
	if got := l.mapped("10.0.0.3:1001", y1); got != "203.0.113.2:1001" {
		t.Errorf("mapped to %s, want the address of the mapping that is left", got)
	}
	l.idle(defaultLifetime)
	l.mapped("10.0.0.6:1000", y1)
	if got := l.mapped("10.0.0.3:1001", y1); got != "203.0.113.3:1001" {
		t.Errorf("mapped to %s, want the pool's next address", got)
	}
}

// BenchmarkFill makes a mapping of every port of an external address.
func BenchmarkFill(b *testing.B) {
	for _, ports := range []PortAssignment{PortPreserving, PortSequential, PortRandom, PortNext} {
		b.Run(ports.String(), func(b *testing.B) {
			var packets [][]byte
			for i := range 64512 { // sixteen hosts of the same ports
				packets = append(packets, udp(fmt.Sprintf("10.0.0.%d:%d", 2+i%16, 1024+i/16), y1))
			}
			b.ReportAllocs()
			for b.Loop() {
				cfg := testConfig()
				cfg.Behaviour.Ports = ports
				table, err := New(cfg)
				if err != nil {
					b.Fatal(err)
				}
				for _, data := range packets {
					table.Outbound(data, epoch)
				}
				if len(table.mappings) != len(packets) {
					b.Fatalf("%d mappings, want %d", len(table.mappings), len(packets))
				}
			}
		})
	}
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
