package refnat

import (
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// A hidden is a client that an inside host sees as the NAT itself: of what passes between
// the two, both addresses are translated (RFC 2663, Section 4.3, "Twice NAT").
type hidden struct {
	server, client packet.Endpoint
	// as is what the server sees.
	as    packet.Endpoint
	used  time.Time
	alarm alarm
}

// A hiding is the clients that are hidden at present, by what either side knows of them.
type hiding struct {
	byClient map[session]*hidden // internal is the server, and remote the client
	byServer map[session]*hidden // remote is what the server sees
}

func newHiding() hiding { return hiding{map[session]*hidden{}, map[session]*hidden{}} }

// hides reports whether what comes in from y through a mapping hides its client: by the
// configuration, or since y has an address of the inside's subnet, so that an answer to it
// would not come to the NAT.
func (t *Table) hides(m *mapping, y packet.Endpoint) bool {
	f := t.faults(m.internal.Protocol)
	if t.cfg.overlaps() && t.cfg.Inside.Contains(y.Addr()) {
		return !f.OverlapUntranslated
	}
	return t.behaviour(m.internal.Protocol).HideClients && t.forwards[m.internal] != nil && m.permanent &&
		!f.ClientsNotHidden
}

// hide returns what the server of a mapping sees y as, chosen if need be; false if no port
// is left.
func (t *Table) hide(m *mapping, y packet.Endpoint, now time.Time) (packet.Endpoint, bool) {
	h := t.hiding.byClient[session{m.internal, y}]
	if h == nil {
		if h = t.newHidden(m.internal, y); h == nil {
			return y, false
		}
	}
	t.seenHidden(h, now)
	return h.as, true
}

// newHidden gives a client a port of the NAT's inside address that no other client has
// toward the server: its own, or the next that is free.
func (t *Table) newHidden(server, y packet.Endpoint) *hidden {
	f := t.faults(y.Protocol)
	for i := range 1 << 16 {
		port := f.hiddenPort(y) + uint16(i)
		as := at(t.cfg.InsideAddr, y.Protocol, port)
		if port == 0 || t.hiding.byServer[session{server, as}] != nil && !f.HiddenAsOne {
			continue
		}
		h := &hidden{server: server, client: y, as: as}
		h.alarm.until = func() (time.Time, bool) { return h.used.Add(t.hiddenFor(server)), true }
		h.alarm.ring = func(time.Time) []Packet {
			delete(t.hiding.byClient, session{server, y})
			delete(t.hiding.byServer, session{server, as})
			return nil
		}
		t.hiding.byClient[session{server, y}], t.hiding.byServer[session{server, as}] = h, h
		return h
	}
	return nil
}

// hiddenFor is how long a client stays hidden without a packet: as long as a mapping in
// use would live.
func (t *Table) hiddenFor(server packet.Endpoint) time.Duration {
	if b := t.behaviour(server.Protocol); server.Protocol == packet.TCP {
		return b.TCPEstablished
	}
	return t.behaviour(server.Protocol).Lifetime
}

func (t *Table) seenHidden(h *hidden, now time.Time) {
	h.used = now
	t.agenda.set(&h.alarm, now.Add(t.hiddenFor(h.server)))
}

// revealed returns the client that an inside endpoint sees as y; false if y is nobody's.
func (t *Table) revealed(x, y packet.Endpoint) (packet.Endpoint, bool) {
	h := t.hiding.byServer[session{x, y}]
	if h == nil {
		return y, false
	}
	return h.client, true
}

// answered notes that an inside endpoint has sent to a client that it sees as y.
func (t *Table) answered(x, y packet.Endpoint, now time.Time) {
	if h := t.hiding.byServer[session{x, y}]; h != nil {
		t.seenHidden(h, now)
	}
}
