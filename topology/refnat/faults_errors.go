package refnat

import (
	"encoding/binary"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// ErrorFaults are in which ICMP errors pass, and in what becomes of those from inside.
type ErrorFaults struct {
	// DamagedErrorsRelayed translates errors whose checksum is wrong, and makes it right.
	// Breaks REQ-3 of RFC 5508.
	DamagedErrorsRelayed bool `breaks:"rfc5508.req-3 wire.damage"`
	// QuotedHeaderUnchecked translates errors that quote a wrong IP header checksum.
	// Breaks REQ-3 a) of RFC 5508.
	QuotedHeaderUnchecked bool `breaks:"rfc5508.req-3a"`
	// ExtensionsSummed computes the checksum of a quoted transport over all that comes
	// behind it as well. Breaks REQ-3 d) of RFC 5508.
	ExtensionsSummed bool `breaks:"rfc5508.req-3d"`
	// UnmatchedErrorsGuessed sends an error about no mapping to whoever has sent to the
	// same host. Breaks REQ-4 of RFC 5508.
	UnmatchedErrorsGuessed bool `breaks:"rfc5508.req-4"`
	// UnmatchedErrorsOut lets errors from inside about no mapping out, with the NAT's own
	// address for all inside ones. Breaks REQ-5 of RFC 5508.
	UnmatchedErrorsOut bool `breaks:"rfc5508.req-5"`
	// OutwardPortKept restores the address in the packet that an error from inside quotes,
	// but not the port. Breaks REQ-5 a) of RFC 5508.
	OutwardPortKept bool `breaks:"rfc5508.req-5a"`
	// OutwardErrorsOnce lets errors from inside about a mapping out only as long as none was
	// let out. Breaks REQ-5 a) of RFC 5508.
	OutwardErrorsOnce bool `breaks:"rfc5508.req-5a"`
	// OutwardWordZeroed clears the pointer, and the length of the quote, of an error from
	// inside. Breaks good practice.
	OutwardWordZeroed bool `breaks:"practice.icmp-word"`
	// OutwardCodeChanged turns the code of every error from inside into the next. Breaks
	// REQ-5 b) of RFC 5508.
	OutwardCodeChanged bool `breaks:"rfc5508.req-5b"`
	// RouterErrorsLeak lets errors of inside hosts about the flows of others out with
	// their private source. Breaks REQ-5 c) of RFC 5508.
	RouterErrorsLeak bool `breaks:"rfc5508.req-5c wire.inside-address"`
	// RouterPairIgnored has errors of inside hosts about the flows of others come from the
	// NAT's own address, even where their host has one of its own. Breaks REQ-5 c) of RFC
	// 5508.
	RouterPairIgnored bool `breaks:"rfc5508.req-5c"`
	// LongErrorsDropped lets no error of more than 576 bytes in. Breaks REQ-4 of RFC 5508.
	LongErrorsDropped bool `breaks:"rfc5508.req-4-relay"`
	// OutwardLongErrorsDropped lets no error of more than 576 bytes out. Breaks REQ-5 a) of
	// RFC 5508.
	OutwardLongErrorsDropped bool `breaks:"rfc5508.req-5a"`
	// ErrorsRunOut lets no error in when 50 have come in. Breaks REQ-4 of RFC 5508.
	ErrorsRunOut bool `breaks:"rfc5508.req-4-relay"`
	// OutwardErrorsRunOut lets no error out when 50 have gone out. Breaks REQ-5 a) of RFC 5508.
	OutwardErrorsRunOut bool `breaks:"rfc5508.req-5a"`
	// QuoteAltered changes what an error from outside quotes behind the header of a segment
	// or a datagram. Breaks what payloads are promised.
	QuoteAltered bool `breaks:"wire.payload"`
	// OutwardQuoteAltered changes the class of the packet that an error from inside quotes.
	// Breaks what payloads are promised.
	OutwardQuoteAltered bool `breaks:"wire.payload"`
	// QuoteAcknowledgmentAltered changes the acknowledgment of a segment that an error
	// from outside quotes. Breaks REQ-3 d) and REQ-4 a) of RFC 5508.
	QuoteAcknowledgmentAltered bool `breaks:"rfc5508.req-3d rfc5508.req-4a"`
	// InboundErrorsRefresh restarts the timer of a query session when an error about it
	// comes in. Breaks REQ-6 of RFC 5508.
	InboundErrorsRefresh bool `breaks:"rfc5508.req-6" touches:"icmp"`
	// HairpinQuoteKept leaves the source in the packet that a hairpinned error quotes as
	// it was. Breaks REQ-7 a) of RFC 5508.
	HairpinQuoteKept bool `breaks:"rfc5508.req-7a"`
	// QueriesToPairsDropped lets no query in to a static pair. Breaks RFC 7857, Section 12.
	QueriesToPairsDropped bool `breaks:"rfc7857.s12-query" blinds:"rfc5508.req-4-relay rfc5508.req-5a"`
}

// refusesDamage reports whether an error is dropped for the damage that it has, or the
// header that it quotes.
func (f ErrorFaults) refusesDamage(d *datagram, quote *packet.Packet) bool {
	return packet.Checksum(d.Segment) != 0 && !f.DamagedErrorsRelayed ||
		quote.Damage == packet.WrongHeaderChecksum && !f.QuotedHeaderUnchecked
}

// What is too much for the faults that have enough of errors.
const longError, enoughErrors = 576, 50

// tires reports whether an error from a side is dropped for its length or for how many there
// were, and counts those that are not.
func (t *Table) tires(d *datagram) bool {
	f := t.cfg.Faults.ErrorFaults
	long, enough := f.LongErrorsDropped, f.ErrorsRunOut
	if d.from == Inside {
		long, enough = f.OutwardLongErrorsDropped, f.OutwardErrorsRunOut
	}
	if long && len(d.Data) > longError || enough && t.relayed[d.from] >= enoughErrors {
		return true
	}
	t.relayed[d.from]++
	return false
}

// alter changes of a quote what no NAT has to.
func (f ErrorFaults) alter(from Side, about *packet.Packet, quote packet.Edit) {
	const class, acknowledgment, behind = 1, 8, 28
	segment := quote.Segment()
	switch {
	case f.QuoteAltered && from == Outside && len(segment) > behind:
		segment[behind] ^= 1
	case f.QuoteAcknowledgmentAltered && from == Outside && about.TCP != nil && !about.TCP.Cut:
		segment[acknowledgment] ^= 1
	case f.OutwardQuoteAltered && from == Inside:
		quote.SetIPv4(0, []byte{quote.Data()[0], quote.Data()[class] ^ 4})
	}
}

// guessed returns a mapping that an error about none might be for, nil if it is dropped.
func (t *Table) guessed(about *packet.Packet) *mapping {
	if !t.cfg.Faults.UnmatchedErrorsGuessed {
		return nil
	}
	for _, m := range t.mappings {
		if m.remotes.has(about.DestinationEndpoint()) && m.external.Addr() == about.Source.Addr() {
			return m
		}
	}
	return nil
}

// sumAll computes the checksum of a quoted transport over all that comes behind it.
func (f ErrorFaults) sumAll(about *packet.Packet, outer, quote packet.Edit) {
	const header = 8
	at, ok := map[packet.Protocol]int{packet.UDP: 6, packet.TCP: 16, packet.ICMP: 2}[about.Protocol]
	behind := outer.Segment()[header+len(about.Data)-len(about.Segment):]
	if !f.ExtensionsSummed || !ok || len(behind) <= len(about.Segment) {
		return
	}
	p, err := packet.ParseQuote(quote.Data())
	if err != nil {
		return
	}
	clear(behind[at : at+2])
	sum := packet.TransportChecksum(p.Source.Addr(), p.Destination.Addr(), p.Protocol, behind)
	binary.BigEndian.PutUint16(behind[at:], sum)
}

// distortOut does to an error from inside that was translated what a NAT must not.
func (f ErrorFaults) distortOut(about *packet.Packet, outer, quote packet.Edit, hairpinned bool) {
	switch {
	case hairpinned && f.HairpinQuoteKept:
		quote.SetSource(about.Source)
	case hairpinned:
	case f.OutwardWordZeroed && outer.Segment()[0] != layers.ICMPv4TypeDestinationUnreachable:
		clear(outer.Segment()[4:8])
	case f.OutwardPortKept:
		quote.SetDestinationPort(about.Destination.Port())
	case f.OutwardCodeChanged:
		outer.Segment()[1]++
	}
}

// bars reports whether a query may not come in to a static pair.
func (f ErrorFaults) bars(d *datagram, m *mapping) bool {
	return f.QueriesToPairsDropped && m.permanent && d.ICMP != nil && d.ICMP.Asks
}
