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
// On a busy machine answers are late, and questions are asked again. So the best of up to
// three rounds counts.
func TestPackets(t *testing.T) {
	t.Parallel()
	const mostPackets, mostAsked = 31, 27
	var n, m int
	for range 3 {
		all, asked := packetsByNAT(t)
		if n, m = all[len(all)/2], asked[len(asked)/2]; n <= mostPackets && m <= mostAsked {
			t.Logf("half of the NATs take no more than %d packets and %d questions", n, m)
			return
		}
	}
	t.Errorf("half of the NATs take %d packets and %d questions or more, want %d and %d", n, m, mostPackets, mostAsked)
}

// packetsByNAT returns how many packets and questions each kind of NAT takes, sorted.
func packetsByNAT(t *testing.T) (all, asked []int) {
	t.Helper()
	for _, m := range dependences {
		for _, f := range dependences {
			for _, ports := range []refnat.PortAssignment{
				refnat.PortPreserving, refnat.PortSequential, refnat.PortRandom,
			} {
				l := newLab(t)
				l.serve("203.0.113.11 203.0.113.12")
				l.translate(refnat.Behaviour{Mapping: m, Filtering: f, Ports: ports}, trouble{})
				r, c := l.counting(theServer + " -filtering")
				udp := found{dependence(m), dependence(f), probe.Yes}
				tcp := found{udp.Mapping, probe.NotDetermined, probe.Yes}
				if diff := cmp.Diff([]found{udp, tcp}, []found{foundBy(r.UDP4), foundBy(r.TCP4)}); diff != "" {
					t.Errorf("%v, %v, %v (-want +got):\n%s", m, f, ports, diff)
				}
				t.Logf("%v, %v, %v: %v", m, f, ports, c)
				all = append(all, c.all())
				asked = append(asked, r.UDP4.Sent+r.TCP4.Sent+r.NATs.Sent+r.Gateway.Sent)
			}
		}
	}
	slices.Sort(all)
	slices.Sort(asked)
	return all, asked
}
