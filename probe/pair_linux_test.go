package probe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
)

// Two servers with one address each, that work as a pair, tell of a NAT what one
// with two addresses tells, whichever of them is asked.
func TestPeers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		nat  string
		want found
	}{
		{"", found{probe.EndpointIndependent, probe.EndpointIndependent, probe.No}},
		{"nftables", found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes}},
		{"nftables:fully-random", found{probe.AddressAndPortDependent, probe.AddressAndPortDependent, probe.Yes}},
	} {
		t.Run("nat="+test.nat, func(t *testing.T) {
			t.Parallel() // it waits for connections that are filtered
			l := newLab(t)
			l.serve("203.0.113.11 @203.0.113.12", "203.0.113.12 @203.0.113.11")
			if test.nat != "" {
				l.start(test.nat)
			}
			for _, server := range []string{"203.0.113.11:3478", "203.0.113.12:3478"} {
				r := l.probe(server + " -router")
				for protocol, one := range map[string]*probe.Result{"udp4": r.UDP4, "tcp4": r.TCP4} {
					if diff := cmp.Diff(test.want, foundBy(one)); diff != "" {
						t.Errorf("%s, %s (-want +got):\n%s%s", server, protocol, diff, one.Reason)
					}
				}
				if r.UDP4.Verified != probe.Yes {
					t.Errorf("%s is not verified: %s", server, r.UDP4.Reason)
				}
				t.Logf("%s: udp4 in %v with %d packets, tcp4 in %v", server, r.UDP4.Duration,
					r.UDP4.Sent, r.TCP4.Duration)
			}
		})
	}
}
