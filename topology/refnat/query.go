package refnat

import (
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// defaultQueryLifetime is the shortest that RFC 5508, REQ-2 allows.
const defaultQueryLifetime = time.Minute

// queryRules are those of RFC 5508, Section 3: ICMP queries with their identifiers for
// ports, whatever they ask for.
func queryRules() *protocol {
	return &protocol{
		numbers: numbering{classes: []class{{0, 65536, 0}}, identifiers: true},
		sound:   func(p *packet.Packet) bool { return p.ICMP != nil && p.ICMP.Query },
		opens:   opensQuery,
		begin:   func(t *Table, _ *mapping) life { return &queryLife{rules: t.protocols.of(packet.ICMP)} },
		refused: (*Table).informs,
		// A reply is let in by its mapping and the filter, whichever request it is for.
		continues: func(life, packet.Endpoint) bool { return false },
	}
}

// opensQuery reports whether a message is a request from inside, or the reply to one. A
// request from outside has no identifier of the NAT's, so nobody is asked but a host that
// has an address of its own; and nobody else replies from inside.
func opensQuery(t *Table, d *datagram) bool {
	if d.from == Outside || d.ICMP.Asks {
		return d.ICMP.Asks == (d.from == Inside)
	}
	_, paired := t.staticOut[d.src()]
	return paired && t.own[d.dst()]
}

// A queryLife is the timer of a mapping, RFC 5508, Section 3.2: how long it stays
// "without packets traversing the NAT", in whichever direction.
type queryLife struct {
	rules *protocol
	used  time.Time
	// replied: a reply has come in.
	replied bool
	// asked counts the requests, for a fault.
	asked int
}

func (l *queryLife) sent(_ *packet.Packet, _ packet.Endpoint, now time.Time) {
	l.asked++
	if l.used.IsZero() || !l.rules.faults.QueryTimerRunsOn {
		l.used = now
	}
}

func (l *queryLife) received(_ *packet.Packet, _ packet.Endpoint, now time.Time) {
	l.replied = true
	if !l.rules.faults.QueryTimerRunsOn {
		l.used = now
	}
}

func (l *queryLife) end() time.Time {
	return l.used.Add(l.rules.faults.queryLifetime(l.rules.behaviour.QueryLifetime, l.replied))
}

// ended is silent: a query has nobody to tell.
func (l *queryLife) ended(time.Time) ([]Packet, bool) { return nil, true }
