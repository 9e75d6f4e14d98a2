package probe

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/natproof/natproof/probe/stun"
)

// result tells what a session has found, finished or not.
func (s *session) result(now time.Time) *Result {
	firsts := s.firsts()
	r := &Result{
		Reachable:     s.heard,
		Mapping:       s.verdict.mapping,
		Filtering:     s.verdict.filtering,
		Verified:      s.verdict.verified,
		WrongFiltered: s.verdict.wrongFiltered,
		Local:         s.local[mappingSocket],
		Sent:          s.sent,
		Answered:      s.answers,
		RTT:           Millis(s.rtt.min),
		Duration:      Millis(now.Sub(s.started)),
		Pooling:       pooled(s.seen),
		ALG:           rewritten(s.seen),
		Reason:        s.why(now),
		home:          s.server,
		other:         s.other,
	}
	if s.outcome.refused != "" || s.outcome.reason != "" {
		// The filter that an unsuited server has shown counts for nothing, and so does
		// a verdict that was not settled when the time was up.
		r.Filtering, r.WrongFiltered, r.Verified = NotDetermined, 0, Unknown
	}
	if t := s.trials.home; t.answered() {
		r.Mapped = mapped(*t.answer)
	} else if len(firsts) > 0 {
		r.Local, r.Mapped = firsts[0].local, firsts[0].mapped
	}
	var c tally
	if s.rtt.known {
		for _, t := range s.open4() {
			c.add(t, now, s.timeout())
		}
		r.Ports = choice(firsts, s.successive(), s.inOrder(), r.Mapping)
	}
	r.Loss = c.loss()
	r.NAT = translated(firsts)
	if r.Classic = classic(r); r.Classic == "" && r.NAT == Yes && s.verdict.varies {
		r.Classic = symmetric
	}
	r.deaf = s.deafTo()
	r.place(nil)
	return r
}

// why says why there is no verdict, or what weakens it.
func (s *session) why(now time.Time) string {
	switch v := s.verdict; {
	case s.outcome.refused != "":
		return s.outcome.refused
	case s.outcome.reason != "":
		return s.outcome.reason
	case s.deaf():
		return s.deafness(now)
	case v.filtering != NotDetermined && v.verified == Unknown && s.outcome.done:
		return fmt.Sprintf("this NAT leaves no way to check that %v honours CHANGE-REQUEST; "+
			"if it does not, the filter may be laxer", s.server)
	}
	return ""
}

// translated compares the endpoints that were seen with the sockets' own, which
// are real addresses and not the unspecified one.
func translated(firsts []pair) Tristate {
	if len(firsts) == 0 {
		return Unknown
	}
	for _, f := range firsts {
		if f.translated() {
			return Yes
		}
	}
	return No
}

// rewritten compares the address in clear in an answer with the disguised one:
// only a device that looks into packets makes them differ.
func rewritten(answers []stun.Response) Tristate {
	alg := Unknown
	for _, r := range answers {
		if !r.XORMapped.IsValid() || !r.Mapped.IsValid() {
			continue
		}
		if unmap(r.XORMapped) != unmap(r.Mapped) {
			return Yes
		}
		alg = No
	}
	return alg
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
