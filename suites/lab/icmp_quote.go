package lab

import (
	"net/netip"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// Quoting cuts the quote off after so many bytes. A router need not quote more
// than the IP header and eight bytes (RFC 792).
func (e *ICMPError) Quoting(size int) *ICMPError {
	e.quoted = e.quoted[:min(size, len(e.quoted))]
	return e
}

// QuotingBytes puts any bytes in the place of the quote.
func (e *ICMPError) QuotingBytes(data []byte) *ICMPError {
	e.quoted = data
	return e
}

// WithOptions gives the quoted packet IP options, as if it had been sent with them.
func (e *ICMPError) WithOptions(options []byte) *ICMPError {
	ginkgo.GinkgoHelper()
	q := e.quote.Packet
	header := packet.Header{
		Source: q.Source.Addr(), Destination: q.Destination.Addr(), Protocol: q.Protocol,
		TTL: q.TTL, TrafficClass: q.TrafficClass, ID: uint16(q.ID), DontFragment: q.DontFragment, Options: options,
	}
	data, err := header.Packet(q.Segment)
	if err != nil {
		e.lab.breaks("spec: "+e.String(), err)
	}
	e.quoted = data
	return e
}

// WithWrongChecksum damages the checksum of the quoted UDP datagram, TCP segment or query, as
// the path may have done that the error is about.
func (e *ICMPError) WithWrongChecksum() *ICMPError {
	e.quoted = append([]byte{}, e.quoted...)
	checksum := map[packet.Protocol]int{packet.UDP: 6, packet.TCP: 16, packet.ICMP: 2}[e.quote.Protocol]
	e.quoted[len(e.quote.Data)-len(e.quote.Segment)+checksum+1] ^= 0x55
	return e
}

// OfAnyKind has the error heard whatever type and code it arrives with.
func (e *ICMPError) OfAnyKind() *ICMPError {
	e.anyKind = true
	return e
}

// About says to which destination the quoted packet was sent, where that is not
// the one with which it arrived: behind the NAT.
func (e *ICMPError) About(destination netip.AddrPort) *ICMPError {
	e.about = destination
	return e
}

// damagedQuote reports whether nothing of an ICMP error is damaged but the packet
// that it quotes. That may have been so on the path that the error is about.
func (a Arrival) damagedQuote() bool {
	quote := a.Quote()
	return quote != nil && quote.Damage != "" && a.Damage == quotedPrefix+quote.Damage
}

// quotedPrefix begins the Damage of an error whose quote is damaged.
const quotedPrefix = "quoted packet: "
