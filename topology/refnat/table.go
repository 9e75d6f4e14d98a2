package refnat

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// A Side is a link of the NAT.
type Side int

const (
	Inside Side = iota
	Outside
)

// A session is an internal endpoint and a remote one.
type session struct{ internal, remote netip.AddrPort }

// A Packet is an IP packet that leaves the NAT, and the side on which it does.
type Packet struct {
	Side Side
	Data []byte
}

// A Table is a NAT. It is not safe for use by several goroutines, and the time
// it is given must not run backwards.
type Table struct {
	cfg  Config
	rand *rand.Rand
	// mappings holds the dynamic mappings by what of a session selects them.
	mappings map[key]*mapping
	// external holds every mapping by its external endpoint, with whoever
	// sent last at the end. Only PortOverloading makes it more than one.
	external map[netip.AddrPort][]*mapping
	// endpoints and hosts hold those that have mappings at present.
	endpoints map[netip.AddrPort]*endpoint
	hosts     map[netip.Addr]*host
	// forwards holds the permanent mappings by internal endpoint, staticOut
	// and staticIn the pairs by inside and by external address.
	forwards            map[netip.AddrPort]*mapping
	staticOut, staticIn map[netip.Addr]netip.Addr
	// pool is the addresses for dynamic mappings, ports their ports, and own
	// every external address there is.
	pool      []netip.Addr
	ports     map[netip.Addr]*ports
	own       map[netip.Addr]bool
	nextHost  int
	deadlines deadlines
	// answers are the sessions that StaticFiltered lets answers in for.
	answers   map[session]bool
	fragments *reassembler
	packetID  uint16
}

// New returns an empty table, or says what is wrong with cfg.
func New(cfg Config) (*Table, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, fmt.Errorf("refnat: configuration: %w", err)
	}
	t := &Table{
		cfg:       cfg,
		rand:      rand.New(rand.NewPCG(cfg.Seed, 0)),
		mappings:  map[key]*mapping{},
		external:  map[netip.AddrPort][]*mapping{},
		endpoints: map[netip.AddrPort]*endpoint{},
		hosts:     map[netip.Addr]*host{},
		forwards:  map[netip.AddrPort]*mapping{},
		staticOut: map[netip.Addr]netip.Addr{},
		staticIn:  map[netip.Addr]netip.Addr{},
		ports:     map[netip.Addr]*ports{},
		own:       map[netip.Addr]bool{},
		answers:   map[session]bool{},
		fragments: newReassembler(cfg.Faults),
	}
	t.packetID = uint16(t.rand.Uint32())
	t.addPolicy()
	return t, nil
}

// addPolicy sets up what does not depend on traffic.
func (t *Table) addPolicy() {
	for _, pair := range t.cfg.Static {
		t.staticOut[pair.Inside] = pair.External
		t.staticIn[pair.External] = pair.Inside
		t.own[pair.External] = true
	}
	for _, addr := range t.cfg.External {
		t.own[addr] = true
		if _, tied := t.staticIn[addr]; !tied {
			t.pool = append(t.pool, addr)
			t.ports[addr] = newPorts()
		}
	}
	for _, forward := range t.cfg.Forwards {
		m := &mapping{internal: forward.Inside, external: forward.External, permanent: true}
		t.forwards[m.internal] = m
		t.external[m.external] = []*mapping{m}
		t.own[m.external.Addr()] = true
		if p := t.ports[m.external.Addr()]; p != nil {
			p.take(m.external.Port())
		}
	}
}

// Outbound takes a packet that arrived on the inside, and returns what leaves.
// The packet is neither modified nor retained.
func (t *Table) Outbound(packet []byte, now time.Time) []Packet {
	d := t.receive(Inside, packet, now)
	if d == nil {
		return nil
	}
	switch {
	case t.cfg.Behaviour.BlockUDP && d.Protocol == layers.IPProtocolUDP:
		return nil
	case t.cfg.Behaviour.Translation == Transparent && !t.own[d.dst]:
		return t.route(d, Outside)
	case d.Protocol == layers.IPProtocolUDP:
		return t.sendOut(d, now)
	case d.Protocol == layers.IPProtocolICMPv4:
		return t.errorOut(d)
	}
	return nil
}

// Inbound takes a packet that arrived on the outside, and returns what leaves.
// The packet is neither modified nor retained.
func (t *Table) Inbound(packet []byte, now time.Time) []Packet {
	d := t.receive(Outside, packet, now)
	if d == nil {
		return nil
	}
	switch {
	case t.cfg.Behaviour.BlockUDP && d.Protocol == layers.IPProtocolUDP:
		return nil
	case t.cfg.Behaviour.Translation == Transparent && !t.own[d.dst]:
		return t.route(d, Inside)
	case d.Protocol == layers.IPProtocolUDP:
		return t.sendIn(d, now)
	case d.Protocol == layers.IPProtocolICMPv4:
		return t.errorIn(d, now)
	}
	return nil
}

// receive returns the packet to work on, nil if there is none (yet).
func (t *Table) receive(from Side, packet []byte, now time.Time) *datagram {
	t.expire(now)
	d, ok := parse(from, packet)
	if !ok || !t.concerns(d) {
		return nil
	}
	if d.fragmented() {
		return t.fragments.add(d, now)
	}
	return d
}

// concerns reports whether a packet's addresses are such that it can pass the
// NAT at all.
func (t *Table) concerns(d *datagram) bool {
	if d.from == Inside {
		return t.cfg.host(d.src) && unicast(d.dst) && !t.cfg.Inside.Contains(d.dst)
	}
	// No packet from outside may have an inside or an external address for its
	// source: it would pass for one that was hairpinned.
	if !unicast(d.src) || t.cfg.Inside.Contains(d.src) || t.own[d.src] {
		return false
	}
	return t.own[d.dst] || t.cfg.Behaviour.Translation != NAPT && t.cfg.host(d.dst)
}

// sendOut translates UDP from the inside.
func (t *Table) sendOut(d *datagram, now time.Time) []Packet {
	x, y, ok := d.endpoints()
	if !ok {
		return nil
	}
	if t.own[y.Addr()] {
		return t.hairpin(d, x, y, now)
	}
	if reply, stop := t.obstacle(d, Outside); stop {
		return reply
	}
	m := t.outward(x, y, now)
	if m == nil {
		return t.complain(d, layers.ICMPv4CodeCommAdminProhibited)
	}
	if t.cfg.Faults.StaticFiltered {
		t.answers[session{x, y}] = true
	}
	h := d.forward()
	if t.cfg.Faults.ChecksumFilled {
		h.fillChecksum()
	}
	if t.cfg.Faults.PayloadRewritten {
		h.rewritePayload(x.Addr(), m.external.Addr())
	}
	h.setSource(m.external)
	packets := t.emit(d, h, Outside)
	if t.cfg.Faults.PrivateLeak && d.largest == len(d.data) && len(packets) == 1 {
		packets = append(packets, t.emit(d, d.forward(), Outside)...)
	}
	return packets
}

// sendIn translates UDP from the outside.
func (t *Table) sendIn(d *datagram, now time.Time) []Packet {
	y, x1, ok := d.endpoints()
	if !ok {
		return nil
	}
	m := t.inward(x1)
	if m == nil || !t.admits(m, y) || t.closed(m, y) {
		return nil
	}
	if reply, stop := t.obstacle(d, Inside); stop {
		return reply
	}
	t.received(m, y, now)
	h := d.forward()
	h.setDest(m.internal)
	return t.emit(d, h, Inside)
}

// closed reports whether a fault closes a mapping of the configuration to the
// outside.
func (t *Table) closed(m *mapping, y netip.AddrPort) bool {
	if t.forwards[m.internal] == m {
		return t.cfg.Faults.ForwardOnlyInside
	}
	return m.permanent && t.cfg.Faults.StaticFiltered && !t.answers[session{m.internal, y}]
}

// hairpin turns UDP from the inside around that is for an external endpoint.
// To the receiver's filter, the sender is its external endpoint.
func (t *Table) hairpin(d *datagram, x, y netip.AddrPort, now time.Time) []Packet {
	to := t.inward(y)
	if to == nil || t.cfg.Behaviour.Hairpin == HairpinNone {
		return nil
	}
	if t.cfg.Faults.HairpinOnlyBetweenHosts && to.internal.Addr() == x.Addr() {
		return nil
	}
	if reply, stop := t.obstacle(d, Inside); stop {
		return reply
	}
	from := t.outward(x, y, now)
	if from == nil {
		return t.complain(d, layers.ICMPv4CodeCommAdminProhibited)
	}
	if !t.admits(to, from.external) {
		return nil
	}
	t.received(to, from.external, now)
	h := d.forward()
	if t.cfg.Behaviour.Hairpin == HairpinExternalSource {
		h.setSource(from.external)
	}
	h.setDest(to.internal)
	return t.emit(d, h, Inside)
}

// route forwards as a plain router does.
func (t *Table) route(d *datagram, to Side) []Packet {
	if reply, stop := t.obstacle(d, to); stop {
		return reply
	}
	return t.emit(d, d.forward(), to)
}

func (t *Table) mtu(side Side) int {
	if side == Inside {
		return t.cfg.InsideMTU
	}
	return t.cfg.OutsideMTU
}
