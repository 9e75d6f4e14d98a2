package refnat

import (
	"math/bits"
	"math/rand/v2"
	"net/netip"

	"github.com/natproof/natproof/topology/packet"
)

// assign chooses the external endpoint for a new mapping of x toward y. It says
// whether another endpoint held the port that x wanted, and false if no port is
// free.
func (t *Table) assign(x, y packet.Endpoint) (x1 packet.Endpoint, collided, ok bool) {
	if t.cfg.Behaviour.Translation != NAPT {
		return x, false, true
	}
	if x1, ok := t.twin(x, y); ok {
		return x1, false, true
	}
	if addr, ok := t.sourceOf(x); ok {
		return t.assignAt(addr, x, y)
	}
	if len(t.pool) == 0 || t.changed.taken[x] {
		return x1, false, false
	}
	if t.behaviour(x.Protocol).Basic {
		return t.assignBasic(x, y)
	}
	first, tries := t.place(x), 1
	if b := t.behaviour(x.Protocol); b.SoftPooling && b.PortBlock == 0 {
		tries = len(t.pool)
	}
	for i := range tries {
		addr := t.pool[(first+i)%len(t.pool)]
		if x1, collided, ok = t.assignAt(addr, x, y); ok {
			break
		}
	}
	return x1, collided, ok
}

// assignAt chooses among the ports of one address.
func (t *Table) assignAt(addr netip.Addr, x, y packet.Endpoint) (x1 packet.Endpoint, collided, ok bool) {
	if x1, ok := t.sharesPaired(x); ok {
		return x1, false, true
	}
	addr = t.changed.source(t.faults(x.Protocol).ChangeFaults, x, addr)
	wanted := at(addr, x.Protocol, x.Port())
	if x1, ok := t.resembles(x); ok {
		return x1, false, true
	}
	if t.overloads(wanted, x, y) || t.shares(wanted, x, y) || t.overlooked(wanted, x) {
		return wanted, false, true
	}
	p := t.ports[t.poolOf(wanted)].within(t.block(x))
	if port, ok := t.misassigned(p, x); ok {
		return at(addr, x.Protocol, port), true, true
	}
	port, ok := t.choose(p, x)
	preserving := t.behaviour(x.Protocol).Ports == PortPreserving || t.behaviour(x.Protocol).Ports == PortNext
	if ok && preserving && port != x.Port() {
		holder := t.inward(wanted)
		collided = holder != nil && holder.internal != x
	}
	return at(addr, x.Protocol, port), collided, ok
}

// place chooses the external address for a new mapping of a host, by its place in the
// pool, or where its block of ports is.
func (t *Table) place(x packet.Endpoint) int {
	if t.behaviour(x.Protocol).PortBlock > 0 {
		return t.blockNumber(x)
	}
	h := t.host(x.Addr())
	place := h.place + t.faults(x.Protocol).flap(h) + t.faults(x.Protocol).elsewhere(x) +
		t.faults(x.Protocol).pairsApart(x)
	switch t.behaviour(x.Protocol).Pooling {
	case Arbitrary:
		place += h.turn
		h.turn++
	case PoolRandom:
		place = t.rand.IntN(len(t.pool))
	}
	return place
}

// A numbering says how the ports or query identifiers of a protocol are given
// out.
type numbering struct {
	// classes are the ranges that a mapping keeps to, in ascending order. The
	// last takes what the others have no room for.
	classes []class
	// parity: even ones stay even, and odd ones odd (RFC 4787, Section 4.2.2).
	parity bool
	// identifiers: they are none of the ports that PortRange is about.
	identifiers bool
}

// A class is a range of ports that a mapping keeps to, RFC 4787, Section 4.2.1:
// the well-known ports, or the rest. Both hold an even number of ports and begin
// at an even one, so that parity survives the way around.
type class struct {
	first, size int
	// begin is where PortSequential begins: the low well-known ports are best
	// left to services.
	begin int
}

var (
	wellKnown = class{0, 1024, 512}
	others    = class{1024, 65536 - 1024, 1024}
)

func (c class) holds(port uint16) bool { return int(port) >= c.first && int(port) < c.first+c.size }

// within returns the part of c that is in a range, of size 0 if none is.
func (c class) within(r PortRange) class {
	first, end := max(c.first, int(r.First)), min(c.first+c.size, int(r.Last)+1)
	return class{first, max(end-first, 0), min(max(c.begin, first), max(end-1, first))}
}

// limited returns n with the ports of a range alone, all for its zero value. The range is
// none of identifiers.
func (n numbering) limited(r PortRange) numbering {
	if r == (PortRange{}) || n.identifiers {
		return n
	}
	return n.within(r)
}

// within returns n with those numbers alone that are in a range.
func (n numbering) within(r PortRange) numbering {
	var classes []class
	for _, c := range n.classes {
		if c = c.within(r); c.size > 0 {
			classes = append(classes, c)
		}
	}
	n.classes = classes
	return n
}

func (n numbering) last() class { return n.classes[len(n.classes)-1] }

func (n numbering) classOf(number uint16) class {
	for _, c := range n.classes {
		if int(number) < c.first+c.size {
			return c
		}
	}
	return n.last()
}

// A pool is the ports or query identifiers that one protocol has at one address.
type pool struct {
	packet.Protocol
	netip.Addr
}

// ports are those of a pool that may be given out, by a numbering, and its stock.
type ports struct {
	numbering
	*stock
}

// A stock is the state of a pool, which is one whatever the numbering.
type stock struct {
	used [65536 / 64]uint64
	// latest is the port that PortSequential gave last, in each class, once it has.
	latest map[class]uint16
	// detained counts the ports in quarantine.
	detained int
	// collisions counts the ports that were wanted and taken; for NextPortWhenCrowded.
	collisions int
}

func newPorts(n numbering) ports {
	p := ports{n, &stock{latest: map[class]uint16{}}}
	// To UDP and TCP zero means that there is none. As an identifier it would be a
	// mapping's like any other, and the one that all packets seem to be for that have
	// no identifier at their destination.
	p.take(0)
	return p
}

// within returns those of the ports, or of the identifiers, that are in a range: all for
// its zero value. They have the same stock.
func (p ports) within(r PortRange) ports {
	if r != (PortRange{}) {
		p.numbering = p.numbering.within(r)
	}
	return p
}

// number says which ports of an address mappings may have.
func (t *Table) number(addr netip.Addr) {
	for protocol := range t.protocols.each() {
		from := t.poolOf(at(addr, protocol, 0))
		numbers := t.protocols.of(from.Protocol).numbers.limited(t.cfg.Behaviour.PortRange)
		if p, known := t.ports[from]; known {
			t.ports[from] = ports{numbers, p.stock} // what is taken stays so
		} else {
			t.ports[from] = newPorts(numbers)
		}
	}
}

func (s *stock) take(port uint16)       { s.used[port/64] |= 1 << (port % 64) }
func (s *stock) release(port uint16)    { s.used[port/64] &^= 1 << (port % 64) }
func (s *stock) taken(port uint16) bool { return s.used[port/64]&(1<<(port%64)) != 0 }

// choose takes a free port for the internal port x. Parity is given up only when
// the class has no other port left, and the class when it is full.
func (p ports) choose(x uint16, b *Behaviour, random *rand.Rand) (uint16, bool) {
	c := p.classOf(x)
	if b.RangeIgnored {
		c = p.last()
	}
	start := p.start(x, c, b, random)
	if p.parity && !b.ParityIgnored {
		if port, ok := p.search(c, start+(start^int(x))&1, 2); ok {
			return port, true
		}
	}
	if port, ok := p.search(c, start, 1); ok {
		return port, true
	}
	return p.search(p.last(), p.last().first, 1)
}

// start returns the first port of c to try.
func (p ports) start(x uint16, c class, b *Behaviour, random *rand.Rand) int {
	switch b.Ports {
	case PortSequential:
		if latest, given := p.latest[c]; given {
			return int(latest) + 1
		}
		return c.begin
	case PortRandom:
		return c.first + random.IntN(c.size)
	case PortNext:
		return c.first + ((int(x)-c.first)%c.size+c.size)%c.size
	default:
		if c.holds(x) && !p.taken(x) {
			return int(x)
		}
		return c.first + random.IntN(c.size)
	}
}

// search takes the first free port of a class from start on, in steps of 1 or 2,
// and around.
func (s *stock) search(c class, start, step int) (uint16, bool) {
	start = c.first + (start-c.first)%c.size
	among := ^uint64(0)
	if step == 2 {
		among = 0x5555555555555555 << (start & 1)
	}
	port, ok := s.free(start, c.first+c.size, among)
	if !ok {
		port, ok = s.free(c.first, start, among)
	}
	if ok {
		s.take(port)
		s.latest[c] = port
	}
	return port, ok
}

// free returns the first free port of from up to, and not including, to. Of each
// 64 ports, only those that are set in among count.
func (s *stock) free(from, to int, among uint64) (uint16, bool) {
	for ; from < to; from = from&^63 + 64 {
		if free := ^s.used[from/64] & among & (^uint64(0) << (from % 64)); free != 0 {
			port := from&^63 + bits.TrailingZeros64(free)
			return uint16(port), port < to
		}
	}
	return 0, false
}
