package probe

import (
	"context"
	"net/netip"

	"github.com/natproof/natproof/probe/path"
	"github.com/natproof/natproof/probe/stun"
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

// CrawlsBeside tells whether a slow session has sent a control of the right kind for a question
// of which the kind has changed before its control's turn.
func CrawlsBeside(server, other netip.AddrPort) bool {
	local := make([]netip.AddrPort, freshSocket+1)
	s := newSession(server, local, func(int, netip.AddrPort, []byte) {})
	s.other, s.pace.steps = other, 1
	t := &s.trials
	for _, q := range []*trial{t.home, t.otherPort, t.otherAddr, t.otherBoth, t.again, t.spare, t.spare2} {
		q.to, q.answer = server, &stun.Response{XORMapped: server}
	}
	t.otherAddr.to, t.otherBoth.to = netip.AddrPortFrom(other.Addr(), server.Port()), other
	now := s.started
	s.ask(t.again, nil, now).after = 0
	for range 3 {
		now = now.Add(paces[2])
		s.crawl(now)
	}
	asked := s.pace.waiting
	t.port.answer = &stun.Response{} // so the other address is asked about from now on
	s.crawl(now.Add(paces[2]))
	return asked.trial == t.port && asked.control.trial == t.filter && asked.control.number == s.sent-1
}
