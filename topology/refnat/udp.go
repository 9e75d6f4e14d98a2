package refnat

import (
	"time"

	"github.com/natproof/natproof/topology/packet"
)

const defaultLifetime = 5 * time.Minute

// udpRules are those of RFC 4787.
func udpRules() *protocol {
	return &protocol{
		numbers: numbering{classes: []class{wellKnown, others}, parity: true},
		sound:   soundUDP,
		opens:   func(*Table, *datagram) bool { return true },
		begin: func(t *Table, m *mapping) life {
			return &udpLife{rules: t.protocols.of(packet.UDP), wrong: udpMistakes{
				hasty: t.hastens(m), own: t.own, peers: &m.remotes, returning: t.returns(m),
			}}
		},
		refused: func(*Table, *datagram, time.Time) []Packet { return nil },
		// UDP has no sessions: the filter is asked about every datagram.
		continues: func(life, packet.Endpoint) bool { return false },
	}
}

func soundUDP(p *packet.Packet) bool {
	const header = 8
	return p.UDP != nil && int(p.UDP.Length) >= header && int(p.UDP.Length) <= len(p.Segment)
}

// A udpLife is the timer of a mapping, Section 4.3.
type udpLife struct {
	rules *protocol
	// general: the mapping serves sessions of the ordinary timer, which was
	// last restarted at restarted.
	general   bool
	restarted time.Time
	// short is when the last session with a timer of its own ends.
	short time.Time
	// used: a packet has been sent.
	used bool
	// replied: something has come back.
	replied bool
	wrong   udpMistakes
}

func (l *udpLife) sent(p *packet.Packet, y packet.Endpoint, now time.Time) {
	l.wrong.sent(l.rules.faults.UDPFaults, y)
	stale := l.wrong.stale(l.rules.faults.MappingFaults, y) || l.wrong.unheeded(l.rules.faults.TimerFaults, p, y)
	if l.rules.faults.DiesOfAge && !l.used {
		l.wrong.old = now.Add(oldAge)
	}
	if !l.used || !l.rules.behaviour.NoOutboundRefresh && !stale {
		l.restart(y, now)
	}
	l.used = true
}

func (l *udpLife) received(_ *packet.Packet, y packet.Endpoint, now time.Time) {
	l.replied = true
	begins := !l.general && l.short.IsZero() // from outside, where filters are shared
	if l.rules.behaviour.InboundRefresh || begins {
		l.restart(y, now)
	}
	l.wrong.received(l.rules.faults.UDPFaults, now.Sub(l.restarted), now)
}

func (l *udpLife) restart(y packet.Endpoint, now time.Time) {
	if own, ok := l.rules.behaviour.WellKnownLifetimes[y.Port()]; ok && y.Port() < 1024 {
		l.short = later(l.short, now.Add(own))
		return
	}
	l.general, l.restarted = true, now
}

func (l *udpLife) end() time.Time {
	end := l.short
	if l.general {
		end = later(end, l.restarted.Add(l.lifetime()))
	}
	return l.wrong.end(end)
}

func (l *udpLife) lifetime() time.Duration {
	sound := l.rules.behaviour.UnrepliedLifetime
	if l.replied {
		sound = l.rules.behaviour.Lifetime
	}
	return l.wrong.lifetime(l.rules, sound)
}

// ended is silent: UDP has nobody to tell.
func (l *udpLife) ended(time.Time) ([]Packet, bool) { return nil, true }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
