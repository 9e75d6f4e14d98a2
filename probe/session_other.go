package probe

import (
	"fmt"
	"net/netip"
	"time"
)

// learn takes the server's other address, and looks again at the answers that
// came before it was known.
func (s *session) learn(other netip.AddrPort, now time.Time) {
	if s.joint.IsValid() {
		s.join()
		return
	}
	other = inZone(unmap(other), s.server.Addr())
	if why := unsuited(s.server, other); why != "" {
		s.refuse(why)
		s.outcome.single = true // as no other can be asked
		return
	}
	s.other = other
	t := &s.trials
	t.otherPort.to = netip.AddrPortFrom(s.server.Addr(), other.Port())
	t.otherAddr.to = netip.AddrPortFrom(other.Addr(), s.server.Port())
	t.otherBoth.to = other
	if s.astray = s.strays(s.server.Addr(), other.Addr()); s.astray != "" {
		t.otherAddr.deaf, t.otherBoth.deaf = true, true // another NAT may be on the way there
	}
	t.row[0].to, t.row[1].to, t.row[2].to = t.otherPort.to, t.otherAddr.to, t.otherBoth.to
	s.nextRound = now
	early := s.early
	s.early = nil
	for _, a := range early {
		s.receive(a)
	}
}

// change ends the session, since the same endpoint sees a socket as another one
// than before: answers from before and after do not go together.
func (s *session) change(before, after netip.AddrPort) {
	s.verdict = verdict{}
	why := fmt.Sprintf("one socket was seen by %v as %v first and then as %v, so the NAT has changed meanwhile",
		s.server, before, after)
	s.outcome = outcome{done: true, changed: true, reason: why}
}
