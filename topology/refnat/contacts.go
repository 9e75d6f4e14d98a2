package refnat

import (
	"iter"
	"net/netip"
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// Contacts are the remote endpoints that a mapping was used toward. Most mappings have one
// or two, and two maps for these would be most of what a full table takes.
type contacts struct {
	few []packet.Endpoint // nil once there are many
	// many is nil as long as they are few, and addresses counts those of many by address.
	many      map[packet.Endpoint]struct{}
	addresses map[netip.Addr]int
}

// fewContacts is how many are looked through one by one.
const fewContacts = 8

func (c *contacts) has(y packet.Endpoint) bool {
	if c.many == nil {
		return slices.Contains(c.few, y)
	}
	_, known := c.many[y]
	return known
}

// hasAddr reports whether one of them has this address.
func (c *contacts) hasAddr(addr netip.Addr) bool {
	if c.many == nil {
		return slices.ContainsFunc(c.few, func(y packet.Endpoint) bool { return y.Addr() == addr })
	}
	return c.addresses[addr] > 0
}

// addrs returns the addresses that they have, each once.
func (c *contacts) addrs() iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for addr := range c.addresses {
			if !yield(addr) {
				return
			}
		}
		for i, y := range c.few {
			first := !slices.ContainsFunc(c.few[:i], func(o packet.Endpoint) bool { return o.Addr() == y.Addr() })
			if first && !yield(y.Addr()) {
				return
			}
		}
	}
}

func (c *contacts) len() int { return len(c.few) + len(c.many) }

func (c *contacts) all() iter.Seq[packet.Endpoint] {
	return func(yield func(packet.Endpoint) bool) {
		for y := range c.many {
			if !yield(y) {
				return
			}
		}
		for _, y := range c.few {
			if !yield(y) {
				return
			}
		}
	}
}

func (c *contacts) add(y packet.Endpoint) {
	switch {
	case c.has(y):
		return
	case c.many == nil && len(c.few) < fewContacts:
		c.few = append(c.few, y)
		return
	case c.many == nil:
		c.many, c.addresses = map[packet.Endpoint]struct{}{}, map[netip.Addr]int{}
		for _, old := range c.few {
			c.count(old)
		}
		c.few = nil
	}
	c.count(y)
}

func (c *contacts) count(y packet.Endpoint) {
	c.many[y] = struct{}{}
	c.addresses[y.Addr()]++
}

func (c *contacts) remove(y packet.Endpoint) {
	if c.many == nil {
		c.few = slices.DeleteFunc(c.few, func(o packet.Endpoint) bool { return o == y })
		return
	}
	if !c.has(y) {
		return
	}
	delete(c.many, y)
	if c.addresses[y.Addr()]--; c.addresses[y.Addr()] == 0 {
		delete(c.addresses, y.Addr())
	}
}
