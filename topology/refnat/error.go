package refnat

import (
	"net/netip"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// largestQuote keeps an error within 576 bytes, RFC 1812, Section 4.3.2.3.
const largestQuote = 576 - 20 - 8

// obstacle stands for the checks of a router before it sends a packet on. It
// returns true if the packet must not be, and what the sender is told.
func (t *Table) obstacle(d *datagram, to Side) ([]Packet, bool) {
	mtu := t.mtu(to)
	switch {
	case d.TTL <= 1 && t.cfg.Faults.TTLExpiredInSilence && d.Protocol == packet.UDP:
		return nil, true
	case d.TTL <= 1:
		return t.tell(d, layers.ICMPv4TypeTimeExceeded, layers.ICMPv4CodeTTLExceeded, 0), true
	case d.largest <= mtu:
		return nil, false
	case t.faults(d.Protocol).silent(d):
		return nil, true
	case d.DontFragment:
		return t.tell(d, layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4CodeFragmentationNeeded, mtu), true
	}
	return nil, false
}

// complain tells the sender that its packet cannot be delivered, and why.
func (t *Table) complain(d *datagram, code uint8) []Packet {
	return t.tell(d, layers.ICMPv4TypeDestinationUnreachable, code, 0)
}

// tell sends an ICMP error about a packet to its sender, with the next hop's MTU
// where the error has one (RFC 1191), unless it has sent too many. There are none about
// ICMP but for queries, RFC 1122, Section 3.2.2: it may be an error itself.
func (t *Table) tell(d *datagram, kind, code uint8, mtu int) []Packet {
	if d.Protocol == packet.ICMP && (d.ICMP == nil || !d.ICMP.Query) {
		return nil
	}
	mtu, ok := t.cfg.Faults.tells(d, kind, code, mtu)
	if !ok || t.tired(d, kind, code) || t.quiet(d.from) {
		return nil
	}
	if !t.errors.take(t.now, errorsAtOnce, errorsPerSecond) && !t.cfg.Faults.ErrorsUnlimited {
		return nil
	}
	return t.say(d, kind, code, mtu)
}

// say makes an ICMP error, of the class of the packet that it is about (RFC 5508,
// Section 7.7).
func (t *Table) say(d *datagram, kind, code uint8, mtu int) []Packet {
	const ecn = 3
	source := t.cfg.InsideAddr
	switch {
	case d.from == Inside:
	case t.owns(d.Protocol, d.dst()):
		source = d.dst() // who was called answers
	default:
		source = t.cfg.External[0]
	}
	head := packet.Header{
		Source: source, Destination: d.src(), Protocol: packet.ICMP, ID: t.ownID(source, d.src()),
		TrafficClass: d.TrafficClass &^ ecn,
	}
	if t.cfg.Faults.ErrorsOfNoClass {
		head.TrafficClass = 0
	}
	return []Packet{{d.from, must(head.Packet(packet.ICMPSegment(kind, code, uint32(mtu), d.quote())))}}
}

// quote is what an error repeats of a packet.
func (d *datagram) quote() []byte { return d.Data[:min(len(d.Data), largestQuote)] }

// quoted returns the packet that the ICMP error in d is about, and false if that
// is of no translated protocol, or if the error is broken (RFC 5508, REQ-3: the
// checksums of the error and of the quoted IP header count, that of the quoted
// transport does not).
func (t *Table) quoted(d *datagram) (*packet.Packet, bool) {
	quote := d.Quote()
	if quote == nil || t.cfg.Faults.refusesDamage(d, quote) {
		return nil, false
	}
	return quote, t.protocols.of(quote.Protocol) != nil && numbered(quote)
}

// forwardError returns a copy of the error in d and of its quote, to rewrite.
func (d *datagram) forwardError() (outer, quote packet.Edit) {
	outer = d.forward()
	quote, _ = outer.Quote() // it was read before
	return outer, quote
}

// errorIn translates an ICMP error about a packet that a mapping sent. Whoever
// reports it is as good as another, REQ-12a, and the mapping's timer and filter
// have no part in it, REQ-12.
func (t *Table) errorIn(d *datagram, now time.Time) []Packet {
	about, ok := t.quoted(d)
	if !ok || d.dst() != about.Source.Addr() {
		t.baffled()
		return nil
	}
	m := t.inward(about.SourceEndpoint())
	if m == nil {
		m = t.guessed(about)
	}
	if m == nil {
		return nil
	}
	defer t.blamed(m, d.src(), now)
	f := t.faults(about.Protocol)
	if !t.relays(d, about) || f.refusesError(d.ICMP, about, m) {
		return nil
	}
	if _, stop := t.obstacle(d, Inside); stop || t.tires(d) || t.shunned(d, about, m) {
		return nil
	}
	outer, quote := d.forwardError()
	outer.SetDestinationAddr(m.internal.Addr())
	f.restore(quote, m)
	t.unidentify(about, quote)
	if h := t.hiding.byClient[session{m.internal, about.DestinationEndpoint()}]; h != nil {
		quote.SetDestination(h.as.AddrPort)
	}
	m.blamed = true
	f.distort(d, about, outer, quote, t.cfg.InsideAddr.AsSlice())
	f.sumAll(about, outer, quote)
	f.alter(Outside, about, quote)
	f.clamp(d, outer)
	outer.SealICMP()
	return t.emit(d, outer, Inside)
}

// relays reports whether an error from outside is let in, as all are but for
// redirects: they are advice of the link they came on, RFC 1812, Section 5.2.7.2,
// and no router sends them on.
func (t *Table) relays(d *datagram, about *packet.Packet) bool {
	return d.ICMP.Type != layers.ICMPv4TypeRedirect && !t.faults(about.Protocol).ignored(d, about) &&
		!t.faults(about.Protocol).filtersError(d.ICMP, about)
}

// errorOut translates an ICMP error from the inside about a packet that a
// mapping let in, or that was hairpinned.
func (t *Table) errorOut(d *datagram, now time.Time) []Packet {
	about, ok := t.quoted(d)
	if !ok || d.dst() != about.Source.Addr() || d.ICMP.Type == layers.ICMPv4TypeRedirect {
		return nil
	}
	y, found := t.revealed(about.DestinationEndpoint(), about.SourceEndpoint())
	m := t.existing(about.DestinationEndpoint(), y)
	if m == nil {
		return t.unplaced(d, about)
	}
	if !found && d.dst() == t.cfg.InsideAddr {
		return nil
	}
	defer t.complained(m, now)
	to := Outside
	var sender *mapping
	if t.owns(d.Protocol, d.dst()) {
		to, sender = Inside, t.inward(about.SourceEndpoint())
		if sender == nil || t.behaviour(about.Protocol).Hairpin == HairpinNone ||
			t.faults(about.Protocol).HairpinErrorsDropped {
			return nil
		}
	}
	shunned := sender == nil && (t.cfg.Faults.TooBigKeptFromPeers && isTooBig(d.ICMP) || t.shunned(d, about, m)) ||
		sender != nil && t.shunnedTurning(d, m, sender)
	again := sender == nil && m.complained
	if _, stop := t.obstacle(d, to); stop || t.tires(d) || shunned || again && t.cfg.Faults.OutwardErrorsOnce {
		return nil
	}
	m.complained = true
	outer, quote := d.forwardError()
	outer.SetSourceAddr(t.errorSource(d.src(), m))
	quote.SetDestination(m.external.AddrPort)
	t.unidentify(about, quote)
	if found {
		outer.SetDestinationAddr(y.Addr())
		quote.SetSource(y.AddrPort)
	}
	if sender != nil {
		outer.SetDestinationAddr(sender.internal.Addr())
		quote.SetSource(sender.internal.AddrPort)
	}
	t.cfg.Faults.distortOut(about, outer, quote, sender != nil)
	t.cfg.Faults.alter(Inside, about, quote)
	t.cfg.Faults.clamp(d, outer)
	outer.SealICMP()
	return t.emit(d, outer, to)
}

// errorSource returns the address from which an error of an inside host leaves:
// that of the mapping it is about if it is the host's own, otherwise the host's
// static one or the NAT's (RFC 5508, REQ-5c).
func (t *Table) errorSource(from netip.Addr, m *mapping) netip.Addr {
	if from == m.internal.Addr() {
		return m.external.Addr()
	}
	if addr, ok := t.staticOut[from]; ok && !t.cfg.Faults.RouterPairIgnored {
		return addr
	}
	if t.cfg.Faults.RouterErrorsLeak {
		return from
	}
	if t.cfg.Behaviour.Translation == NoTranslation {
		return from
	}
	return t.cfg.External[0]
}
