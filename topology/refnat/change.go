package refnat

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// Change makes cfg the table's configuration while it translates: other external
// addresses, static pairs, forwards, ports or timers. What kind of translation it is
// and whether protocols share mappings cannot change, and the seed has no effect any
// more.
//
// A dynamic mapping lives on unless cfg leaves no room for it: its external
// address or port is no longer one, its inside address is none any more, or cfg says
// otherwise of one of its endpoints. The next packet from the inside then makes a new one. No
// session of a forward or of a pair outlives it, since they are nothing but what cfg says. The
// table is as it was if cfg is refused.
func (t *Table) Change(cfg Config) error {
	cfg, err := cfg.complete(t.protocols)
	if err == nil && cfg.Behaviour.Translation != t.cfg.Behaviour.Translation {
		err = errors.New("the kind of translation cannot change")
	}
	if err == nil && cfg.Behaviour.SharedMappings != t.cfg.Behaviour.SharedMappings {
		err = errors.New("whether protocols share mappings cannot change")
	}
	if err != nil {
		return fmt.Errorf("refnat: changing the configuration: %w", err)
	}
	before := t.cfg
	t.cfg = t.changed.wanted(before, cfg)
	t.instruct()
	t.changed.over(t, before)
	t.dropPolicy()
	t.endStale(before)
	t.addPolicy()
	t.changed.after(t, before)
	t.settleHosts()
	for _, m := range t.mappings {
		t.agenda.set(&m.alarm, m.life.end()) // a timer that is shorter now ends it earlier
	}
	return nil
}

// dropPolicy takes away what addPolicy has set up, but for the ports that dynamic
// mappings have.
func (t *Table) dropPolicy() {
	for _, m := range t.forwards {
		t.unhold(m)
	}
	clear(t.forwards)
	clear(t.staticOut)
	clear(t.staticIn)
	clear(t.own)
	t.pool = nil
}

// unhold takes a mapping from its external endpoint, which is free for others if
// nobody shares it.
func (t *Table) unhold(m *mapping) {
	held := indexOf(m.external)
	holders := t.external[held]
	i := slices.Index(holders, m)
	if i < 0 {
		return
	}
	if len(holders) > 1 {
		t.external[held] = slices.Delete(holders, i, i+1)
		return
	}
	delete(t.external, held)
	t.release(m.external)
}

// endStale ends the dynamic mappings that the configuration leaves no room for,
// and forgets the ports of addresses that are no longer external.
func (t *Table) endStale(before Config) {
	if t.cfg.Behaviour.Translation != NAPT {
		return // a mapping is no more than a hole in a filter
	}
	for _, m := range slices.Collect(maps.Values(t.mappings)) {
		if t.contradicts(m) && !t.changed.keeps(t, m) || t.changed.ends(t, m, before) {
			t.remove(m)
		}
	}
	for p := range t.ports {
		if !t.cfg.maps(p.Addr) {
			delete(t.ports, p)
		}
	}
}

// contradicts reports whether a dynamic mapping could not have come about.
func (t *Table) contradicts(m *mapping) bool {
	c := t.cfg
	source, chosen := c.sourceOf(m.internal.Addr())
	if t.behindSecond(m.internal.Addr()) {
		source, chosen = c.Second, true
	}
	return !c.maps(m.external.Addr()) || !c.Inside.Contains(m.internal.Addr()) ||
		!c.Behaviour.PortRange.holds(m.external.Port()) ||
		chosen && source != m.external.Addr() ||
		slices.ContainsFunc(c.Static, func(p Pair) bool { return p.Inside == m.internal.Addr() }) ||
		slices.ContainsFunc(c.Forwards, func(f Forward) bool {
			return f.Protocol == m.internal.Protocol &&
				(f.Inside == m.internal.AddrPort || f.External == m.external.AddrPort)
		})
}

// maps reports whether an address is one for dynamic mappings.
func (c Config) maps(addr netip.Addr) bool {
	chosen := slices.ContainsFunc(c.Sources, func(s Source) bool { return s.External == addr })
	return !c.tied(addr) && (chosen || addr == c.Second || slices.Contains(c.External, addr))
}

// settleHosts gives each host the place in the pool that its mappings have, which
// may be another pool now.
func (t *Table) settleHosts() {
	for _, e := range t.endpoints {
		m := e.mappings[0]
		if i := slices.Index(t.pool, m.external.Addr()); i >= 0 {
			t.hosts[m.internal.Addr()].place = i
		}
	}
}
