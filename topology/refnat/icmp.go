package refnat

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

const (
	icmpHeader   = 8
	icmpChecksum = 2
	// largestQuote keeps an error within 576 bytes, RFC 1812, Section 4.3.2.3.
	largestQuote = 576 - ipHeader - icmpHeader
	ownTTL       = 64
)

// obstacle stands for the checks of a router before it sends a packet on. It
// returns true if the packet must not be, and what the sender is told.
func (t *Table) obstacle(d *datagram, to Side) ([]Packet, bool) {
	mtu := t.mtu(to)
	switch {
	case d.TTL <= 1:
		return t.tell(d, layers.CreateICMPv4TypeCode(layers.ICMPv4TypeTimeExceeded,
			layers.ICMPv4CodeTTLExceeded), 0), true
	case d.largest <= mtu:
		return nil, false
	case d.dontFragment():
		if t.cfg.Faults.SilentWhenTooBig && d.from == Inside {
			return nil, true
		}
		return t.tell(d, layers.CreateICMPv4TypeCode(layers.ICMPv4TypeDestinationUnreachable,
			layers.ICMPv4CodeFragmentationNeeded), uint16(mtu)), true
	}
	return nil, t.cfg.Faults.NoFragmentation
}

// complain tells the sender that its packet cannot be delivered, and why.
func (t *Table) complain(d *datagram, code uint8) []Packet {
	return t.tell(d, layers.CreateICMPv4TypeCode(layers.ICMPv4TypeDestinationUnreachable, code), 0)
}

// tell sends an ICMP error about a packet to its sender, with the next hop's MTU
// where the error has one (RFC 1191). There are none about ICMP, RFC 1122,
// Section 3.2.2: it may be an error itself.
func (t *Table) tell(d *datagram, code layers.ICMPv4TypeCode, mtu uint16) []Packet {
	if d.Protocol == layers.IPProtocolICMPv4 {
		return nil
	}
	source := t.cfg.InsideAddr
	if d.from == Outside {
		source = t.cfg.External[0]
	}
	t.packetID++
	ip := &layers.IPv4{
		Version: 4, Id: t.packetID, TTL: ownTTL, Protocol: layers.IPProtocolICMPv4,
		SrcIP: source.AsSlice(), DstIP: d.src.AsSlice(),
	}
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	quote := gopacket.Payload(d.data[:min(len(d.data), largestQuote)])
	// The MTU is in the half of the second word that echoes keep a sequence
	// number in.
	err := gopacket.SerializeLayers(buffer, options, ip, &layers.ICMPv4{TypeCode: code, Seq: mtu}, quote)
	if err != nil {
		panic(err) // Every field above is of a fixed size.
	}
	return []Packet{{d.from, buffer.Bytes()}}
}

// An icmpError is an ICMP error about a UDP packet.
type icmpError struct {
	code layers.ICMPv4TypeCode
	// transport is where in the quoted packet the UDP header is, which is all
	// that is sure to be quoted of UDP. src and dst are its endpoints.
	transport int
	src, dst  netip.AddrPort
}

// readError reads the error in d, and reports false if it is none, or if it is
// broken (RFC 5508, REQ-3).
func readError(d *datagram) (icmpError, bool) {
	var e icmpError
	if len(d.Payload) < icmpHeader+ipHeader || !valid(d.Payload) {
		return e, false
	}
	e.code = layers.CreateICMPv4TypeCode(d.Payload[0], d.Payload[1])
	switch e.code.Type() {
	case layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4TypeSourceQuench, layers.ICMPv4TypeRedirect,
		layers.ICMPv4TypeTimeExceeded, layers.ICMPv4TypeParameterProblem:
	default:
		return e, false
	}
	data := d.Payload[icmpHeader:]
	length := int(data[0]&0xf) * 4
	if data[0]>>4 != 4 || length < ipHeader || len(data) < length+udpHeader || !valid(data[:length]) {
		return e, false
	}
	if layers.IPProtocol(data[9]) != layers.IPProtocolUDP || binary.BigEndian.Uint16(data[ipFlags:])&offsetBits != 0 {
		return e, false
	}
	e.src = portAt(addrAt(data, ipSource), data[length:], udpSource)
	e.dst = portAt(addrAt(data, ipDest), data[length:], udpDest)
	e.transport = length
	return e, true
}

// forwardError returns a copy of the error in d and of its quote, to rewrite.
func (d *datagram) forwardError(e icmpError) (outer, quote header) {
	outer = d.forward()
	return outer, header{outer.data[len(d.Contents)+icmpHeader:], e.transport}
}

// errorIn translates an ICMP error about a packet that a mapping sent. Whoever
// reports it is as good as another, REQ-12a, and the mapping's timer and filter
// have no part in it, REQ-12.
func (t *Table) errorIn(d *datagram, now time.Time) []Packet {
	e, ok := readError(d)
	if !ok || d.dst != e.src.Addr() {
		return nil
	}
	m := t.inward(e.src)
	if m == nil {
		return nil
	}
	if t.cfg.Faults.ICMPEndsMapping && !m.permanent {
		defer t.remove(m)
	}
	if !t.relays(d, e) {
		return nil
	}
	if _, stop := t.obstacle(d, Inside); stop {
		return nil
	}
	outer, quote := d.forwardError(e)
	outer.setAddr(ipDest, m.internal.Addr())
	quote.setAddr(ipSource, m.internal.Addr())
	if !t.cfg.Faults.QuotePortKept {
		quote.setPort(udpSource, m.internal.Port())
	}
	seal(outer.data[len(d.Contents):], icmpChecksum)
	return t.emit(d, outer, Inside)
}

// relays reports whether an error from outside is let in, as all are unless a
// fault says otherwise, but for redirects: they are advice of the link they came
// on, RFC 1812, Section 5.2.7.2, and no router sends them on.
func (t *Table) relays(d *datagram, e icmpError) bool {
	if e.code.Type() == layers.ICMPv4TypeRedirect {
		return false
	}
	if t.cfg.Faults.ICMPFilteredBySource && d.src != e.dst.Addr() {
		return false
	}
	if t.cfg.Faults.OnlyPortUnreachable && e.code.Type() == layers.ICMPv4TypeDestinationUnreachable {
		return e.code.Code() == layers.ICMPv4CodePort
	}
	return true
}

// errorOut translates an ICMP error from the inside about a packet that a
// mapping let in, or that was hairpinned.
func (t *Table) errorOut(d *datagram) []Packet {
	e, ok := readError(d)
	if !ok || d.dst != e.src.Addr() || e.code.Type() == layers.ICMPv4TypeRedirect {
		return nil
	}
	m := t.existing(e.dst, e.src)
	if m == nil {
		return nil
	}
	to := Outside
	var sender *mapping
	if t.own[d.dst] {
		to, sender = Inside, t.inward(e.src)
		if sender == nil || t.cfg.Behaviour.Hairpin == HairpinNone {
			return nil
		}
	}
	if _, stop := t.obstacle(d, to); stop {
		return nil
	}
	outer, quote := d.forwardError(e)
	outer.setAddr(ipSource, t.errorSource(d.src, m))
	quote.setDest(m.external)
	if sender != nil {
		outer.setAddr(ipDest, sender.internal.Addr())
		quote.setSource(sender.internal)
	}
	seal(outer.data[len(d.Contents):], icmpChecksum)
	return t.emit(d, outer, to)
}

// errorSource returns the address from which an error of an inside host leaves:
// that of the mapping it is about if it is the host's own, otherwise the host's
// static one or the NAT's (RFC 5508, REQ-5c).
func (t *Table) errorSource(from netip.Addr, m *mapping) netip.Addr {
	if from == m.internal.Addr() {
		return m.external.Addr()
	}
	if addr, ok := t.staticOut[from]; ok {
		return addr
	}
	if t.cfg.Behaviour.Translation == NoTranslation {
		return from
	}
	return t.cfg.External[0]
}
