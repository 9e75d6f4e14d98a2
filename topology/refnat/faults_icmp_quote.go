package refnat

import (
	"encoding/binary"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// QuoteFaults are in what becomes of ICMP errors from outside, and of the packets
// that they quote.
type QuoteFaults struct {
	// StaticErrorsUnknown relays no errors about flows of static pairs and
	// forwards. Breaks REQ-12b.
	StaticErrorsUnknown bool `breaks:"rfc4787.req-12b" also:"rfc5508.req-4-relay" touches:"udp icmp"`
	// ShortQuotesDropped relays no errors that quote a part of a datagram alone.
	// Breaks REQ-12b.
	ShortQuotesDropped bool `breaks:"rfc4787.req-12b" blinds:"rfc5508.req-4a" touches:"udp icmp"`
	// ReassemblyErrorsDropped relays no Time Exceeded of code 1. Breaks REQ-4 of
	// RFC 5508.
	ReassemblyErrorsDropped bool `breaks:"rfc5508.req-4-relay"`
	// ParameterProblemsDropped relays no Parameter Problem. Breaks REQ-4 of
	// RFC 5508.
	ParameterProblemsDropped bool `breaks:"rfc5508.req-4-relay" blinds:"practice.icmp-word rfc5508.req-4b"`
	// OneErrorRelayed relays Time Exceeded about a mapping only as long as no error about it
	// was relayed. Breaks REQ-4 of RFC 5508.
	OneErrorRelayed bool `breaks:"rfc5508.req-4-relay"`
	// QuoteOptionsIgnored takes every quoted IP header for one of 20 bytes. Breaks
	// REQ-3b of RFC 5508.
	QuoteOptionsIgnored bool `breaks:"rfc5508.req-3b"`
	// QuoteVerified drops an error when the quoted UDP datagram has a wrong
	// checksum. Breaks REQ-3c of RFC 5508.
	QuoteVerified bool `breaks:"rfc5508.req-3c"`
	// QuoteChecksumsKept writes addresses and ports into the quote of Destination
	// Unreachable, and leaves its checksums as they are. Breaks REQ-4a of RFC 5508.
	QuoteChecksumsKept bool `breaks:"rfc5508.req-4a"`
	// QuoteChecksumFilled computes the checksum of a quoted datagram that has none.
	// Breaks REQ-4a of RFC 5508.
	QuoteChecksumFilled bool `breaks:"rfc5508.req-4a"`
	// CodeChanged turns the code of every error into the next. Breaks REQ-4b of
	// RFC 5508.
	CodeChanged bool `breaks:"rfc5508.req-4b"`
	// OuterSourceTranslated has errors from outside come from the NAT's own inside
	// address. Breaks REQ-4c of RFC 5508.
	OuterSourceTranslated bool `breaks:"rfc5508.req-4c"`
	// OuterSourceOfPeer has errors from outside come from the host that the quoted packet
	// went to. Breaks REQ-4c of RFC 5508.
	OuterSourceOfPeer bool `breaks:"rfc5508.req-4c"`
	// HairpinErrorsDropped drops errors about hairpinned packets. Breaks REQ-7 of
	// RFC 5508.
	HairpinErrorsDropped bool `breaks:"rfc5508.req-7-error" blinds:"rfc5508.req-7a"`
	// SecondWordZeroed clears the next-hop MTU and the pointer. Breaks good
	// practice.
	SecondWordZeroed bool `breaks:"practice.icmp-word" query:"rfc5508.s7.1.2"`
}

// refusesError reports whether an error about a packet of m is dropped.
func (f QuoteFaults) refusesError(message *packet.ICMPMessage, about *packet.Packet, m *mapping) bool {
	const reassembly = 1
	switch {
	case f.ReassemblyErrorsDropped && message.Type == layers.ICMPv4TypeTimeExceeded && message.Code == reassembly:
	case f.ParameterProblemsDropped && message.Type == layers.ICMPv4TypeParameterProblem:
	case f.OneErrorRelayed && m.blamed && message.Type == layers.ICMPv4TypeTimeExceeded:
	case f.StaticErrorsUnknown && m.permanent:
	case f.ShortQuotesDropped && about.UDP != nil && int(about.UDP.Length) > len(about.Segment):
	case f.QuoteOptionsIgnored && len(about.Options) > 0:
	case f.QuoteVerified && about.Damage != "":
	default:
		return false
	}
	return true
}

// distort does to an error that was translated what a NAT must not.
func (f QuoteFaults) distort(d *datagram, about *packet.Packet, outer, quote packet.Edit, insideAddr []byte) {
	message := outer.Segment()
	if f.QuoteChecksumsKept && d.ICMP.Type == layers.ICMPv4TypeDestinationUnreachable {
		copy(quote.Data()[10:12], about.Data[10:12])
		copy(quote.Segment()[6:8], about.Segment[6:8])
	}
	if f.QuoteChecksumFilled {
		quote.FillUDPChecksum()
	}
	if f.CodeChanged {
		message[1]++
	}
	if f.SecondWordZeroed {
		binary.BigEndian.PutUint32(message[4:], 0)
	}
	switch {
	case f.OuterSourceTranslated:
		outer.SetIPv4(12, insideAddr)
	case f.OuterSourceOfPeer && d.ICMP.Type == layers.ICMPv4TypeTimeExceeded:
		outer.SetSourceAddr(about.Destination.Addr())
	}
}
