package probe

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Lifetime is how long a NAT or firewall keeps an idle UDP binding (RFC 4787,
// Section 4.3).
type Lifetime struct {
	// Stream is the lifetime of a binding that has carried packets both ways for
	// more than two seconds.
	Stream Span `json:"stream"`
	// Single is the lifetime of a binding with one question and its answer, which
	// some NATs drop sooner.
	Single   Span     `json:"single"`
	Outbound Tristate `json:"outbound_refresh"` // whether packets to the outside keep a binding alive
	Inbound  Tristate `json:"inbound_refresh"`  // whether packets to the inside keep a binding alive
	// WrongExpired bounds the chance that a binding called expired was alive and
	// all packets to it were lost.
	WrongExpired float64 `json:"wrong_expired_probability"`
	Sent         int     `json:"packets_sent"`     // how many packets were sent for it
	Answered     int     `json:"packets_answered"` // how many of those were answered
	Reason       string  `json:"reason,omitempty"` // why something is not determined, or what else is to be known
	Duration     Millis  `json:"duration_ms"`      // how long it took, in milliseconds
}

// A Span holds a duration between two bounds.
type Span struct {
	// AtLeast is the longest idle time that a binding was seen to survive, in milliseconds.
	AtLeast Millis `json:"at_least_ms"`
	// Below is the shortest idle time that a binding was seen not to survive, in
	// milliseconds; 0 means that all survived.
	Below Millis `json:"below_ms"`
}

func (s Span) String() string {
	switch {
	case s == Span{}:
		return "not determined"
	case s.Below == 0:
		return fmt.Sprintf("at least %v", s.AtLeast)
	case s.AtLeast == 0:
		return fmt.Sprintf("less than %v", s.Below)
	}
	return fmt.Sprintf("between %v and %v", s.AtLeast, s.Below)
}

const (
	defaultLifetimeMax = 5*time.Minute + 10*time.Second
	shortestLifetime   = 8 * time.Second
	// requiredLifetime is RFC 4787, REQ-5. One candidate is just below it, so that
	// a NAT that keeps to it exactly differs from one that does not.
	requiredLifetime = 2*time.Minute - 2*time.Second
	// lifetimeStep is the factor from one candidate to the next. A binding is
	// refreshed at the share refreshAt of its candidate and looked at one candidate
	// later, so the factor must be below 1 + refreshAt.
	lifetimeStep = 1.25
	refreshAt    = 0.6
	// streamTime makes a stream of an exchange: Linux asks for two seconds.
	streamTime = 2500 * time.Millisecond
	// lifetimeSpacing keeps the first packets of all bindings from being one
	// burst.
	lifetimeSpacing = 15 * time.Millisecond
	// learnTries is how often the server is asked for an address.
	learnTries = 8
)

// candidates are the idle times that are tried, each on a binding of its own.
func candidates(longest time.Duration) []time.Duration {
	var list []time.Duration
	for c := float64(requiredLifetime); c >= float64(shortestLifetime); c /= lifetimeStep {
		list = append(list, time.Duration(c))
	}
	slices.Reverse(list)
	for c := float64(requiredLifetime) * lifetimeStep; c <= float64(longest); c *= lifetimeStep {
		list = append(list, time.Duration(c))
	}
	for i := range list {
		list[i] = list[i].Round(100 * time.Millisecond)
	}
	list = slices.DeleteFunc(list, func(c time.Duration) bool { return c > longest })
	if n := len(list); n == 0 || float64(longest) > 1.05*float64(list[n-1]) {
		list = append(list, longest)
	}
	return list
}

// lifetimeTime is how long measuring lifetimes takes at most: the longest
// candidate, and the time around it for streams and repetitions.
func (c Config) lifetimeTime() time.Duration {
	switch {
	case !c.Lifetime:
		return 0
	case c.LifetimeMax <= 0:
		return defaultLifetimeMax + 30*time.Second
	}
	return c.LifetimeMax + 30*time.Second
}

// UDPLifetime measures how long a binding lives, up to longest; zero means some
// 5 minutes. It needs a server that answers to another port on request
// (RESPONSE-PORT). All candidates are tried at once, so that it takes about one
// lifetime, with some 70 sockets and a few packets each. Progress is called with
// the bounds on streams known so far, at first without any; it may be nil.
func UDPLifetime(t Transport, server Server, longest time.Duration, progress func(Span)) *Lifetime {
	if longest <= 0 {
		longest = defaultLifetimeMax
	}
	m := newLifetimer(newDesk(t, server), candidates(longest))
	if progress != nil {
		m.progress = progress
	}
	m.progress(Span{})
	started := t.Now()
	l := m.measure()
	l.Sent, l.Answered = m.sent, m.heard
	l.Duration = Millis(t.Now().Sub(started))
	return l
}

func (m *lifetimer) measure() *Lifetime {
	m.prepare()
	finished := m.run(m.done)
	l := &Lifetime{Reason: m.reason}
	if m.sentinel.alive == Yes {
		l.Stream, l.Single, l.WrongExpired = bounds(m.stream), bounds(m.single), m.wrong
		l.Outbound, l.Inbound = refreshed(m.stream, m.outbound), refreshed(m.stream, m.inbound)
	}
	switch {
	case m.err != nil:
		l.Reason = m.err.Error()
	case l.Reason != "":
	case !finished:
		l.Reason = timeUp
	case m.sentinel.alive == No:
		l.Reason = "this NAT cannot hold all bindings of this measurement at once, " +
			"so that a lost one need not have expired, or it holds bindings for a few seconds only"
	case m.sentinel.alive == Unknown:
		l.Reason = "it is not known whether this NAT can hold all bindings of this measurement at once"
	case l.Stream == Span{}:
		l.Reason = "too much loss"
	case l.Stream.Below == 0:
		l.Reason = "no binding has expired, so it is not determined what keeps one alive"
	case inconsistent(m.stream):
		l.Reason = "an older binding has outlived a younger one"
	}
	return l
}

// bounds tells between which candidates a lifetime is. In doubt the shortest
// expired one counts.
func bounds(leases []*lease) Span {
	var s Span
	for _, l := range leases {
		switch {
		case l.alive == No && s.Below == 0:
			// It may have expired while it was looked at.
			s.Below = Millis(max(l.idle, l.age))
		case l.alive == Yes && s.Below == 0:
			s.AtLeast = Millis(l.idle)
		}
	}
	return s
}

func inconsistent(leases []*lease) bool {
	expired := expiredAt(leases)
	return expired >= 0 && slices.ContainsFunc(leases[expired:], func(l *lease) bool { return l.alive == Yes })
}

// refreshed tells whether a packet in between has kept a binding alive longer
// than a binding without one.
func refreshed(plain, kept []*lease) Tristate {
	i := expiredAt(plain)
	if i <= 0 || plain[i-1].alive != Yes {
		return Unknown
	}
	return kept[i].alive
}

// expiredAt returns the first candidate that has expired, -1 if all live.
func expiredAt(leases []*lease) int {
	return slices.IndexFunc(leases, func(l *lease) bool { return l.alive == No })
}

// errNoRedirection is why nothing is determined with most servers.
var errNoRedirection = errors.New("the server does not answer to another port (RESPONSE-PORT), " +
	"so it cannot be asked whether a binding is alive")
