package refnat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// A Carrier is how a NAT shares itself out among subscribers, which are its inside
// addresses (RFC 6888). Its zero value sets no limits.
type Carrier struct {
	// Ports bounds the external ports of each protocol, or the query identifiers, that a
	// subscriber has (REQ-4). UDPPorts, TCPPorts and Identifiers do so for one protocol.
	Ports, UDPPorts, TCPPorts, Identifiers int
	// Sessions bounds the sessions that a subscriber begins, and MappingSessions those by
	// one mapping (REQ-5).
	Sessions, MappingSessions int
	// MappingRate and SessionRate bound how many mappings and sessions it begins in a
	// second, after as many at once (REQ-4c, REQ-5b).
	MappingRate, SessionRate int
	// Quarantine is how long a port stays unused after its mapping has ended, and
	// QuarantinedPorts how many of an address and protocol may be at a time, zero for any
	// number (REQ-8). TCP's ports, those of blocks and those that only their peers reach
	// are spared.
	Quarantine       time.Duration
	QuarantinedPorts int
	// PortBlock gives each address of the inside so many ports of each protocol for
	// itself, from port 1024 or the beginning of PortRange on. In the order of the inside's,
	// the external addresses take turns.
	PortBlock int
	// Bypass are destinations toward which the NAT is a router (REQ-6).
	Bypass []Destination
}

// A Destination is the endpoints of a prefix, or of any address for its zero value, with
// one port, or any for 0.
type Destination struct {
	To   netip.Prefix
	Port uint16
}

func (d Destination) holds(y packet.Endpoint) bool {
	return (!d.To.IsValid() || d.To.Contains(y.Addr())) && (d.Port == 0 || d.Port == y.Port())
}

func (c Carrier) check() error {
	if min(c.Ports, c.UDPPorts, c.TCPPorts, c.Identifiers, c.Sessions, c.MappingSessions, c.MappingRate, c.SessionRate,
		c.QuarantinedPorts, c.PortBlock) < 0 || c.Quarantine < 0 {
		return errors.New("a limit of subscribers is negative")
	}
	return nil
}

// shares reports whether the NAT has limits for subscribers.
func (c Carrier) shares() bool {
	return max(c.Ports, c.UDPPorts, c.TCPPorts, c.Identifiers, c.Sessions, c.MappingSessions, c.MappingRate,
		c.SessionRate) > 0
}

// portsOf is how many ports of a protocol a subscriber may have, 0 for any number.
func (c Carrier) portsOf(p packet.Protocol) int {
	own := map[packet.Protocol]int{packet.UDP: c.UDPPorts, packet.TCP: c.TCPPorts, packet.ICMP: c.Identifiers}[p]
	if own > 0 {
		return own
	}
	return c.Ports
}

// A subscriber is what is remembered of one beside its mappings.
type subscriber struct {
	mappings, sessions allowance
	// begun are the mappings that it has ever had, by protocol, and fanned the sessions, for a
	// fault. So are the packets that were refused, by protocol.
	begun, refused map[packet.Protocol]int
	fanned         int
}

// exceeds reports whether what x sends to y is more than its subscriber may have. m is the
// mapping that x has for it, nil if it needs one.
func (t *Table) exceeds(x packet.Endpoint, m *mapping, y packet.Endpoint) bool {
	c := t.behaviour(x.Protocol).Carrier
	if !c.shares() {
		return false
	}
	if m != nil && m.remotes.has(y) {
		return false
	}
	full := func(limit, held int) bool { return limit > 0 && held >= limit }
	if most := c.portsOf(x.Protocol); most > 0 || c.Sessions > 0 {
		ports, sessions := t.heldBy(x, y)
		if m == nil && full(most, ports) && !t.evicts(x) || full(c.Sessions, sessions) {
			t.subscriber(x).refused[x.Protocol]++
			return true
		}
	}
	if m != nil && full(c.MappingSessions, m.remotes.len()) {
		return true
	}
	s := t.subscriber(x)
	f := t.faults(x.Protocol)
	if m == nil && c.MappingRate > 0 && !f.mappingRate().allows(&s.mappings, t.now, c.MappingRate) ||
		c.SessionRate > 0 && !f.sessionRate().allows(&s.sessions, t.now, c.SessionRate) {
		return true
	}
	if m == nil {
		s.begun[x.Protocol]++
	}
	s.fanned++
	return false
}

// heldBy counts the external ports of x's protocol that x's subscriber has, and its
// sessions of every protocol, when it sends to y.
func (t *Table) heldBy(x, y packet.Endpoint) (ports, sessions int) {
	held := map[packet.Endpoint]bool{}
	for m := range t.countedFor(x) {
		sessions += t.sessionsOf(m, y)
		if (m.internal.Protocol == x.Protocol || t.faults(x.Protocol).LimitOverProtocols) && !t.elsewhere(m, y) {
			held[m.external] = true
		}
	}
	return t.miscounted(x, len(held), sessions)
}

func (t *Table) subscriber(x packet.Endpoint) *subscriber {
	key := x.Addr()
	if t.faults(x.Protocol).RateShared {
		key = netip.Addr{}
	}
	s := t.subscribers[key]
	if s == nil {
		s = &subscriber{begun: map[packet.Protocol]int{}, refused: map[packet.Protocol]int{}}
		t.subscribers[key] = s
	}
	return s
}

// refuse tells the sender of a packet that it gets no mapping: by RFC 6888, REQ-11, where
// subscribers have limits, and by RFC 5508, REQ-8, elsewhere.
func (t *Table) refuse(d *datagram) []Packet {
	code := uint8(layers.ICMPv4CodeCommAdminProhibited)
	if t.cfg.Behaviour.shares() {
		code = t.faults(d.Protocol).refusal(layers.ICMPv4CodeHost)
		if t.untold(d) {
			return nil
		}
	}
	return follow(t.complain(d, code), t.passesExcess(d))
}

// bypassed reports whether a packet is between the inside and a destination that is
// reached without translation.
func (t *Table) bypassed(d *datagram) bool {
	if len(t.cfg.Behaviour.Bypass) == 0 {
		return false
	}
	y := d.remote()
	if d.from == Outside && !t.cfg.host(d.dst()) || t.cfg.Faults.unbypassed(d) ||
		t.unbypassedFor(d) {
		return false
	}
	for _, one := range t.behaviourOf(d.Protocol).Bypass {
		if one.holds(y) {
			return true
		}
	}
	return false
}

// remote is the outside end of the session that a packet is of, or an error is about.
func (d *datagram) remote() packet.Endpoint {
	about, outward := &d.Packet, d.from == Inside
	if quote := d.Quote(); quote != nil {
		about, outward = quote, !outward
	}
	if outward {
		return about.DestinationEndpoint()
	}
	return about.SourceEndpoint()
}

// behaviourOf is behaviour for a protocol that may be none of those translated.
func (t *Table) behaviourOf(p packet.Protocol) *Behaviour {
	if t.protocols.of(p) == nil {
		return &t.cfg.Behaviour
	}
	return t.behaviour(p)
}

// detain keeps a port from being given out again for as long as it is to be in
// quarantine, and reports whether it is.
func (t *Table) detain(x1 packet.Endpoint) bool {
	b := t.behaviour(x1.Protocol)
	p, known := t.ports[t.poolOf(x1)]
	spared := x1.Protocol == packet.TCP || b.PortBlock > 0 || t.cfg.Behaviour.of(x1.Protocol).Filtering > 0
	if b.Quarantine == 0 || !known || spared || b.QuarantinedPorts > 0 && p.detained >= b.QuarantinedPorts {
		return false
	}
	p.detained++
	t.agenda.at(t.now.Add(b.Quarantine), func(time.Time) []Packet {
		p.detained--
		p.release(x1.Port())
		return nil
	})
	return true
}

// firstBlock is the port where blocks begin: what is below are well-known ports.
const firstBlock = 1024

// block returns the ports, and the identifiers, of a subscriber's own, all if there are no
// blocks.
func (t *Table) block(x packet.Endpoint) PortRange {
	b := t.behaviour(x.Protocol)
	if b.PortBlock == 0 {
		return PortRange{}
	}
	first := firstBlock
	if b.PortRange != (PortRange{}) {
		first = int(b.PortRange.First)
	}
	first += t.blockNumber(x) / len(t.pool) * b.PortBlock
	last := first + b.PortBlock - 1
	if t.faults(x.Protocol).BlocksOverflow {
		last += b.PortBlock
	}
	return PortRange{uint16(first), uint16(last)}
}

// placeIn is the place of an address in its subnet.
func placeIn(subnet netip.Prefix, addr netip.Addr) int {
	first, own := subnet.Masked().Addr().As4(), addr.As4()
	return int(binary.BigEndian.Uint32(own[:]) - binary.BigEndian.Uint32(first[:]))
}

// choose takes a port for x.
func (t *Table) choose(p ports, x packet.Endpoint) (uint16, bool) {
	if port, ok := t.had(x); ok {
		return port, true
	}
	b := t.behaviour(x.Protocol)
	for {
		port, ok := p.choose(x.Port(), b, t.rand)
		if !ok || !t.faults(x.Protocol).wastes(b.PortRange, port) {
			return port, ok
		}
	}
}

// checkCarrier returns what is wrong with the limits, and whether there is room for a
// block of ports of each address.
func (c Config) checkCarrier() error {
	b := c.Behaviour
	if err := b.Carrier.check(); err != nil || b.PortBlock == 0 {
		return err
	}
	all := 65536 - firstBlock
	if b.PortRange != (PortRange{}) {
		all = int(b.PortRange.Last) - int(b.PortRange.First) + 1
	}
	hosts, pool := 1<<(32-c.Inside.Bits()), 0
	for _, addr := range c.External {
		if c.maps(addr) {
			pool++
		}
	}
	switch {
	case len(c.Sources) > 0:
		return errors.New("blocks of ports have addresses by turns, and not by sources")
	case pool == 0 || b.PortBlock%2 != 0 || (hosts+pool-1)/pool*b.PortBlock > all:
		return fmt.Errorf("a block of %d ports for each of %d addresses: they are odd, or more than %d of %d external "+
			"addresses", b.PortBlock, hosts, all, pool)
	}
	return nil
}
