package probe_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/router/routertest"
)

// A router that speaks PCP alone tells its outside address by the conversation
// that UDP was measured with. It is asked for nothing else, and where another
// protocol has told, for nothing at all.
func TestPeerOfRouter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, natPMP, peer, how string
		second                  bool
		least, most             int
	}{
		{"the only NAT", routertest.PCPOnly, "203.0.113.1", "PCP", false, 1, 1},
		{"the first of two", routertest.PCPOnly, "10.9.0.2", "PCP", true, 2, 2},
		// It hands the question on (RFC 7648).
		{"a proxy of the second", routertest.PCPOnly, "203.0.113.1", "PCP", true, 1, 2},
		{"NAT-PMP has told", "0080000000000010cb007101", "10.9.0.2", "NAT-PMP", false, 1, 1},
		{"NAT-PMP is silent", "", "10.9.0.2", "", false, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // TCP waits for SYNs that are filtered
			l := newLab(t)
			l.serve("203.0.113.11 203.0.113.12")
			home, inside := l.router, "10.0.0.1"
			if test.second {
				home, inside = l.second("10.9.0.1/24"), "192.168.1.1"
			}
			l.start("nftables")
			router := &routertest.Router{NATPMP: test.natPMP, PCP: routertest.PCPYes, Peer: test.peer}
			l.fake(home, router, inside)
			r := l.probe(theServer)
			if r.Gateway.How != test.how {
				t.Errorf("the router: %+v", r.Gateway)
			}
			carrier := probe.Unknown
			if test.how == "NAT-PMP" {
				carrier = probe.No // as such a router is one at home
			}
			count := test.least
			if test.least < test.most {
				count = -1
			}
			l.wantNATs(r, count, test.least, test.most, carrier)
			for i := 0; ; i++ {
				select {
				case request := <-router.Peers:
					if test.how != "PCP" {
						t.Error("PEER was asked of a router that may speak NAT-PMP")
					}
					lifetime, port := binary.BigEndian.Uint32(request[4:]), binary.BigEndian.Uint16(request[40:])
					if want := []uint32{1, 0}; i >= len(want) || lifetime != want[i] {
						t.Errorf("question %d is for %d s", i, lifetime)
					}
					if port != r.UDP4.Local.Port() {
						t.Errorf("asked for port %d, but %v is measured", port, r.UDP4.Local)
					}
				case <-time.After(50 * time.Millisecond):
					return
				}
			}
		})
	}
}

// Where there is no conversation, the router is neither asked about one nor
// waited for.
func TestNoPeerToAskOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, words string
		translates  bool
	}{
		{"no UDP", "-udp " + theServer, true},
		{"no NAT", theServer, false},
		{"no server", "203.0.113.99:3478", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // TCP waits for SYNs that are filtered
			l := newLab(t)
			l.serve("203.0.113.11 203.0.113.12")
			if test.translates {
				l.start("nftables")
			}
			router := &routertest.Router{NATPMP: routertest.PCPOnly, PCP: routertest.PCPYes, Peer: "203.0.113.1"}
			l.fake(l.router, router, "10.0.0.1")
			g := l.probe(test.words).Gateway
			if g.PCP != probe.Yes || g.External.IsValid() || len(router.Peers) > 0 {
				t.Errorf("%d questions, and the router: %+v", len(router.Peers), g)
			}
		})
	}
}
