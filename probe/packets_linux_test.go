package probe_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// A tally counts the packets that the host has sent, by what they are for.
type tally struct{ stun, tcp, path, router, other int }

func (c tally) all() int { return c.stun + c.tcp + c.path + c.router + c.other }

func (c tally) String() string {
	return fmt.Sprintf("%d: %d STUN, %d TCP, %d path, %d router, %d other",
		c.all(), c.stun, c.tcp, c.path, c.router, c.other)
}

// counting runs Probe on the host, and counts what leaves it.
func (l *lab) counting(words string) (*probe.Report, tally) {
	l.t.Helper()
	tap, err := l.host.OpenTap("eth0")
	check(l.t, err)
	defer func() { check(l.t, tap.Close()) }()
	r := l.probe(words)
	var c tally
	for _, one := range tap.Records() {
		p := one.Data
		if !one.Outgoing || len(p) < 24 || p[0]>>4 != 4 {
			continue
		}
		header := int(p[0]&15) * 4
		switch port := binary.BigEndian.Uint16(p[header+2:]); {
		case p[9] == 6:
			c.tcp++
		case p[9] != 17:
			c.other++
		case port == 3478 || port == 3479:
			c.stun++
		case port == 5351 || port == 1900:
			c.router++
		default:
			c.path++
		}
	}
	return r, c
}

// The whole command, with TCP, the router and the path, tells most NATs with few packets.
// On a busy machine answers are late, and questions are asked again: so the best of up to
// five rounds counts for each NAT.
func TestPackets(t *testing.T) {
	const mostPackets, mostAsked, rounds = 31, 27, 5
	kinds := kindsOfNATs()
	all, asked := make([]int, len(kinds)), make([]int, len(kinds))
	var n, m int
	for round := range rounds {
		for i, kind := range kinds {
			packets, questions := packetsFor(t, kind)
			if round == 0 {
				all[i], asked[i] = packets, questions
			}
			all[i], asked[i] = min(all[i], packets), min(asked[i], questions)
		}
		if n, m = median(all), median(asked); n <= mostPackets && m <= mostAsked {
			t.Logf("half of the NATs take no more than %d packets and %d questions", n, m)
			return
		}
	}
	t.Errorf("half of the NATs take %d packets and %d questions or more, want %d and %d", n, m, mostPackets, mostAsked)
}

// median is the middle number.
func median(numbers []int) int { return slices.Sorted(slices.Values(numbers))[len(numbers)/2] }

// kindsOfNATs are all that a prober is to tell apart.
func kindsOfNATs() []refnat.Behaviour {
	var kinds []refnat.Behaviour
	for _, m := range dependences {
		for _, f := range dependences {
			for _, ports := range []refnat.PortAssignment{
				refnat.PortPreserving, refnat.PortSequential, refnat.PortRandom,
			} {
				kinds = append(kinds, refnat.Behaviour{Mapping: m, Filtering: f, Ports: ports})
			}
		}
	}
	return kinds
}

// packetsFor returns how many packets and questions it takes to tell the NAT.
func packetsFor(t *testing.T, kind refnat.Behaviour) (packets, questions int) {
	t.Helper()
	l := newLab(t)
	l.serve("203.0.113.11 203.0.113.12")
	l.translate(kind, trouble{})
	r, c := l.counting(theServer + " -filtering")
	udp := found{dependence(kind.Mapping), dependence(kind.Filtering), probe.Yes}
	tcp := found{udp.Mapping, probe.NotDetermined, probe.Yes}
	if diff := cmp.Diff([]found{udp, tcp}, []found{foundBy(r.UDP4), foundBy(r.TCP4)}); diff != "" {
		t.Errorf("%v, %v, %v (-want +got):\n%s", kind.Mapping, kind.Filtering, kind.Ports, diff)
	}
	t.Logf("%v, %v, %v: %v", kind.Mapping, kind.Filtering, kind.Ports, c)
	return c.all(), r.UDP4.Sent + r.TCP4.Sent + r.NATs.Sent + r.Gateway.Sent
}
