package refnat

import (
	"net/netip"
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// ChangeFaults are in what becomes of flows and forwards when the configuration
// changes under way.
type ChangeFaults struct {
	// NewFlowsFromOldAddress maps endpoints that are new after an address was lost
	// to that one.
	NewFlowsFromOldAddress bool `breaks:"practice.change-address-new"`
	// OldFlowsFromOldAddress keeps sending from a lost address what had a mapping
	// there, and hears nothing at it.
	OldFlowsFromOldAddress bool `breaks:"practice.change-address-flow"`
	// OldAddressLetsIn lets what comes to a mapping at a lost address in to whoever had it.
	OldAddressLetsIn bool `breaks:"practice.change-address-old"`
	// OldForwardLetsIn lets what comes to a forward at a lost address in to whoever had it.
	OldForwardLetsIn bool `breaks:"practice.change-forward-old"`
	// ChangeEndsFlows ends every dynamic mapping when a forward changes.
	ChangeEndsFlows bool `breaks:"practice.change-others"`
	// AddedForwardLater serves a forward for an endpoint that never had one not
	// before the next change.
	AddedForwardLater bool `breaks:"practice.change-forward-added"`
	// AlteredForwardKept leads a forward that is altered to its first host still.
	AlteredForwardKept bool `breaks:"practice.change-forward-altered"`
	// AlteredForwardAnswers lets the first host of an altered forward leave from its
	// external endpoint still, whoever gets what comes in there.
	AlteredForwardAnswers bool `breaks:"practice.change-forward-altered-live"`
	// RemovedForwardKept serves a forward that was taken away.
	RemovedForwardKept bool `breaks:"practice.change-forward-removed"`
	// RemovedForwardTaken never gives an endpoint whose forward was taken away
	// another one.
	RemovedForwardTaken bool `breaks:"practice.change-forward-again"`
	// OldSessionsMoved leads the sessions of an inside that was renumbered to the new
	// addresses of the same last numbers.
	OldSessionsMoved bool `breaks:"translation.inside-renumbered" touches:"udp tcp icmp"`
	// OldEndpointsTaken drops what the new addresses of an inside that was renumbered send
	// from the ports of sessions that the old ones have had.
	OldEndpointsTaken bool `breaks:"translation.inside-renumbered" touches:"udp tcp icmp"`
}

// changes are what the faults remember of the configurations so far.
type changes struct {
	// asked and removed are the external endpoints that ever had a forward, and
	// those that lost it.
	asked, removed map[packet.Endpoint]bool
	// lost is the address that was lost last, and known the endpoints that had
	// mappings then.
	lost  netip.Addr
	known map[packet.Endpoint]bool
	// left are the mappings at lost addresses that still let in.
	left map[packet.Endpoint]*mapping
	// taken are the endpoints of a renumbered inside that get no mappings.
	taken map[packet.Endpoint]bool
}

func newChanges(c Config) changes {
	made := changes{
		asked: map[packet.Endpoint]bool{}, removed: map[packet.Endpoint]bool{},
		known: map[packet.Endpoint]bool{}, left: map[packet.Endpoint]*mapping{},
		taken: map[packet.Endpoint]bool{},
	}
	made.ask(c)
	return made
}

func (c *changes) ask(cfg Config) {
	for _, f := range cfg.Forwards {
		c.asked[f.external()] = true
	}
}

func (f Forward) external() packet.Endpoint {
	return packet.Endpoint{Protocol: f.Protocol, AddrPort: f.External}
}

// forwardAt returns the forward of an external endpoint, and whether there is one.
func (c Config) forwardAt(x1 packet.Endpoint) (Forward, bool) {
	i := slices.IndexFunc(c.Forwards, func(f Forward) bool { return f.external() == x1 })
	if i < 0 {
		return Forward{}, false
	}
	return c.Forwards[i], true
}

// wanted returns the configuration that takes effect when another is asked for.
func (c *changes) wanted(before, cfg Config) Config {
	forwards := slices.Clone(cfg.Forwards)
	for i, f := range forwards {
		if old, ok := before.forwardAt(f.external()); ok && cfg.Faults.of(f.Protocol).AlteredForwardKept {
			forwards[i] = old
		}
	}
	forwards = slices.DeleteFunc(forwards, func(f Forward) bool {
		faults := cfg.Faults.of(f.Protocol)
		return faults.AddedForwardLater && !c.asked[f.external()] ||
			faults.RemovedForwardTaken && c.removed[f.external()]
	})
	for _, f := range before.Forwards {
		if _, ok := cfg.forwardAt(f.external()); ok {
			continue
		}
		c.removed[f.external()] = true
		if cfg.Faults.of(f.Protocol).RemovedForwardKept && cfg.maps(f.External.Addr()) {
			forwards = append(forwards, f)
		}
	}
	c.ask(cfg)
	cfg.Forwards = forwards
	return cfg
}

// keeps reports whether a mapping that should end lives on.
func (c *changes) keeps(t *Table, m *mapping) bool {
	return t.faults(m.external.Protocol).OldFlowsFromOldAddress && !t.cfg.maps(m.external.Addr())
}

// ends reports whether a change ends a dynamic mapping that lives on.
func (c *changes) ends(t *Table, m *mapping, before Config) bool {
	return t.faults(m.external.Protocol).ChangeEndsFlows && !slices.Equal(before.Forwards, t.cfg.Forwards)
}

// over is told of the configuration whose time is over, before the mappings that
// go with it end.
func (c *changes) over(t *Table, before Config) {
	if before.Inside != t.cfg.Inside {
		for _, m := range t.mappings {
			c.move(t, m)
		}
	}
	for _, addr := range before.External {
		if !t.cfg.maps(addr) {
			c.lost = addr
		}
	}
	if !c.lost.IsValid() {
		return
	}
	for x := range t.endpoints {
		c.known[x.endpoint()] = true
	}
	leave := func(m *mapping) {
		if m.external.Addr() == c.lost {
			c.left[m.external] = &mapping{internal: m.internal, external: m.external, permanent: true}
		}
	}
	for _, m := range t.mappings {
		if t.faults(m.external.Protocol).OldAddressLetsIn {
			leave(m)
		}
	}
	for _, m := range t.forwards {
		if t.faults(m.external.Protocol).OldForwardLetsIn {
			leave(m)
		}
	}
}

// move does what is wrong with a mapping when the inside is renumbered.
func (c *changes) move(t *Table, m *mapping) {
	x := at(moved(m.internal.Addr(), t.cfg.Inside), m.internal.Protocol, m.internal.Port())
	c.taken[x] = t.faults(x.Protocol).OldEndpointsTaken
	if t.faults(x.Protocol).OldSessionsMoved {
		c.left[m.external] = &mapping{internal: x, external: m.external, permanent: true}
	}
}

// after does what is wrong with the new configuration.
func (c *changes) after(t *Table, before Config) {
	if c.lost.IsValid() && t.cfg.Faults.NewFlowsFromOldAddress {
		t.number(c.lost)
	}
	for _, old := range before.Forwards {
		now, ok := t.cfg.forwardAt(old.external())
		if ok && now.Inside != old.Inside && t.faults(old.Protocol).AlteredForwardAnswers {
			m := t.external[indexOf(old.external())][0]
			inside := packet.Endpoint{Protocol: old.Protocol, AddrPort: old.Inside}
			t.forwards[inside] = &mapping{internal: inside, external: m.external, permanent: true}
		}
	}
}

// holds reports whether an address that was lost is still the NAT's to the packets
// that have these faults.
func (c *changes) holds(f ChangeFaults, addr netip.Addr) bool {
	return addr == c.lost &&
		(f.NewFlowsFromOldAddress || len(c.left) > 0 && (f.OldAddressLetsIn || f.OldForwardLetsIn))
}

// source returns the external address for a new mapping of x, which is to have
// addr.
func (c *changes) source(f ChangeFaults, x packet.Endpoint, addr netip.Addr) netip.Addr {
	if f.NewFlowsFromOldAddress && c.lost.IsValid() && !c.known[x] {
		return c.lost
	}
	return addr
}

// moved is the address of a subnet whose last number is that of another address.
func moved(addr netip.Addr, subnet netip.Prefix) netip.Addr {
	number := subnet.Addr().As4()
	number[3] = addr.As4()[3]
	return netip.AddrFrom4(number)
}
