package lab

import (
	"encoding/binary"
	"net/netip"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// A Question is what an ICMP query asks for: the types of its request and of its
// reply. Its zero value is an echo, of either version of ICMP.
type Question struct {
	Request, Reply uint8
	// size is how many bytes follow the header; of an echo it may be any number.
	size int
}

// The questions of ICMP for IPv4 beside the echo (RFC 792, RFC 950).
var (
	Timestamp   = Question{layers.ICMPv4TypeTimestampRequest, layers.ICMPv4TypeTimestampReply, 12}
	Information = Question{layers.ICMPv4TypeInfoRequest, layers.ICMPv4TypeInfoReply, 0}
	AddressMask = Question{layers.ICMPv4TypeAddressMaskRequest, layers.ICMPv4TypeAddressMaskReply, 4}
)

// Asking has an ICMP query ask for something else than an echo.
func (p *Packet) Asking(question Question) *Packet {
	p.question, p.payload = question, nil
	for len(p.payload) < question.size {
		p.payload = binary.BigEndian.AppendUint32(p.payload, uint32(p.id))
	}
	return p
}

// Replying makes a query the reply to what came from where it is sent. What the
// outside sends to an identifier is one already.
func (p *Packet) Replying() *Packet {
	p.replies = true
	return p
}

// asks reports whether an ICMP query is a request.
func (p *Packet) asks() bool { return !p.replies && (p.from.place.inside || p.to.Port() == 0) }

// query is the type and the identifier of an ICMP query: a reply goes to the identifier
// that it answers.
func (p *Packet) query() (kind uint8, id uint16) {
	question := p.question
	switch {
	case question != Question{}:
	case p.from.protocol == packet.ICMPv6:
		question = Question{Request: layers.ICMPv6TypeEchoRequest, Reply: layers.ICMPv6TypeEchoReply}
	default:
		question = Question{Request: layers.ICMPv4TypeEchoRequest, Reply: layers.ICMPv4TypeEchoReply}
	}
	if p.asks() {
		return question.Request, p.from.port
	}
	return question.Reply, p.to.Port()
}

// isQuery reports whether an arrival is the query that the packet is, whatever has
// become of its identifier.
func (p *Packet) isQuery(a Arrival) bool {
	kind, _ := p.query()
	return a.ICMP != nil && a.ICMP.Type == kind && a.ICMP.Code == 0 && a.ICMP.Seq() == p.id
}

// ends are those that the packet has on the wire: the identifier of a query stands at
// one of them alone.
func (p *Packet) ends() (from, to netip.AddrPort) {
	from, to = p.from.Addr(), p.to
	switch {
	case !p.from.isEcho():
	case p.asks():
		to = netip.AddrPortFrom(to.Addr(), 0)
	default:
		from = netip.AddrPortFrom(from.Addr(), 0)
	}
	return from, to
}

// Shown is what the source of a packet of e's shows of it where nothing is translated:
// its address, and its port unless the packet is the reply to a query.
func (e *Endpoint) Shown() netip.AddrPort {
	if e.isEcho() {
		return netip.AddrPortFrom(e.Addr().Addr(), 0)
	}
	return e.Addr()
}

// receives reports whether a packet is for the endpoint. A request is for any of its
// host: it has no identifier but the sender's.
func (e *Endpoint) receives(a Arrival) bool {
	return a.Destination.Addr() == e.lab.addr(e.place) &&
		(a.Destination.Port() == e.port || e.isEcho() && a.ICMP != nil && a.ICMP.Asks)
}

// QuerySum is the checksum with which an ICMP query is sent.
func (p *Packet) QuerySum() string { return sumOf(p.segment()) }

// QuerySum is the checksum with which an ICMP query was heard.
func (h Heard) QuerySum() string {
	if h.Arrival == nil || h.Arrival.ICMP == nil {
		return "no checksum"
	}
	return sumOf(h.Arrival.Segment)
}

func sumOf(message []byte) string { return hex(binary.BigEndian.Uint16(message[2:])) }
