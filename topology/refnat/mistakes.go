package refnat

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// What the faults do stands here, behind functions that change nothing in a NAT
// without any, so that the rest reads as a sound NAT.

// behaviour returns b with the faults that are other behaviours turned into
// them, so that only the rest need code of their own.
func (f Faults) behaviour(b Behaviour) Behaviour {
	if f.PoolingArbitrary {
		b.Pooling = Arbitrary
	}
	if f.FilteringByAddressAndPort {
		b.Filtering = AddressAndPortDependent
	}
	switch {
	case f.NoHairpin:
		b.Hairpin = HairpinNone
	case f.HairpinInternalSource:
		b.Hairpin = HairpinInternalSource
	}
	b.RangeIgnored = b.RangeIgnored || f.RangeClassIgnored
	b = f.CarrierFaults.behaviour(f.SettingFaults.behaviour(f.ProtocolFaults.behaviour(b)))
	if f.RejectedRefresh || f.ErrorsAdmit {
		b.Filtering = max(b.Filtering, AddressDependent)
	}
	return f.QueryFaults.behaviour(f.tcpTimers(f.TCPOpeningFaults.behaviour(f.UDPFaults.behaviour(b))))
}

// mapping returns how a mapping toward y depends on it, for an endpoint that has
// others.
func (f CommonFaults) mapping(depends Dependence, e *endpoint, y packet.Endpoint) Dependence {
	byAddress := f.MappingByAddress || f.MappingByAddressAfterCollision && e.collided ||
		f.MappingByAddressAfterTwoCollisions && e.refused > 1
	if byAddress && e.first.Addr() != y.Addr() {
		depends = max(depends, AddressDependent)
	}
	if f.MappingByPort && e.first.Port() != y.Port() {
		depends = AddressAndPortDependent
	}
	return depends
}

func (f CommonFaults) filtering(depends Dependence, e *endpoint) Dependence {
	if f.FilteringChangesAfterCollision && e.collided {
		return AddressAndPortDependent
	}
	return depends
}

// overloads reports whether x is to share the external endpoint that it wants.
func (t *Table) overloads(wanted, x, y packet.Endpoint) bool {
	f := t.faults(x.Protocol)
	shares := f.PortOverloading || f.sharesIdentifier(x)
	return shares && slices.ContainsFunc(t.external[indexOf(wanted)], func(m *mapping) bool {
		e := t.endpoints[indexOf(m.internal)]
		return e != nil && m.internal.Port() == x.Port() && e.first == y
	})
}

// misassigned returns the port that x is to get in place of its own, which is taken.
func (t *Table) misassigned(p ports, x packet.Endpoint) (uint16, bool) {
	f, b, own := t.faults(x.Protocol), t.behaviour(x.Protocol), x.Port()
	if !p.taken(own) {
		return f.meddles(t, p, x)
	}
	p.collisions++
	switch {
	case f.NextPortWhenCrowded && p.collisions > crowdedPorts:
		return p.search(p.classOf(own), int(own), 1)
	case f.RangeClassLowered:
		free := t.rand.IntN(wellKnown.size-wellKnown.begin) &^ 1
		return p.search(wellKnown, wellKnown.begin+free+int(own)&1, 2)
	case f.ParityIgnored, f.ParityOfLowPortsIgnored && wellKnown.holds(own):
		c := p.classOf(own)
		start := p.start(own, c, b, t.rand)
		return p.search(c, start^start&1|int(own)&1^1, 2)
	}
	return 0, false
}

// remember notes whom x has sent to.
func (t *Table) remember(x, y packet.Endpoint) {
	if t.faults(x.Protocol).IdleIsRemapped {
		t.wrong.spoke[x] = t.now
	}
	if t.faults(x.Protocol).StaticFiltered {
		t.answers[session{x, y}] = true
	}
}

// closed reports whether a mapping of the configuration lets nothing in from y.
func (t *Table) closed(m *mapping, y packet.Endpoint) bool {
	f := t.faults(m.internal.Protocol)
	if t.forwards[m.internal] == m {
		return f.ForwardOnlyInside
	}
	if f.WebAnswersDropped && !m.permanent && y.Port() == 80 {
		return true
	}
	return m.permanent && f.StaticFiltered && !t.answers[session{m.internal, y}]
}

// parts reports whether what x sends may not come back to its own host.
func (f CommonFaults) parts(x packet.Endpoint, to *mapping) bool {
	return f.HairpinOnlyBetweenHosts && to.internal.Addr() == x.Addr()
}

// spoil does to a packet's data what a NAT must not, one with a gateway for FTP or without.
func (f Faults) spoil(d *datagram, e packet.Edit, m *mapping, ftp bool) {
	if f.ChecksumFilled {
		e.FillUDPChecksum()
	}
	f.gatewayOut(d, e, m, ftp)
	if f.PayloadRewritten {
		inside, outside := m.internal.Addr().AsSlice(), m.external.Addr().AsSlice()
		e.SetSegment(len(d.Segment)-len(d.Payload), bytes.ReplaceAll(d.Payload, inside, outside))
	}
}

// leak returns the translated packets, and the original after them.
func (t *Table) leak(d *datagram, packets []Packet) []Packet {
	if t.faults(d.Protocol).PrivateLeak && !d.reassembled() && len(packets) == 1 {
		return append(packets, t.emit(d, d.forward(), Outside)...)
	}
	return packets
}

// ignored reports whether an error from outside is not let in.
func (f ICMPFaults) ignored(d *datagram, about *packet.Packet) bool {
	if f.ICMPFilteredBySource && d.src() != about.Destination.Addr() {
		return true
	}
	return f.OnlyPortUnreachable && d.ICMP.Type == layers.ICMPv4TypeDestinationUnreachable &&
		d.ICMP.Code != layers.ICMPv4CodePort
}

// blamed is told of the mapping that an error is about, and of who has sent it.
func (t *Table) blamed(m *mapping, by netip.Addr, now time.Time) {
	f := t.faults(m.internal.Protocol)
	if f.InboundErrorsRefresh {
		t.refresh(m, now)
	}
	if f.ErrorsTakeTime && m.internal.Protocol == packet.TCP && !m.permanent {
		t.refresh(m, now.Add(-takenTime))
		t.agenda.set(&m.alarm, m.life.end())
	}
	if f.ErrorsAdmit && m.internal.Protocol == packet.UDP && !m.permanent {
		m.remotes.add(packet.Endpoint{Protocol: packet.UDP, AddrPort: netip.AddrPortFrom(by, 0)})
	}
	if t.faults(m.internal.Protocol).ICMPEndsMapping && !m.permanent {
		t.remove(m)
	}
}

// restore writes the internal endpoint into what an error from outside quotes.
func (f ICMPFaults) restore(quote packet.Edit, m *mapping) {
	quote.SetSourceAddr(m.internal.Addr())
	if !f.QuotePortKept {
		quote.SetSourcePort(m.internal.Port())
	}
}

// silent reports whether a packet that does not fit is dropped without a word.
func (f FragmentFaults) silent(d *datagram) bool {
	switch inbound := d.from == Outside; {
	case d.DontFragment && inbound:
		return f.InboundTooBigInSilence
	case d.DontFragment:
		return f.SilentWhenTooBig
	case inbound:
		return f.InboundNotFragmented
	}
	return f.NoFragmentation
}

// disorder turns the fragments of what came whole around.
func (f FragmentFaults) disorder(packets []Packet, d *datagram, mtu int) {
	if f.FragmentsReversed && d.largest > mtu {
		slices.Reverse(packets)
	}
}

// exhaustedAt is how many packets FragmentsExhaust holds.
const exhaustedAt = 64

// refuses reports whether a fragment is dropped at once. Its packet is p, nil if
// it is the first of it, and waiting packets are not complete.
func (f FragmentFaults) refuses(offset int, p *partial, waiting int) bool {
	if p == nil {
		return f.OrderedFragmentsOnly && offset > 0 || f.FragmentsExhaust && waiting >= exhaustedAt
	}
	return f.OrderedFragmentsOnly && offset != p.held
}

// tooMany reports whether a packet may not have another fragment.
func (f FragmentFaults) tooMany(p *partial) bool { return f.FragmentsLimited && len(p.pieces) == 2 }

// What the faults of UDP's timers give.
const (
	shortLifetime        = 30 * time.Second
	singleLifetime       = 60 * time.Second
	shortDefaultLifetime = 200 * time.Second
	cutLifetime          = 10 * time.Second
)

// behaviour returns b complete, with the lifetimes that the faults give.
func (f UDPFaults) behaviour(b Behaviour) Behaviour {
	b.NoOutboundRefresh = b.NoOutboundRefresh || f.NoOutboundRefresh
	if f.TimerKnobIgnored {
		b.Lifetime = 0
	}
	if b.Lifetime == 0 {
		b.Lifetime = defaultLifetime
		if f.ShortDefaultTimer {
			b.Lifetime = shortDefaultLifetime
		}
	}
	if b.UnrepliedLifetime == 0 {
		b.UnrepliedLifetime = b.Lifetime
	}
	if f.ShortUnrepliedTimer {
		b.UnrepliedLifetime = min(b.UnrepliedLifetime, shortLifetime)
	}
	return b
}

// udpMistakes are what the faults have done to a udpLife.
type udpMistakes struct {
	// uses counts the packets sent.
	uses int
	// first is the first peer.
	first packet.Endpoint
	// hasty: the mapping has a short life for what it is.
	hasty bool
	// taken counts the packets that came in, and peers are those that were sent to; returning:
	// the endpoint has had another mapping before.
	taken     int
	peers     *contacts
	returning bool
	// leaked: the mapping has fallen to ShortTimerLeak.
	leaked bool
	// own are the NAT's external addresses.
	own map[netip.Addr]bool
	// cut: the life that was left was limited to end at cutAt.
	cut   bool
	cutAt time.Time
	// old is when the mapping is too old to live, zero if it never is.
	old time.Time
}

func (w *udpMistakes) sent(f UDPFaults, y packet.Endpoint) {
	w.uses++
	w.leaked = w.leaked || f.ShortTimerLeak && y.Port() < 1024
	w.cut = false
}

func (w *udpMistakes) received(f UDPFaults, idle time.Duration, now time.Time) {
	w.taken++
	if f.InboundShortens && idle >= time.Second {
		w.cut, w.cutAt = true, now.Add(cutLifetime)
	}
}

// lifetime returns how long the ordinary timer runs.
func (w *udpMistakes) lifetime(rules *protocol, sound time.Duration) time.Duration {
	sound = w.kindly(rules.faults.KindFaults, sound)
	switch {
	case w.leaked:
		return shortLifetime
	case w.hasty, rules.faults.ShortOfSignalling && w.first.Port() == signalling:
		return min(hastyLifetime, sound)
	case rules.faults.ShortSingleTimer && w.uses == 1:
		return min(singleLifetime, rules.behaviour.Lifetime)
	case w.uses == 1:
		return rules.faults.single(sound)
	}
	return sound
}

func (w *udpMistakes) end(sound time.Time) time.Time {
	if w.cut && w.cutAt.Before(sound) {
		return w.cutAt
	}
	if !w.old.IsZero() && w.old.Before(sound) {
		return w.old
	}
	return sound
}
