package probe

import (
	"context"
	"net/netip"

	"github.com/natproof/natproof/probe/path"
)

// These are open to the tests, which are outside of the package since they use
// the reference NAT.

func AllLost(answered, lost, n int) float64 { return tally{answered, lost}.allLost(n) }

func (c Config) AskSecurely(ctx context.Context, server SecureServer) *Secure {
	return c.askSecurely(ctx, server)
}

func Predict(r *Result) Prediction { return predict(r) }

// Conclude sums a report up, as Probe does when everything is measured.
func Conclude(r *Report) { r.conclude() }

// Choice tells how ports are chosen of which each socket's own and the one seen
// are given, in the order in which the sockets asked, and maybe that of the NAT.
func Choice(local, seen []uint16, inOrder bool, mapping Dependence) Ports {
	var firsts []pair
	var own []netip.AddrPort
	for i := range local {
		at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(netip.IPv6Loopback(), port) }
		firsts = append(firsts, pair{at(local[i]), at(seen[i])})
		own = append(own, firsts[i].mapped)
	}
	return choice(firsts, own, inOrder, mapping)
}

func CountNATs(udp *Result, g *Gateway, t path.Trace) *NATs { return countNATs(udp, g, t) }
