package refnat

import (
	"math/rand/v2"
	"net/netip"
)

// assign chooses the external endpoint for a new mapping of x toward y. It says
// whether another endpoint held the port that x wanted, and false if no port is
// free.
func (t *Table) assign(x, y netip.AddrPort) (x1 netip.AddrPort, collided, ok bool) {
	if t.cfg.Behaviour.Translation != NAPT {
		return x, false, true
	}
	if len(t.pool) == 0 {
		return x1, false, false
	}
	addr := t.address(x.Addr())
	wanted := netip.AddrPortFrom(addr, x.Port())
	if t.cfg.Faults.PortOverloading && t.overloads(wanted, x, y) {
		return wanted, false, true
	}
	p := t.ports[addr]
	if t.cfg.Faults.RangeClassLowered && p.taken(x.Port()) {
		if port, ok := p.search(wellKnown, 512+int(x.Port())&1, 2); ok {
			return netip.AddrPortFrom(addr, port), true, true
		}
	}
	port, ok := p.choose(x.Port(), t.cfg.Behaviour, t.rand)
	if ok && t.cfg.Behaviour.Ports == PortPreserving && port != x.Port() {
		holder := t.inward(wanted)
		collided = holder != nil && holder.internal != x
	}
	return netip.AddrPortFrom(addr, port), collided, ok
}

// address chooses the external address for a new mapping of a host.
func (t *Table) address(inside netip.Addr) netip.Addr {
	h := t.host(inside)
	place := h.place
	switch t.cfg.Behaviour.Pooling {
	case Arbitrary:
		place += h.turn
		h.turn++
	case PoolRandom:
		place = t.rand.IntN(len(t.pool))
	}
	return t.pool[place%len(t.pool)]
}

// overloads reports whether an endpoint of the same port that has sent to y
// first holds the wanted external endpoint.
func (t *Table) overloads(wanted, x, y netip.AddrPort) bool {
	for _, m := range t.external[wanted] {
		if e := t.endpoints[m.internal]; e != nil && m.internal.Port() == x.Port() && e.first == y {
			return true
		}
	}
	return false
}

// ports are the UDP ports of an external address.
type ports struct {
	used [65536 / 64]uint64
	// last is the port that PortSequential gave last, in either class.
	last map[class]uint16
}

// A class is a range of ports that a mapping keeps to, RFC 4787, Section 4.2.1:
// the well-known ports, or the rest. Both hold an even number of ports and begin
// at an even one, so that parity survives the way around.
type class struct {
	first, size int
}

var (
	wellKnown = class{0, 1024}
	others    = class{1024, 65536 - 1024}
)

func classOf(port uint16) class {
	if int(port) < wellKnown.size {
		return wellKnown
	}
	return others
}

func newPorts() *ports {
	p := &ports{last: map[class]uint16{wellKnown: 511, others: 1023}}
	p.take(0) // UDP's port zero means that there is none.
	return p
}

func (p *ports) take(port uint16)       { p.used[port/64] |= 1 << (port % 64) }
func (p *ports) release(port uint16)    { p.used[port/64] &^= 1 << (port % 64) }
func (p *ports) taken(port uint16) bool { return p.used[port/64]&(1<<(port%64)) != 0 }

// choose takes a free port for the internal port x. Parity is given up only when
// the class has no other port left, and the well-known class when it is full.
func (p *ports) choose(x uint16, b Behaviour, random *rand.Rand) (uint16, bool) {
	c := classOf(x)
	if b.RangeIgnored {
		c = others
	}
	start := p.start(x, c, b, random)
	if !b.ParityIgnored {
		if port, ok := p.search(c, start+(start^int(x))&1, 2); ok {
			return port, true
		}
	}
	if port, ok := p.search(c, start, 1); ok {
		return port, true
	}
	return p.search(others, others.first, 1)
}

// start returns the first port of c to try.
func (p *ports) start(x uint16, c class, b Behaviour, random *rand.Rand) int {
	switch b.Ports {
	case PortSequential:
		return int(p.last[c]) + 1
	case PortRandom:
		return c.first + random.IntN(c.size)
	default:
		return c.first + (int(x)-c.first+c.size)%c.size
	}
}

// search takes the first free port of a class from start on, in steps, and
// around.
func (p *ports) search(c class, start, step int) (uint16, bool) {
	for i := 0; i < c.size; i += step {
		port := uint16(c.first + (start-c.first+i)%c.size)
		if !p.taken(port) {
			p.take(port)
			p.last[c] = port
			return port, true
		}
	}
	return 0, false
}
