package probe

// mostLooks is how often a binding is looked at before it stays undetermined.
const mostLooks = 20

// look finds out whether a binding is alive.
func (m *lifetimer) look(l *lease) {
	m.guarded(func(port uint16) {
		if port == 0 {
			l.settled = true
			return
		}
		m.lookAgain(l, port)
	})
}

// lookAgain has the server send a packet to a binding and one to the guard. A
// packet that arrives is proof of life; silence counts when loss cannot explain
// it.
func (m *lifetimer) lookAgain(l *lease, guard uint16) {
	if l.settled {
		return
	}
	if lost := m.guards.allLost(l.silent); l.silent > 0 && lost < doubt {
		m.wrong = max(m.wrong, lost)
		m.settle(l, No)
		return
	}
	if l.looks++; l.looks > mostLooks {
		l.settled = true
		return
	}
	guarded, age := false, m.now().Sub(l.last)
	m.redirect(guard, func(a Arrival) { guarded = guarded || a.Socket == m.guard.ID })
	m.redirect(l.mapped.Port(), func(a Arrival) {
		if a.Socket == l.socket.ID && !l.settled {
			m.settle(l, Yes)
		}
	})
	m.after(m.timeout(), func() {
		if guarded {
			m.guards.answered++
			l.silent++
			l.age = age
		} else {
			m.guards.lost++
		}
		m.lookAgain(l, guard)
	})
}

// settle notes whether a binding is alive, and reports the progress.
func (m *lifetimer) settle(l *lease, alive Tristate) {
	before := bounds(m.stream)
	l.alive, l.settled = alive, true
	if now := bounds(m.stream); now != before {
		m.progress(now)
	}
}

// done reports whether nothing more is to be learnt: the shortest candidates
// that expired are known, and so is the fate of the bindings refreshed
// meanwhile.
func (m *lifetimer) done() bool {
	if m.reason != "" || m.sentinel.settled && m.sentinel.alive != Yes {
		return true
	}
	i, j := conclusive(m.stream), conclusive(m.single)
	if i < 0 || j < 0 {
		return false
	}
	return i == 0 || m.outbound[i].settled && m.inbound[i].settled
}

// conclusive returns the candidate that has expired while all shorter ones are
// settled, -1 as long as no candidate is.
func conclusive(leases []*lease) int {
	for i, l := range leases {
		if !l.settled {
			return -1
		}
		if l.alive == No {
			return i
		}
	}
	return -1
}
