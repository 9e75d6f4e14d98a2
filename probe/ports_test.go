package probe_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// A pool shows, whatever its addresses are chosen by. One of two that is chosen
// from at random looks paired as often as the evidence says.
func TestPooling(t *testing.T) {
	const runs = 400
	for i, m := range dependences {
		perAddress := server(a1, a2, func(a *simAnswer) {
			if a.at.Addr() == a2.Addr() {
				a.mapped = netip.AddrPortFrom(outside[1], a.mapped.Port())
			}
		})
		nat := refnat.Behaviour{Mapping: m}
		if r := measure(t, newSim(t, 1, weather{rtt: time.Millisecond}, []*simServer{perAddress}, nat), perAddress); r.Pooling != probe.Arbitrary {
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
			if sure := r.Evidence["pooling"].Sure; !strings.HasSuffix(sure, fmt.Sprintf("once in %d times", once)) {
				t.Fatalf("%v: a pool that looks paired: %s", m, sure)
			}
		}
		if paired == 0 || paired > 2*runs/once {
			t.Errorf("%v: a random pool of two looks paired %d times in %d, want once in %d", m, paired, runs, once)
		}
	}
}
