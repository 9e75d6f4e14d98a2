package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

const noMoreSessions = "a NAT or a network on the way seems to allow this host no more sessions"

// A server whose other endpoints do not all answer from here still tells something.

// deaf reports whether an endpoint is known never to answer.
func (s *session) deaf() bool { return len(s.deafTo()) > 0 }

// seemsDeaf reports whether an endpoint may be deaf, and it has yet to be seen. Until then
// the filter can wait.
func (s *session) seemsDeaf(now time.Time) bool {
	return slices.ContainsFunc(s.elsewhere(), func(q *trial) bool {
		return !q.answered() && !q.deaf && q.silent(now, s.timeout()) > 0
	})
}

func (s *session) deafTo() []netip.AddrPort {
	var list []netip.AddrPort
	for _, q := range s.elsewhere() {
		if q.deaf && q.to.IsValid() {
			list = append(list, q.to)
		}
	}
	return list
}

// unsure reports whether the mapping seems not to be endpoint-independent, and the NAT
// may only have changed meanwhile.
func (s *session) unsure() bool {
	m, all := s.compared()
	return all && m != EndpointIndependent && !s.stillSeen()
}

// explained reports whether the cause of deaf endpoints has been looked for.
func (s *session) explained(now time.Time) bool {
	q := s.trials.fresh
	return q != nil && (q.answered() || q.tries() >= blindTries && q.due(now, s.timeout()))
}

// cramped reports whether the server answers the first socket of this host and none of the
// others, which is no loss and no limit, since it answers that one each time.
func (s *session) cramped(now time.Time) bool {
	t, silent := &s.trials, 0
	for _, q := range []*trial{t.home, t.spare, t.spare2} {
		if q.answered() {
			return false
		}
		silent += q.silent(now, s.timeout())
	}
	var c tally
	c.add(t.filter, now, s.timeout())
	return c.answered > 0 && c.allLost(silent) < doubt
}

// endPartly ends a session with what is known, once the cause is known as well.
func (s *session) endPartly(now time.Time) {
	if s.explained(now) {
		s.outcome = outcome{done: true, partial: true, reason: s.deafness(now)}
	}
}

// deafness says which endpoints do not answer, and why that may be so.
func (s *session) deafness(now time.Time) string {
	if s.astray != "" {
		return s.astray
	}
	var names []string
	for _, e := range s.deafTo() {
		names = append(names, e.String())
	}
	if len(names) == 0 {
		return ""
	}
	last := len(names) - 1
	if last > 0 {
		names[last-1] += " and " + names[last]
		names = names[:last]
	}
	why := fmt.Sprintf("%v does not answer at %s", s.server, strings.Join(names, ", "))
	switch q := s.trials.fresh; {
	case q == nil, !q.answered() && q.silent(now, s.timeout()) < blindTries/2:
		return why + ": it may be filtered on the way, or this host is allowed no more sessions"
	case !q.answered():
		return why + ", nor is any other new session answered: " + noMoreSessions
	}
	return why + ": it may be filtered on the way, or at the server"
}

// join puts another server in the place of the other address that this one lacks.
func (s *session) join() {
	t := &s.trials
	s.other, t.otherAddr.to = s.joint, s.joint
	t.otherPort.deaf, t.otherBoth.deaf = true, true // they do not exist
}

// judgeJoint compares how two servers see the mapping socket. If they do not see the
// same, the mapping may depend on the address or on the port.
func (s *session) judgeJoint(now time.Time) {
	s.trials.otherAddr.deaf = s.trials.otherAddr.silent(now, s.timeout()) >= deafTries
	m, all := s.compared()
	if !all || s.varies() && !s.stillSeen() || !s.settledSpares(now) {
		return
	}
	s.verdict.mapping, s.verdict.varies = m, s.varies()
	why := fmt.Sprintf("%v and %v have one address each, which is enough for how a socket is seen, "+
		"and not for a filter", s.server, s.joint)
	if s.verdict.varies {
		why += "; they see it differently, so the mapping depends on the address, or on the port as well"
	}
	s.outcome = outcome{done: true, partial: true, reason: why}
}

// join has two servers asked together that have one address each, if nothing better is
// known.
func (f *field) join() {
	var single []*runner
	for _, r := range f.ended {
		if r.verdict.mapping != NotDetermined || r.verdict.varies {
			return
		}
		to := r.session.server.Addr()
		if r.outcome.single && (len(single) == 0 || single[0].session.server.Addr() != to &&
			f.strays(single[0].session.server.Addr(), to) == "") {
			single = append(single, r)
		}
	}
	if len(single) > 1 {
		server := single[0].server
		server.joint = single[1].session.server
		f.waiting = []Server{server}
	}
}
