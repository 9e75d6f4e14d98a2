package probe

import (
	"net/netip"
	"slices"
	"time"

	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe/stun"
)

// A lifetimer makes many bindings at once and looks at each after another time.
type lifetimer struct {
	*desk
	// asker asks the server to answer to a binding. Guard is a binding that is
	// known to be alive, so that answers to it tell loss from expiry.
	asker, guard Socket
	home         netip.AddrPort // the asker as the server sees it
	wide         bool           // the server reads the wide RESPONSE-PORT
	begun        bool           // it reads one of them, so that there is a way
	// sentinel is older than all bindings that are measured and is looked at once
	// the last of them is made: a NAT that holds only a limited number gives up the
	// oldest, which would count as expired.
	sentinel *lease
	making   int // how many bindings are not made yet
	guards   tally
	wrong    float64
	reason   string
	progress func(Span)
	// One lease per candidate. The first lease of the two refreshed series has no
	// shorter candidate to be refreshed at, and is not measured.
	stream, single, outbound, inbound []*lease
}

// A lease is one binding and the question of how long it lives.
type lease struct {
	socket Socket
	mapped netip.AddrPort
	// idle is how long after its last packet it is looked at.
	idle time.Duration
	// last is when its last packet was sent.
	last time.Time
	// refresh sends a packet through the binding in between; nil sends nothing.
	refresh   func(*lease)
	refreshAt time.Duration
	alive     Tristate
	settled   bool
	// silent counts the packets that did not arrive though those to the guard
	// did, and age is how long the binding was idle when the last was sent.
	silent, looks int
	age           time.Duration
}

func newLifetimer(d *desk, idle []time.Duration) *lifetimer {
	m := &lifetimer{desk: d, sentinel: new(lease), progress: func(Span) {}}
	for i, c := range idle {
		m.stream = append(m.stream, &lease{idle: c})
		m.single = append(m.single, &lease{idle: c})
		out, in := &lease{idle: c, settled: i == 0}, &lease{idle: c, settled: i == 0}
		if i > 0 {
			at := time.Duration(refreshAt * float64(idle[i-1]))
			out.refresh, out.refreshAt = m.sendOut, at
			in.refresh, in.refreshAt = func(l *lease) { m.sendIn(l, learnTries) }, at
		}
		m.outbound, m.inbound = append(m.outbound, out), append(m.inbound, in)
	}
	return m
}

// prepare finds out whether the server can be asked at all, and then makes the
// bindings.
func (m *lifetimer) prepare() {
	m.asker, m.guard = m.open(), m.open()
	m.learn(m.asker, learnTries, func(home netip.AddrPort, _ time.Time) {
		m.home = home
		if !home.IsValid() {
			m.reason = "no answer"
			return
		}
		m.guarded(func(port uint16) { m.tryRedirection(port, 0) })
	})
}

// guarded renews the guard and tells its port; 0 if there is no answer.
func (m *lifetimer) guarded(known func(port uint16)) {
	m.learn(m.guard, learnTries, func(guard netip.AddrPort, _ time.Time) {
		if guard.Addr() != m.home.Addr() {
			known(0)
			return
		}
		known(guard.Port())
	})
}

// tryRedirection asks for an answer to the guard, in both widths by turns.
func (m *lifetimer) tryRedirection(port uint16, tries int) {
	if port == 0 || tries == 2*learnTries {
		m.reason = errNoRedirection.Error()
		return
	}
	m.wide = tries%2 == 0
	wide := m.wide
	m.redirect(port, func(a Arrival) {
		if a.Socket == m.guard.ID && !m.begun {
			m.begun, m.wide = true, wide
			m.sentinel.socket = m.open()
			m.exchange(m.sentinel, m.begin)
		}
	})
	m.after(m.timeout(), func() {
		if !m.begun {
			m.tryRedirection(port, tries+1)
		}
	})
}

// redirect asks for an answer to that external port.
func (m *lifetimer) redirect(port uint16, arrived func(Arrival)) {
	var width pion.Setter = stun.ResponsePort(port)
	if m.wide {
		width = stun.WideResponsePort(port)
	}
	m.ask(m.asker, func(a Arrival, r stun.Response) {
		if r.Code == 0 {
			arrived(a)
		}
	}, width)
}

// begin makes all bindings that are measured, one shortly after the other.
func (m *lifetimer) begin() {
	wait := time.Duration(0)
	for _, l := range slices.Concat(m.stream, m.outbound, m.inbound, m.single) {
		if l.settled {
			continue
		}
		l.socket = m.open()
		stream := !slices.Contains(m.single, l)
		m.making++
		m.after(wait, func() { m.make(l, stream) })
		wait += lifetimeSpacing
	}
}

// make makes a binding, and a stream of it if it is to be one.
func (m *lifetimer) make(l *lease, stream bool) {
	m.exchange(l, func() {
		if m.making--; m.making == 0 {
			m.look(m.sentinel)
		}
		if stream && !l.settled {
			m.after(streamTime, func() { m.exchange(l, func() { m.leave(l) }) })
			return
		}
		m.leave(l)
	})
}

// exchange asks by a binding how it is seen. Its idle time begins with that.
func (m *lifetimer) exchange(l *lease, done func()) {
	m.learn(l.socket, learnTries, func(seen netip.AddrPort, sent time.Time) {
		l.mapped, l.last = seen, sent
		// The server cannot be made to answer to another address than the
		// asker's.
		l.settled = seen.Addr() != m.home.Addr()
		done()
	})
}

// leave leaves a binding alone until it is refreshed or looked at.
func (m *lifetimer) leave(l *lease) {
	elapsed := m.now().Sub(l.last)
	switch {
	case l.settled:
	case l.refresh != nil:
		m.after(l.refreshAt-elapsed, func() { l.refresh(l) })
	default:
		m.after(l.idle-elapsed, func() { m.look(l) })
	}
}

// sendOut refreshes a binding from inside by indications, which nobody answers.
// It sends several, since nothing tells that one was lost.
func (m *lifetimer) sendOut(l *lease) {
	for i := range 3 {
		m.after(time.Duration(i)*100*time.Millisecond, func() {
			indication := pion.NewType(pion.MethodBinding, pion.ClassIndication)
			p, err := pion.Build(pion.TransactionID, indication, pion.Fingerprint)
			if err != nil {
				m.err = err
				return
			}
			m.sent++
			l.socket.Send(m.server, p.Raw)
		})
	}
	m.after(l.idle-m.now().Sub(l.last), func() { m.look(l) })
}

// sendIn refreshes a binding from outside.
func (m *lifetimer) sendIn(l *lease, tries int) {
	if tries == 0 {
		l.settled = true
		return
	}
	arrived := false
	m.redirect(l.mapped.Port(), func(a Arrival) {
		if a.Socket == l.socket.ID && !arrived {
			arrived = true
			m.after(l.idle-m.now().Sub(l.last), func() { m.look(l) })
		}
	})
	m.after(m.timeout(), func() {
		if !arrived {
			arrived = true
			m.sendIn(l, tries-1)
		}
	})
}
