// Package packet reads, builds, describes and edits IP packets: IPv4 and IPv6,
// with UDP, TCP, ICMP and ICMPv6 in them, whole or in fragments. A packet of
// another protocol is read as that, and never taken for one of these.
//
// It stands on gopacket's layers and adds what a NAT's tester needs: what is
// damaged about a packet, by what a packet is known on both sides of a NAT, and
// rewriting in place with checksums that are updated and not computed anew.
//
// IPv6 extension headers are stepped over. Jumbograms are left out.
package packet

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket/layers"
)

// A Protocol is a number of IANA's registry of protocol numbers.
type Protocol uint8

// The protocols that this package looks into.
const (
	ICMP   = Protocol(layers.IPProtocolICMPv4)
	TCP    = Protocol(layers.IPProtocolTCP)
	UDP    = Protocol(layers.IPProtocolUDP)
	ICMPv6 = Protocol(layers.IPProtocolICMPv6)
)

func (p Protocol) String() string {
	switch p {
	case ICMP:
		return "ICMP"
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	case ICMPv6:
		return "ICMPv6"
	case 47:
		return "GRE"
	case 50:
		return "ESP"
	case 51:
		return "AH"
	case 132:
		return "SCTP"
	}
	return fmt.Sprintf("protocol %d", uint8(p))
}

// An Endpoint is one end of a session: a protocol, an address, and a port or,
// for ICMP, a query identifier (RFC 5508, Section 1). Two endpoints that differ
// only in their protocol have nothing to do with each other.
type Endpoint struct {
	Protocol Protocol
	netip.AddrPort
}

func (e Endpoint) String() string { return e.Protocol.String() + " " + e.AddrPort.String() }

// A Packet is an IP packet as it was read.
type Packet struct {
	// Source and Destination have the port of UDP and TCP. The query
	// identifier of ICMP stands with the host that asks: in the source of a
	// request, in the destination of a reply. All other packets, and fragments
	// but the first, have port 0.
	Source, Destination netip.AddrPort
	// Protocol is the transport's, after any IPv6 extension headers.
	Protocol     Protocol
	TTL          uint8  // the hop limit of IPv6
	TrafficClass uint8  // DSCP and ECN
	ID           uint32 // 16 bits in IPv4; of the fragment header in IPv6, else 0
	DontFragment bool
	Options      []byte // of the IPv4 header
	// Segment is what follows the IP headers: the transport's header and data.
	Segment []byte
	// Payload is the data of UDP, TCP and an ICMP query, and of any other
	// protocol all of Segment. It is empty in an ICMP error.
	Payload  []byte
	UDP      *UDPHeader   // set for UDP with a whole header
	TCP      *TCPHeader   // set for TCP with at least ports and sequence number
	ICMP     *ICMPMessage // set for ICMP and ICMPv6 with a whole header
	Fragment *Fragment    // set for a fragment
	// Damage says which check the packet does not pass; empty when it is sound.
	Damage string
	// Data is the whole packet, without what a link layer appended.
	Data []byte
}

// WrongHeaderChecksum is the Damage of an IPv4 header that its checksum does not
// fit. No router forwards such a packet.
const WrongHeaderChecksum = "wrong IPv4 header checksum"

// QuotedDamage begins the Damage of an ICMP error that is sound itself and quotes
// a packet that is not.
const QuotedDamage = "quoted packet: "

// A UDPHeader is the fields of a UDP header beside the ports.
type UDPHeader struct {
	Length   uint16
	Checksum uint16 // 0 means that there is none
}

// A TCPHeader is the fields of a TCP header beside the ports. Of a header that
// is cut off, in the quote of an ICMP error, only Seq is set.
type TCPHeader struct {
	Seq, Ack uint32
	Flags    Flags
	Window   uint16
	Urgent   uint16
	Options  []byte
	Checksum uint16
	Cut      bool // the header is not all there
}

// An ICMPMessage is an ICMP or ICMPv6 message. Of an error, Quote is the packet
// that it complains of.
type ICMPMessage struct {
	Type, Code uint8
	// Word is the second word of the header: identifier and sequence number of
	// a query, the next-hop MTU, a pointer, or a gateway.
	Word  uint32
	Query bool // a request or reply with an identifier
	Asks  bool // a request
	Quote *Packet
}

// ID is the identifier of a query.
func (m *ICMPMessage) ID() uint16 { return uint16(m.Word >> 16) }

// Seq is the sequence number of a query.
func (m *ICMPMessage) Seq() uint16 { return uint16(m.Word) }

// MTU is the next-hop MTU of Fragmentation Needed (RFC 1191) and of Packet Too
// Big (RFC 4443), and 0 of any other message.
func (m *ICMPMessage) MTU(p Protocol) int {
	switch {
	case p == ICMP && m.Type == layers.ICMPv4TypeDestinationUnreachable &&
		m.Code == layers.ICMPv4CodeFragmentationNeeded:
		return int(uint16(m.Word))
	case p == ICMPv6 && m.Type == layers.ICMPv6TypePacketTooBig:
		return int(m.Word)
	}
	return 0
}

// A Fragment is the place of a fragment in its datagram.
type Fragment struct {
	Offset int // in bytes
	Length int // of its part of the datagram, in bytes
	More   bool
}

// End is the offset of the first byte after the fragment.
func (f Fragment) End() int { return f.Offset + f.Length }

// SourceEndpoint is Source with the packet's protocol.
func (p *Packet) SourceEndpoint() Endpoint { return Endpoint{p.Protocol, p.Source} }

// DestinationEndpoint is Destination with the packet's protocol.
func (p *Packet) DestinationEndpoint() Endpoint { return Endpoint{p.Protocol, p.Destination} }

// Is6 reports whether this is an IPv6 packet.
func (p *Packet) Is6() bool { return p.Source.Addr().Is6() }

// IsError reports whether this is an ICMP error, which quotes another packet.
func (p *Packet) IsError() bool { return p.ICMP != nil && isError(p.Protocol, p.ICMP.Type) }

// Quote is the packet that an ICMP error complains of; nil for all else, and for
// an error whose quote cannot be read.
func (p *Packet) Quote() *Packet {
	if p.ICMP == nil {
		return nil
	}
	return p.ICMP.Quote
}

// errNoIP is the error for bytes that are of no IP version.
var errNoIP = errors.New("no IP packet: the version is neither 4 nor 6")

func isError(p Protocol, kind uint8) bool {
	if p == ICMPv6 {
		return kind < 128 // RFC 4443, Section 2.1
	}
	switch kind {
	case layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4TypeSourceQuench, layers.ICMPv4TypeRedirect,
		layers.ICMPv4TypeTimeExceeded, layers.ICMPv4TypeParameterProblem:
		return true
	}
	return false
}

// queryOf says whether an ICMP message has an identifier, and whether it is the
// one that asks.
func queryOf(p Protocol, kind uint8) (query, asks bool) {
	if p == ICMPv6 {
		return kind == layers.ICMPv6TypeEchoRequest || kind == layers.ICMPv6TypeEchoReply,
			kind == layers.ICMPv6TypeEchoRequest
	}
	switch kind {
	case layers.ICMPv4TypeEchoRequest, layers.ICMPv4TypeTimestampRequest, layers.ICMPv4TypeInfoRequest,
		layers.ICMPv4TypeAddressMaskRequest:
		return true, true
	case layers.ICMPv4TypeEchoReply, layers.ICMPv4TypeTimestampReply, layers.ICMPv4TypeInfoReply,
		layers.ICMPv4TypeAddressMaskReply:
		return true, false
	}
	return false, false
}
