package probe_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

func TestPorts(t *testing.T) {
	preserved := probe.Ports{
		Preserved: probe.Yes, Parity: probe.ParityPreserved, Contiguous: probe.Yes, Predictable: probe.Yes,
	}
	sequential := probe.Ports{
		Preserved: probe.No, Parity: probe.ParityIgnored, Contiguous: probe.Yes, Step: 1, Predictable: probe.Yes,
	}
	random := probe.Ports{
		Preserved: probe.No, Parity: probe.ParityPreserved, Contiguous: probe.No, Predictable: probe.No,
	}
	for _, test := range []struct {
		name string
		nat  []refnat.Behaviour
		want probe.Ports
	}{
		{"no NAT", nil, preserved},
		{"preserving", []refnat.Behaviour{{}}, preserved},
		{"sequential", []refnat.Behaviour{{Ports: refnat.PortSequential, ParityIgnored: true}}, sequential},
		{"sequential, parity kept", []refnat.Behaviour{{Ports: refnat.PortSequential}},
			probe.Ports{Preserved: probe.No, Contiguous: probe.Yes, Step: 1, Predictable: probe.Yes}},
		{"random", []refnat.Behaviour{{Ports: refnat.PortRandom}}, random},
		{"symmetric, sequential", []refnat.Behaviour{
			{Mapping: refnat.AddressAndPortDependent, Ports: refnat.PortSequential, ParityIgnored: true}},
			sequential},
		{"symmetric, random", []refnat.Behaviour{{Mapping: refnat.AddressAndPortDependent, Ports: refnat.PortRandom}},
			random},
		{"address-dependent, sequential",
			[]refnat.Behaviour{{Mapping: refnat.AddressDependent, Ports: refnat.PortSequential, ParityIgnored: true}},
			sequential},
	} {
		v := server(a1, a2, nil)
		got := measure(t, newSim(t, 3, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, test.nat...), v).Ports
		options := cmpopts.IgnoreFields(probe.Ports{}, "Mapped")
		if diff := cmp.Diff(test.want, got, options); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Packets may reach the NAT in another order than the sockets sent theirs in. That
// makes no verdict wrong, nor does a port that another host had already.
func TestChoice(t *testing.T) {
	yes, no, unknown := probe.Yes, probe.No, probe.Unknown
	kept, ignored, undetermined := probe.ParityPreserved, probe.ParityIgnored, probe.ParityUnknown
	for _, test := range []struct {
		seen             []uint16
		inOrder, inDoubt probe.Ports
	}{
		{[]uint16{40, 41, 42, 43}, probe.Ports{yes, kept, yes, 0, yes, nil}, probe.Ports{yes, kept, yes, 0, yes, nil}},
		{[]uint16{100, 101, 102, 103}, probe.Ports{no, undetermined, yes, 1, yes, nil},
			probe.Ports{no, undetermined, yes, 1, yes, nil}},
		{[]uint16{101, 102, 103, 104}, probe.Ports{no, ignored, yes, 1, yes, nil},
			probe.Ports{no, ignored, yes, 1, yes, nil}},
		{[]uint16{100, 103, 102, 101}, probe.Ports{no, undetermined, no, 0, no, nil},
			probe.Ports{no, undetermined, unknown, 1, yes, nil}},
		{[]uint16{101, 100, 102, 103}, probe.Ports{no, ignored, no, 0, no, nil},
			probe.Ports{no, ignored, unknown, 1, yes, nil}},
		{[]uint16{106, 100, 102, 104}, probe.Ports{no, ignored, no, 0, no, nil},
			probe.Ports{no, ignored, no, 2, yes, nil}},
		{[]uint16{103, 102, 101, 100}, probe.Ports{no, ignored, no, -1, yes, nil},
			probe.Ports{no, ignored, no, -1, yes, nil}},
		{[]uint16{100, 101, 107, 103}, probe.Ports{no, ignored, no, 0, no, nil},
			probe.Ports{no, ignored, unknown, 0, unknown, nil}},
		{[]uint16{100, 103, 102, 105}, probe.Ports{no, undetermined, no, 0, no, nil},
			probe.Ports{no, undetermined, unknown, 0, unknown, nil}},
		{[]uint16{100, 9001, 5000, 301}, probe.Ports{no, kept, no, 0, no, nil}, probe.Ports{no, kept, no, 0, no, nil}},
		{[]uint16{40, 9001, 5000, 301}, probe.Ports{no, kept, no, 0, no, nil}, probe.Ports{no, kept, no, 0, no, nil}},
		{[]uint16{40, 45, 47, 49}, probe.Ports{no, ignored, no, 0, no, nil},
			probe.Ports{unknown, ignored, unknown, 0, unknown, nil}},
		{[]uint16{40, 9000, 42, 43}, probe.Ports{unknown, ignored, unknown, 0, unknown, nil},
			probe.Ports{unknown, ignored, unknown, 0, unknown, nil}},
		{[]uint16{40, 45, 42, 43}, probe.Ports{unknown, undetermined, unknown, 0, unknown, nil},
			probe.Ports{unknown, undetermined, unknown, 0, unknown, nil}},
	} {
		for _, mapping := range []probe.Dependence{probe.EndpointIndependent, probe.AddressAndPortDependent} {
			for inOrder, want := range map[bool]probe.Ports{true: test.inOrder, false: test.inDoubt} {
				if mapping != probe.EndpointIndependent && want.Preserved == yes {
					want.Step = 1 // of the mappings, which begin with one that is preserved
				}
				got := probe.Choice([]uint16{40, 41, 42, 43}, test.seen, inOrder, mapping)
				if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(probe.Ports{}, "Mapped")); diff != "" {
					t.Errorf("%v, in order %v, %v (-want +got):\n%s", test.seen, inOrder, mapping, diff)
				}
			}
		}
	}
}

// A NAT that ignores parity is taken for one that keeps it no more often than the
// evidence says: once in 16 times where ports are random, never where they are in a row.
func TestParityIgnored(t *testing.T) {
	runs := sample(400)
	for _, test := range []struct {
		ports refnat.PortAssignment
		most  int
	}{{refnat.PortSequential, 0}, {refnat.PortRandom, 2 * runs / 16}} {
		preserved := 0
		for i := range runs {
			v := server(a1, a2, nil)
			nat := refnat.Behaviour{Ports: test.ports, ParityIgnored: true}
			s := newSim(t, uint64(i), weather{rtt: time.Millisecond}, []*simServer{v}, nat)
			if measure(t, s, v).Ports.Parity == probe.ParityPreserved {
				preserved++
			}
		}
		if preserved > test.most {
			t.Errorf("%v: %d of %d NATs that ignore parity keep it", test.ports, preserved, runs)
		}
	}
}

// A pool shows, however its addresses are chosen. One of two that is chosen from
// at random looks paired as often as the evidence says.
func TestPooling(t *testing.T) {
	const runs = 400
	for i, m := range dependences {
		perAddress := server(a1, a2, func(a *simAnswer) {
			if a.at.Addr() == a2.Addr() {
				a.mapped = netip.AddrPortFrom(outside[1], a.mapped.Port())
			}
		})
		nat := refnat.Behaviour{Mapping: m}
		s := newSim(t, 1, weather{rtt: time.Millisecond}, []*simServer{perAddress}, nat)
		if r := measure(t, s, perAddress); r.Pooling != probe.Arbitrary {
			t.Errorf("%v, an address for each of the server's: %v", m, r.Pooling)
		}
		nat.Pooling = refnat.PoolRandom
		once, paired := []int{8, 16, 64}[i], 0
		for seed := range runs {
			v := server(a1, a2, nil)
			s := newSim(t, uint64(seed), weather{rtt: time.Millisecond}, []*simServer{v})
			var err error
			s.nats, err = newChain(uint64(seed), outside[:2], nat)
			check(t, err)
			r := measure(t, s, v)
			if r.Pooling != probe.Paired {
				continue
			}
			paired++
			probe.Conclude(&probe.Report{UDP4: r})
			if sure := r.Evidence["pooling"].Sure; !strings.HasSuffix(sure, fmt.Sprintf("in 1 of %d runs", once)) {
				t.Fatalf("%v: a pool that looks paired: %s", m, sure)
			}
		}
		if paired == 0 || paired > 2*runs/once {
			t.Errorf("%v: a random pool of two looks paired %d times in %d, want once in %d", m, paired, runs, once)
		}
	}
}

// An unknown value of ports claims nothing and says why.
func TestEvidenceOfUnknownPorts(t *testing.T) {
	r := &probe.Result{Reachable: true,
		Ports: probe.Choice([]uint16{40, 41, 42, 43}, []uint16{40, 45, 42, 43}, true, probe.EndpointIndependent)}
	probe.Conclude(&probe.Report{UDP4: r})
	for _, name := range []string{"ports.preserved", "ports.parity", "ports.contiguous",
		"ports.step", "ports.predictable"} {
		if e := r.Evidence[name]; e.How == "" || e.Sure != "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, name := range []string{"ports.preserved", "ports.parity"} {
		if r.Evidence[name].Reason == "" {
			t.Errorf("%s has no reason", name)
		}
	}
}
