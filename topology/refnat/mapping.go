package refnat

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// A Mapping is a dynamic mapping, for inspection.
type Mapping struct {
	Internal, External netip.AddrPort
	// Expires is when it ends if no further packet comes.
	Expires time.Time
	// Remotes are the endpoints that it was used to contact, sorted.
	Remotes []netip.AddrPort
}

// Mappings returns a copy of the dynamic mappings that are alive at now, sorted
// by internal and then by external endpoint.
func (t *Table) Mappings(now time.Time) []Mapping {
	t.expire(now)
	list := make([]Mapping, 0, len(t.mappings))
	for _, m := range t.mappings {
		list = append(list, Mapping{
			Internal: m.internal,
			External: m.external,
			Expires:  t.expiry(m),
			Remotes:  slices.SortedFunc(maps.Keys(m.remotes), netip.AddrPort.Compare),
		})
	}
	slices.SortFunc(list, func(a, b Mapping) int {
		return cmp.Or(a.Internal.Compare(b.Internal), a.External.Compare(b.External))
	})
	return list
}

// A key selects a mapping: an internal endpoint, and what of the remote one the
// mapping behaviour depends on.
type key struct {
	internal, remote netip.AddrPort
}

// A mapping ties an internal endpoint to an external one.
type mapping struct {
	internal, external netip.AddrPort
	// permanent mappings come from the configuration and have no filter.
	permanent bool
	key       key
	remotes   map[netip.AddrPort]struct{}
	addresses map[netip.Addr]struct{}
	timer     timer
}

// An endpoint is an internal endpoint with its dynamic mappings.
type endpoint struct {
	mappings []*mapping
	// first is the first destination that was not a hairpin.
	first netip.AddrPort
	// collided: its own port was held by another endpoint.
	collided bool
	// refused counts the other endpoints of its port that held one it would
	// have been given.
	refused int
}

// A host is an inside host with its place in the pool.
type host struct {
	endpoints int
	// place is its address's index in the pool, turn counts its mappings so
	// far: Arbitrary pooling moves on with each.
	place, turn int
}

// outward returns the mapping for what x sends to y, made if needed and its
// timer restarted; nil if no port is free.
func (t *Table) outward(x, y netip.AddrPort, now time.Time) *mapping {
	if m := t.permanent(x); m != nil {
		return m
	}
	k := t.key(x, y)
	m := t.mappings[k]
	fresh := m == nil
	if fresh {
		if m = t.create(k, y); m == nil {
			return nil
		}
	}
	if e := t.endpoints[x]; !e.first.IsValid() && !t.own[y.Addr()] {
		e.first = y
	}
	m.remotes[y] = struct{}{}
	m.addresses[y.Addr()] = struct{}{}
	t.sentLast(m)
	t.sent(m, y, fresh, now)
	return m
}

// permanent returns what the configuration says about an internal endpoint.
func (t *Table) permanent(x netip.AddrPort) *mapping {
	if m := t.forwards[x]; m != nil {
		return m
	}
	if addr, ok := t.staticOut[x.Addr()]; ok {
		return &mapping{internal: x, external: netip.AddrPortFrom(addr, x.Port()), permanent: true}
	}
	return nil
}

// inward returns the mapping of an external endpoint, nil if there is none.
func (t *Table) inward(x1 netip.AddrPort) *mapping {
	if holders := t.external[x1]; len(holders) > 0 {
		return holders[len(holders)-1]
	}
	if addr, ok := t.staticIn[x1.Addr()]; ok {
		return &mapping{internal: netip.AddrPortFrom(addr, x1.Port()), external: x1, permanent: true}
	}
	return nil
}

// existing returns the mapping that x uses toward y, without making one. Where
// there is none toward y, it is any of x's: a filter that is laxer than the
// mapping lets packets in that x has no mapping of its own for.
func (t *Table) existing(x, y netip.AddrPort) *mapping {
	if m := t.permanent(x); m != nil {
		return m
	}
	if m := t.mappings[t.key(x, y)]; m != nil {
		return m
	}
	if e := t.endpoints[x]; e != nil {
		return e.mappings[0]
	}
	return nil
}

// key returns what selects the mapping for what x sends to y.
func (t *Table) key(x, y netip.AddrPort) key {
	if t.cfg.Behaviour.Translation != NAPT {
		return key{internal: x}
	}
	depends := t.cfg.Behaviour.Mapping
	e, faults := t.endpoints[x], t.cfg.Faults
	if e == nil || !e.first.IsValid() || t.own[y.Addr()] {
		return key{x, depends.of(y)}
	}
	byAddress := faults.MappingByAddress || faults.MappingByAddressAfterCollision && e.collided ||
		faults.MappingByAddressAfterTwoCollisions && e.refused > 1
	if byAddress && e.first.Addr() != y.Addr() {
		depends = max(depends, AddressDependent)
	}
	if faults.MappingByPort && e.first.Port() != y.Port() {
		depends = AddressAndPortDependent
	}
	return key{x, depends.of(y)}
}

// create makes a mapping, nil if no port is free.
func (t *Table) create(k key, y netip.AddrPort) *mapping {
	x1, collided, ok := t.assign(k.internal, y)
	if !ok {
		t.forget(k.internal.Addr())
		return nil
	}
	m := &mapping{
		internal:  k.internal,
		external:  x1,
		key:       k,
		remotes:   map[netip.AddrPort]struct{}{},
		addresses: map[netip.Addr]struct{}{},
		timer:     timer{place: -1},
	}
	t.mappings[k] = m
	t.external[x1] = append(t.external[x1], m)
	e := t.endpoints[m.internal]
	if e == nil {
		e = &endpoint{}
		t.endpoints[m.internal] = e
		t.host(m.internal.Addr()).endpoints++
	}
	e.mappings = append(e.mappings, m)
	e.collided = e.collided || collided
	if collided {
		e.refused = t.sharers(m.internal)
	}
	return m
}

// sharers counts the endpoints of other hosts with the same port.
func (t *Table) sharers(x netip.AddrPort) int {
	n := 0
	for other := range t.endpoints {
		if other.Port() == x.Port() && other != x {
			n++
		}
	}
	return n
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

// sentLast gives what comes in for a shared external endpoint to m.
func (t *Table) sentLast(m *mapping) {
	if holders := t.external[m.external]; len(holders) > 1 {
		i := slices.Index(holders, m)
		t.external[m.external] = append(slices.Delete(holders, i, i+1), m)
	}
}

// remove ends a dynamic mapping.
func (t *Table) remove(m *mapping) {
	t.deadlines.remove(m)
	delete(t.mappings, m.key)
	if holders := t.external[m.external]; len(holders) > 1 {
		i := slices.Index(holders, m)
		t.external[m.external] = slices.Delete(holders, i, i+1)
	} else {
		delete(t.external, m.external)
		if p := t.ports[m.external.Addr()]; p != nil {
			p.release(m.external.Port())
		}
	}
	e := t.endpoints[m.internal]
	i := slices.Index(e.mappings, m)
	e.mappings = slices.Delete(e.mappings, i, i+1)
	if len(e.mappings) > 0 {
		return
	}
	delete(t.endpoints, m.internal)
	t.hosts[m.internal.Addr()].endpoints--
	t.forget(m.internal.Addr())
}

// forget drops the state of an inside host that has no mappings.
func (t *Table) forget(addr netip.Addr) {
	if h := t.hosts[addr]; h != nil && h.endpoints == 0 {
		delete(t.hosts, addr)
	}
}
