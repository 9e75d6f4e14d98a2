package refnat

import (
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// A key selects a mapping: an internal endpoint, and what of the remote one the
// mapping behaviour depends on.
type key struct{ internal, remote index }

// A mapping ties an internal endpoint to an external one.
type mapping struct {
	internal, external packet.Endpoint
	// permanent mappings come from the configuration and have neither a filter
	// nor a life.
	permanent bool
	key       key
	// rank is its place among its host's.
	rank    int
	remotes contacts // those that were sent to
	life    life
	// blamed and complained: an error about it was relayed, from outside or from inside.
	blamed, complained bool
	// alarm rings when life ends, or a part of it.
	alarm alarm
}

// An endpoint is an internal endpoint with its dynamic mappings.
type endpoint struct {
	mappings []*mapping
	// first is the first destination that was not a hairpin.
	first packet.Endpoint
	// collided: its own port was held by another endpoint.
	collided bool
	// refused counts the other endpoints of its port that held one it would
	// have been given.
	refused int
}

// A host is an inside host with its place in the pool, which is the same for all
// protocols.
type host struct {
	endpoints int
	mappings  []*mapping // in no order
	// place is its address's index in the pool, turn counts its mappings so
	// far: Arbitrary pooling moves on with each.
	place, turn int
	// bound is its address by Basic NAT, if any, which it shares with others or not.
	bound  netip.Addr
	shared bool
}

// outward returns the mapping for the packet that x sends to y, made if needed
// and with its life told of it; nil if no port is free.
func (t *Table) outward(p *packet.Packet, x, y packet.Endpoint, now time.Time) *mapping {
	if m := t.permanent(x, y); m != nil {
		return m
	}
	k := t.key(x, y)
	m := t.mappings[k]
	if t.renews(m, p) || t.moves(m) || t.reasks(m, p, now) {
		m = nil
	}
	if t.exceeds(x, m, y) {
		return nil
	}
	if m == nil {
		// Of several faults, one may end at once what another has made.
		if m = t.create(k, x, y); m == nil || t.mappings[k] != m {
			return nil
		}
	}
	if e := t.endpoints[indexOf(x)]; !e.first.IsValid() && !t.owns(y.Protocol, y.Addr()) {
		e.first = y
	}
	t.wrong.contacts(t.faults(m.internal.Protocol).MappingFaults, m, y)
	m.remotes.add(y)
	t.sentLast(m)
	m.life.sent(p, y, now)
	t.agenda.set(&m.alarm, m.life.end())
	return m
}

// received tells a mapping's life of a packet that came in from y.
func (t *Table) received(m *mapping, p *packet.Packet, y packet.Endpoint, now time.Time) {
	if m.permanent {
		return
	}
	m.life.received(p, y, now)
	t.agenda.set(&m.alarm, m.life.end())
}

// permanent returns what the configuration says about what an internal endpoint
// sends to y.
func (t *Table) permanent(x, y packet.Endpoint) *mapping {
	if m := t.forwardOf(x, y); m != nil {
		return m
	}
	if addr, ok := t.staticOut[x.Addr()]; ok {
		return t.paired(x, at(addr, x.Protocol, x.Port()))
	}
	return nil
}

// Mappings counts those that the table has made by itself.
func (t *Table) Mappings() int {
	n := 0
	for _, holders := range t.external {
		for _, m := range holders {
			if !m.permanent {
				n++
			}
		}
	}
	return n
}

// inward returns the mapping of an external endpoint, nil if there is none.
func (t *Table) inward(x1 packet.Endpoint) *mapping {
	if holders := t.external[indexOf(x1)]; len(holders) > 0 {
		return holders[len(holders)-1]
	}
	if m := t.changed.left[x1]; m != nil {
		return m
	}
	if x, ok := t.pairedWith(x1); ok {
		return &mapping{internal: x, external: x1, permanent: true}
	}
	return nil
}

func at(addr netip.Addr, p packet.Protocol, number uint16) packet.Endpoint {
	return packet.Endpoint{Protocol: p, AddrPort: netip.AddrPortFrom(addr, number)}
}

// existing returns the mapping that x uses toward y, without making one. Where
// there is none toward y, it is any of x's: a filter that is laxer than the
// mapping lets packets in that x has no mapping of its own for.
func (t *Table) existing(x, y packet.Endpoint) *mapping {
	if m := t.permanent(x, y); m != nil {
		return m
	}
	if m := t.mappings[t.key(x, y)]; m != nil {
		return m
	}
	if e := t.endpoints[indexOf(x)]; e != nil {
		return e.mappings[0]
	}
	return nil
}

// knows reports whether there is a mapping for what x sends to y.
func (t *Table) knows(x, y packet.Endpoint) bool {
	return t.permanent(x, y) != nil || t.mappings[t.key(x, y)] != nil
}

// key returns what selects the mapping for what x sends to y.
func (t *Table) key(x, y packet.Endpoint) key {
	if t.cfg.Behaviour.Translation != NAPT || t.cfg.Behaviour.Basic {
		return key{internal: indexOf(x)}
	}
	depends := t.behaviour(x.Protocol).Mapping
	if e := t.endpoints[indexOf(x)]; e != nil && e.first.IsValid() && !t.owns(y.Protocol, y.Addr()) {
		depends = t.faults(x.Protocol).mapping(depends, e, y)
	}
	return key{indexOf(x), indexOf(t.depends(depends, x, y).of(y))}
}

// create makes a mapping for what x sends to y, nil if no port is free.
func (t *Table) create(k key, x, y packet.Endpoint) *mapping {
	if t.full(x) {
		return nil
	}
	x1, collided, ok := t.assign(x, y)
	if !ok && t.evictsOther(x) {
		x1, collided, ok = t.assign(x, y)
	}
	if !ok {
		t.forget(x.Addr())
		return nil
	}
	t.carried.vain = 0
	return t.establish(k, x, x1, collided)
}

// establish makes a mapping of x to an external endpoint that was taken for it.
func (t *Table) establish(k key, x, x1 packet.Endpoint, collided bool) *mapping {
	m := &mapping{internal: x, external: x1, key: k}
	m.life = t.protocols.of(x1.Protocol).begin(t, m)
	m.alarm.until = func() (time.Time, bool) { return m.life.end(), true }
	m.alarm.ring = func(due time.Time) []Packet {
		packets, over := m.life.ended(due)
		if over {
			t.remove(m)
		} else {
			t.agenda.set(&m.alarm, m.life.end())
		}
		return packets
	}
	t.mappings[k] = m
	held := indexOf(x1)
	t.external[held] = append(t.external[held], m)
	h, e := t.host(x.Addr()), t.endpoints[k.internal]
	if e == nil {
		e = &endpoint{}
		t.endpoints[k.internal] = e
		h.endpoints++
		t.sharers[indexOf(anywhere(x))]++
	}
	e.mappings = append(e.mappings, m)
	m.rank = len(h.mappings)
	h.mappings = append(h.mappings, m)
	e.collided = e.collided || collided
	if collided {
		e.refused = t.sharers[indexOf(anywhere(x))] - 1
	}
	t.inheritsPeers(m)
	t.makeRoom(m)
	return m
}

// anywhere returns an endpoint's protocol and number alone.
func anywhere(e packet.Endpoint) packet.Endpoint {
	return at(netip.Addr{}, e.Protocol, e.Port())
}

// host returns the state of an inside host, with the next place in the pool if
// it is new.
func (t *Table) host(addr netip.Addr) *host {
	h := t.hosts[addr]
	if h == nil {
		h = &host{place: t.nextHost}
		t.nextHost++
		t.hosts[addr] = h
	}
	return h
}

// without takes a mapping from a host's: the last of them gets its place.
func (h *host) without(m *mapping) {
	last := len(h.mappings) - 1
	h.mappings[m.rank], h.mappings[last].rank = h.mappings[last], m.rank
	h.mappings[last] = nil
	h.mappings = h.mappings[:last]
}

// sentLast gives what comes in for a shared external endpoint to m.
func (t *Table) sentLast(m *mapping) {
	held := indexOf(m.external)
	if holders := t.external[held]; len(holders) > 1 {
		i := slices.Index(holders, m)
		t.external[held] = append(slices.Delete(holders, i, i+1), m)
	}
}

// remove ends a dynamic mapping.
func (t *Table) remove(m *mapping) {
	t.agenda.cancel(&m.alarm)
	t.wrong.ended(t.faults(m.internal.Protocol).MappingFaults, m)
	defer t.endsWith(m)
	t.leavesPeers(m)
	delete(t.mappings, m.key)
	t.unhold(m)
	h, e := t.hosts[m.internal.Addr()], t.endpoints[m.key.internal]
	h.without(m)
	i := slices.Index(e.mappings, m)
	e.mappings = slices.Delete(e.mappings, i, i+1)
	if len(e.mappings) > 0 {
		return
	}
	delete(t.endpoints, m.key.internal)
	if number := indexOf(anywhere(m.internal)); t.sharers[number] > 1 {
		t.sharers[number]--
	} else {
		delete(t.sharers, number)
	}
	t.unpairs(m, h)
	h.endpoints--
	t.unbinds(m, h)
	t.forget(m.internal.Addr())
	t.endsBeside(m)
}

// forget drops the state of an inside host that has no mappings.
func (t *Table) forget(addr netip.Addr) {
	if h := t.hosts[addr]; h != nil && h.endpoints == 0 {
		delete(t.hosts, addr)
	}
}
