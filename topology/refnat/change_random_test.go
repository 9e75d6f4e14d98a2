package refnat

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// Whatever the order of packets and changes is, no state is left that the
// configuration does not explain, and none is missing.
func TestChangeInAnyOrder(t *testing.T) {
	pair := Pair{netip.MustParseAddr("10.0.0.4"), netip.MustParseAddr("203.0.113.3")}
	configs := [][]func(*Config){
		{},
		{addressed("203.0.113.2")},
		{addressed("203.0.113.1", "203.0.113.2", "203.0.113.3")},
		{forwarding("203.0.113.1:1001", "10.0.0.2:1000")},
		{forwarding("203.0.113.1:1001", "10.0.0.3:1000"), forwarding("203.0.113.1:1000", "10.0.0.2:1002")},
		{addressed("203.0.113.2"), forwarding("203.0.113.2:1001", "10.0.0.2:1000")},
		{addressed("203.0.113.1", "203.0.113.3"), func(c *Config) { c.Static = []Pair{pair} }},
		{behaving(Behaviour{PortRange: PortRange{1000, 1001}})},
		{addressed("203.0.113.2"), behaving(Behaviour{PortRange: PortRange{2000, 2001}})},
	}
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 0))
		l := newLab(t, configs[random.IntN(len(configs))]...)
		for range 80 {
			host, port := 2+random.IntN(3), 1000+random.IntN(3)
			switch random.IntN(6) {
			case 0:
				l.change(configs[random.IntN(len(configs))]...)
			case 1:
				l.idle(time.Duration(random.IntN(200)) * time.Second)
			case 2:
				l.send(Outside, udp(y1, fmt.Sprintf("203.0.113.%d:%d", host-1, port)))
			default:
				l.send(Inside, udp(fmt.Sprintf("10.0.0.%d:%d", host, port), y1))
			}
			l.table.Tick(l.now)
			if err := consistent(l.table); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}
}

// consistent says what is wrong with a table's state.
func consistent(t *Table) error {
	held := map[packet.Endpoint]*mapping{}
	for _, m := range t.mappings {
		if t.contradicts(m) {
			return fmt.Errorf("%v at %v, which the configuration has no room for", m.internal, m.external)
		}
		held[m.external] = m
	}
	for _, f := range t.cfg.Forwards {
		held[f.external()] = t.forwards[packet.Endpoint{Protocol: f.Protocol, AddrPort: f.Inside}]
	}
	if len(held) != len(t.mappings)+len(t.cfg.Forwards) || len(t.forwards) != len(t.cfg.Forwards) {
		return fmt.Errorf("%d external endpoints for %d mappings and %d forwards",
			len(held), len(t.mappings), len(t.cfg.Forwards))
	}
	if len(t.external) != len(held) || len(t.ports) != 3*len(t.pool) {
		return fmt.Errorf("%d of %d external endpoints held, %d sets of ports for %d addresses",
			len(t.external), len(held), len(t.ports), len(t.pool))
	}
	for x1, m := range held {
		if holders := t.external[indexOf(x1)]; m == nil || len(holders) != 1 || holders[0] != m {
			return fmt.Errorf("%v is held by %d", x1, len(holders))
		}
	}
	for of, p := range t.ports {
		taken := -1 // port 0, which nobody has
		for _, word := range p.used {
			taken += bits.OnesCount64(word)
		}
		for x1 := range held {
			if t.poolOf(x1) != of {
				continue
			}
			if taken--; !p.taken(x1.Port()) {
				return fmt.Errorf("the port of %v is free", x1)
			}
		}
		if taken != 0 {
			return fmt.Errorf("%d ports of %v are taken by nobody", taken, of.Addr)
		}
	}
	for addr, h := range t.hosts {
		count := 0
		for x := range t.endpoints {
			if x.endpoint().Addr() == addr {
				count++
			}
		}
		if count != h.endpoints || count == 0 {
			return fmt.Errorf("%v has %d endpoints, and is said to have %d", addr, count, h.endpoints)
		}
	}
	return nil
}
