package refnat

import (
	"net/netip"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// ErrorKindFaults drop some ICMP errors, or change what they say, and leave others alone.
type ErrorKindFaults struct {
	// RareErrorsDropped lets no error in that is of exactly 576 bytes, has few hops left or no
	// ID, or quotes a packet with a rare header. Breaks REQ-4 of RFC 5508.
	RareErrorsDropped bool `breaks:"rfc5508.req-4-relay"`
	// OutwardRareErrorsDropped lets no such error out. Breaks REQ-5 a) of RFC 5508.
	OutwardRareErrorsDropped bool `breaks:"rfc5508.req-5a"`
	// OutwardKindsDropped lets no error out but Destination Unreachable of the first five
	// codes, Time Exceeded in transit and Parameter Problem of code 0. Breaks REQ-5 a) of
	// RFC 5508.
	OutwardKindsDropped bool `breaks:"rfc5508.req-5a"`
	// ErrorsForFirstHost lets no error in but for the host that was the first to have one.
	// Breaks REQ-4 of RFC 5508.
	ErrorsForFirstHost bool `breaks:"rfc5508.req-4-relay"`
	// ErrorsOfFirstHost lets no error out but about packets to the host that was the first to
	// be complained of. Breaks REQ-5 a) of RFC 5508.
	ErrorsOfFirstHost bool `breaks:"rfc5508.req-5a"`
	// ErrorsAboutEndsDropped lets no error in that is about a FIN. Breaks REQ-4 of RFC 5508.
	ErrorsAboutEndsDropped bool `breaks:"rfc5508.req-4-relay"`
	// OutwardErrorsAboutEndsDropped lets no error out that is about a FIN. Breaks REQ-5 a) of
	// RFC 5508.
	OutwardErrorsAboutEndsDropped bool `breaks:"rfc5508.req-5a"`
	// StaticErrorsOfUDPAlone relays errors about datagrams alone for static pairs and forwards.
	// Breaks REQ-4 of RFC 5508.
	StaticErrorsOfUDPAlone bool `breaks:"rfc5508.req-4-relay"`
	// StaticErrorsOfFewKinds relays no errors but Time Exceeded, and Port Unreachable about
	// datagrams, for static pairs and forwards. Breaks REQ-4 of RFC 5508, and REQ-12 b) of RFC 4787.
	StaticErrorsOfFewKinds bool `breaks:"rfc5508.req-4-relay rfc4787.req-12b"`
	// OutwardStaticErrorsOfOneKind lets no errors out about flows of static pairs and forwards
	// but Host Unreachable and Packet Too Big. Breaks REQ-5 a) of RFC 5508.
	OutwardStaticErrorsOfOneKind bool `breaks:"rfc5508.req-5a" blinds:"rfc5508.req-5c"`
	// OutwardStaticErrorsUnknown lets no errors out about flows of static pairs and forwards but
	// Packet Too Big. Breaks REQ-5 a) of RFC 5508.
	OutwardStaticErrorsUnknown bool `breaks:"rfc5508.req-5a" blinds:"rfc5508.req-5c"`
	// OutwardStaticTooBigDropped lets no Packet Too Big out about flows of static pairs and
	// forwards. Breaks Section 7.1.2 of RFC 5508.
	OutwardStaticTooBigDropped bool `breaks:"rfc5508.s7.1.2"`
	// HairpinErrorsOfOneKind turns no errors around but Host Unreachable. Breaks REQ-7 of RFC 5508.
	HairpinErrorsOfOneKind bool `breaks:"rfc5508.req-7-error"`
	// HairpinForwardErrorsDropped turns no errors around about what a forward or a pair turns
	// around. Breaks REQ-7 of RFC 5508.
	HairpinForwardErrorsDropped bool `breaks:"rfc5508.req-7-error"`
	// MTUClamped makes a next-hop MTU one of 576 to 1400 bytes. Breaks good practice.
	MTUClamped bool `breaks:"practice.icmp-word"`
}

// shunned reports whether an error about a packet of m is dropped for what it is.
func (t *Table) shunned(d *datagram, about *packet.Packet, m *mapping) bool {
	f, kind, code := t.cfg.Faults.ErrorKindFaults, d.ICMP.Type, d.ICMP.Code
	ends := about.TCP != nil && !about.TCP.Cut && about.TCP.Flags&packet.FIN != 0
	if d.from == Outside {
		return f.RareErrorsDropped && isRare(d, about) || f.ErrorsAboutEndsDropped && ends ||
			f.StaticErrorsOfUDPAlone && m.permanent && about.Protocol != packet.UDP ||
			f.StaticErrorsOfFewKinds && m.permanent && kind != layers.ICMPv4TypeTimeExceeded &&
				(about.Protocol != packet.UDP || code != layers.ICMPv4CodePort) ||
			f.ErrorsForFirstHost && t.firstBlamed[d.from].isLater(m.internal.Addr())
	}
	usual := kind == layers.ICMPv4TypeDestinationUnreachable && code < 5 || code == 0
	return f.OutwardRareErrorsDropped && isRare(d, about) || f.OutwardErrorsAboutEndsDropped && ends ||
		f.OutwardStaticErrorsUnknown && m.permanent && !isTooBig(d.ICMP) ||
		f.OutwardStaticTooBigDropped && m.permanent && isTooBig(d.ICMP) ||
		f.OutwardStaticErrorsOfOneKind && m.permanent && code != layers.ICMPv4CodeHost && !isTooBig(d.ICMP) ||
		f.OutwardKindsDropped && !usual ||
		f.ErrorsOfFirstHost && t.firstBlamed[d.from].isLater(m.internal.Addr())
}

// shunnedTurning is shunned for an error about a packet between two mappings of hosts inside.
func (t *Table) shunnedTurning(d *datagram, one, other *mapping) bool {
	f := t.cfg.Faults.ErrorKindFaults
	return f.HairpinForwardErrorsDropped && (one.permanent || other.permanent) ||
		f.HairpinErrorsOfOneKind && (d.ICMP.Type != layers.ICMPv4TypeDestinationUnreachable ||
			d.ICMP.Code != layers.ICMPv4CodeHost)
}

// isTooBig reports whether a message is Packet Too Big, which IPv4 calls Fragmentation Needed.
func isTooBig(m *packet.ICMPMessage) bool {
	return m.Type == layers.ICMPv4TypeDestinationUnreachable && m.Code == layers.ICMPv4CodeFragmentationNeeded
}

// isRare reports whether an error, or the packet that it is about, has a rare header.
func isRare(d *datagram, about *packet.Packet) bool {
	const fewHops, usualHops = 10, 64
	return len(d.Data) == longError || d.TTL < fewHops || d.ID == 0 ||
		about.ID == 0 || about.TTL == 0 || about.TTL > usualHops || about.TrafficClass != 0
}

// A firstHost is the host that something happened to before any other.
type firstHost struct{ addr netip.Addr }

// isLater reports whether it happens to another host now.
func (h *firstHost) isLater(addr netip.Addr) bool {
	if !h.addr.IsValid() {
		h.addr = addr
	}
	return h.addr != addr
}

// clamp changes the MTU that an error tells of.
func (f ErrorKindFaults) clamp(d *datagram, outer packet.Edit) {
	const least, most, at = 576, 1400, 6
	if !f.MTUClamped || !isTooBig(d.ICMP) {
		return
	}
	word := outer.Segment()[at:]
	mtu := min(max(int(word[0])<<8|int(word[1]), least), most)
	word[0], word[1] = byte(mtu>>8), byte(mtu)
}
