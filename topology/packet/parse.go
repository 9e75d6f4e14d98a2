package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

const (
	ipv4HeaderLen = 20
	ipv6HeaderLen = 40
	udpHeaderLen  = 8
	tcpHeaderLen  = 20
	icmpHeaderLen = 8
)

// Parse reads an IP packet. It returns an error when there is no IP header to
// read, or when the header promises more than there is. What is wrong beyond
// that is the packet's Damage. The packet keeps data.
func Parse(data []byte) (Packet, error) { return parse(data, false) }

// ParseQuote reads the packet inside an ICMP error. That may be cut off, so what
// is missing at its end is no damage.
func ParseQuote(data []byte) (Packet, error) { return parse(data, true) }

func parse(data []byte, quoted bool) (Packet, error) {
	p := Packet{Data: data}
	var rest int // bytes that the datagram is announced to have after the IP headers
	var err error
	switch {
	case len(data) == 0:
		return p, errNoIP
	case data[0]>>4 == 4:
		rest, err = p.readIPv4(data, quoted)
	case data[0]>>4 == 6:
		rest, err = p.readIPv6(data, quoted)
	default:
		return p, errNoIP
	}
	if err != nil {
		return p, err
	}
	if p.Fragment != nil && p.Fragment.Offset > 0 {
		p.Payload = p.Segment
		return p, nil
	}
	// A transport that is not all there has no checksum to verify.
	partial := len(p.Segment) < rest || p.Fragment != nil
	switch p.Protocol {
	case UDP:
		p.readUDP(quoted, quoted || partial)
	case TCP:
		p.readTCP(quoted, partial)
	case ICMP, ICMPv6:
		p.readICMP(quoted, partial)
	default:
		p.Payload = p.Segment
	}
	return p, nil
}

// spoil notes what is damaged; the first damage counts.
func (p *Packet) spoil(what string) {
	if p.Damage == "" {
		p.Damage = what
	}
}

func (p *Packet) readIPv4(data []byte, quoted bool) (rest int, err error) {
	var ip layers.IPv4
	// The decoder wants all of the packet, of which a quote may have only some.
	if err := ip.DecodeFromBytes(data, gopacket.NilDecodeFeedback); err != nil && !quoted {
		return 0, fmt.Errorf("IPv4 header: %w", err)
	}
	headerLen := int(data[0]&0xf) * 4
	if headerLen < ipv4HeaderLen || headerLen > len(data) {
		return 0, fmt.Errorf("IPv4 header: %d bytes announced, %d there", headerLen, len(data))
	}
	length := int(binary.BigEndian.Uint16(data[2:]))
	if length < headerLen || length > len(data) && !quoted {
		return 0, fmt.Errorf("IPv4 header: a length of %d bytes announced, %d there", length, len(data))
	}
	p.Data = data[:min(length, len(data))]
	p.Segment = p.Data[headerLen:]
	p.Source = netip.AddrPortFrom(netip.AddrFrom4([4]byte(data[12:])), 0)
	p.Destination = netip.AddrPortFrom(netip.AddrFrom4([4]byte(data[16:])), 0)
	p.Protocol, p.TTL, p.TrafficClass = Protocol(ip.Protocol), ip.TTL, ip.TOS
	p.ID = uint32(ip.Id)
	p.DontFragment = ip.Flags&layers.IPv4DontFragment != 0
	if headerLen > ipv4HeaderLen {
		p.Options = data[ipv4HeaderLen:headerLen]
	}
	if Checksum(data[:headerLen]) != 0 {
		p.spoil(WrongHeaderChecksum)
	}
	if more := ip.Flags&layers.IPv4MoreFragments != 0; more || ip.FragOffset != 0 {
		p.Fragment = &Fragment{Offset: int(ip.FragOffset) * 8, Length: len(p.Segment), More: more}
	}
	return length - headerLen, nil
}

func (p *Packet) readIPv6(data []byte, quoted bool) (rest int, err error) {
	if len(data) < ipv6HeaderLen {
		return 0, fmt.Errorf("IPv6 header: %d bytes needed, %d there", ipv6HeaderLen, len(data))
	}
	length := ipv6HeaderLen + int(binary.BigEndian.Uint16(data[4:]))
	if length > len(data) && !quoted {
		return 0, fmt.Errorf("IPv6 header: a length of %d bytes announced, %d there", length, len(data))
	}
	p.Data = data[:min(length, len(data))]
	p.Source = netip.AddrPortFrom(netip.AddrFrom16([16]byte(data[8:])), 0)
	p.Destination = netip.AddrPortFrom(netip.AddrFrom16([16]byte(data[24:])), 0)
	p.TTL = data[7]
	p.TrafficClass = data[0]<<4 | data[1]>>4
	p.DontFragment = true
	next, at := layers.IPProtocol(data[6]), ipv6HeaderLen
	for isExtension(next) {
		if len(p.Data) < at+8 {
			p.Protocol = Protocol(next)
			if !quoted {
				p.spoil("IPv6 extension header cut off")
			}
			return 0, nil
		}
		header := p.Data[at:]
		size := 8 + 8*int(header[1])
		if next == layers.IPProtocolIPv6Fragment {
			size = 8
			word := binary.BigEndian.Uint16(header[2:])
			p.ID, p.DontFragment = binary.BigEndian.Uint32(header[4:]), false
			p.Fragment = &Fragment{Offset: int(word &^ 7), More: word&1 != 0}
		}
		next, at = layers.IPProtocol(header[0]), min(at+size, len(p.Data))
		if p.Fragment != nil && p.Fragment.Offset > 0 {
			break // what follows is not a header
		}
	}
	p.Protocol, p.Segment = Protocol(next), p.Data[at:]
	if f := p.Fragment; f != nil {
		f.Length = len(p.Segment)
		if f.Offset == 0 && !f.More {
			p.Fragment = nil // an atomic fragment is a whole packet (RFC 6946)
		}
	}
	return length - at, nil
}

// isExtension reports whether a next header is one that is stepped over.
func isExtension(next layers.IPProtocol) bool {
	switch next {
	case layers.IPProtocolIPv6HopByHop, layers.IPProtocolIPv6Routing, layers.IPProtocolIPv6Fragment,
		layers.IPProtocolIPv6Destination:
		return true
	}
	return false
}

func (p *Packet) readUDP(quoted, partial bool) {
	s := p.Segment
	if len(s) < udpHeaderLen {
		p.cut("UDP", quoted)
		return
	}
	p.setPorts(s)
	p.UDP = &UDPHeader{Length: binary.BigEndian.Uint16(s[4:]), Checksum: binary.BigEndian.Uint16(s[6:])}
	p.Payload = s[udpHeaderLen:]
	length := int(p.UDP.Length)
	if p.UDP.Checksum == 0 && !p.Is6() || partial && length > len(s) {
		return
	}
	if length < udpHeaderLen || length > len(s) || p.transportSum(s[:length]) != 0 {
		p.spoil("wrong UDP checksum or length")
	}
}

func (p *Packet) readTCP(quoted, partial bool) {
	s := p.Segment
	if len(s) < 8 {
		p.cut("TCP", quoted)
		return
	}
	p.setPorts(s)
	p.TCP = &TCPHeader{Seq: binary.BigEndian.Uint32(s[4:])}
	if len(s) < tcpHeaderLen || len(s) < int(s[12]>>4)*4 || int(s[12]>>4)*4 < tcpHeaderLen {
		p.TCP.Cut = true
		p.cut("TCP", quoted)
		return
	}
	// Options that do not add up are kept as they are, where a codec gives up.
	headerLen := int(s[12]>>4) * 4
	*p.TCP = TCPHeader{
		Seq: binary.BigEndian.Uint32(s[4:]), Ack: binary.BigEndian.Uint32(s[8:]),
		Flags:  Flags(binary.BigEndian.Uint16(s[12:]) & 0x1ff),
		Window: binary.BigEndian.Uint16(s[14:]), Checksum: binary.BigEndian.Uint16(s[16:]),
		Urgent: binary.BigEndian.Uint16(s[18:]),
	}
	if headerLen > tcpHeaderLen {
		p.TCP.Options = s[tcpHeaderLen:headerLen]
	}
	p.Payload = s[headerLen:]
	if !partial && p.transportSum(s) != 0 {
		p.spoil("wrong TCP checksum")
	}
}

func (p *Packet) readICMP(quoted, partial bool) {
	s := p.Segment
	if len(s) < icmpHeaderLen {
		p.cut(p.Protocol.String(), quoted)
		return
	}
	p.ICMP = &ICMPMessage{Type: s[0], Code: s[1], Word: binary.BigEndian.Uint32(s[4:])}
	if !partial && p.transportSum(s) != 0 {
		p.spoil("wrong " + p.Protocol.String() + " checksum")
	}
	if isError(p.Protocol, p.ICMP.Type) {
		p.readQuote(s[icmpHeaderLen:])
		return
	}
	p.Payload = s[icmpHeaderLen:]
	if p.ICMP.Query, p.ICMP.Asks = queryOf(p.Protocol, p.ICMP.Type); !p.ICMP.Query {
		return
	}
	if p.ICMP.Asks {
		p.Source = netip.AddrPortFrom(p.Source.Addr(), p.ICMP.ID())
	} else {
		p.Destination = netip.AddrPortFrom(p.Destination.Addr(), p.ICMP.ID())
	}
}

func (p *Packet) readQuote(data []byte) {
	quote, err := ParseQuote(data)
	if err != nil {
		return
	}
	p.ICMP.Quote = &quote
	if quote.Damage != "" {
		p.spoil(QuotedDamage + quote.Damage)
	}
}

// cut notes that a transport header is not all there, which is no damage in a
// quote of the eight bytes that RFC 792 asks for.
func (p *Packet) cut(what string, quoted bool) {
	if !quoted {
		p.spoil(what + " header cut off")
	}
}

func (p *Packet) setPorts(segment []byte) {
	p.Source = netip.AddrPortFrom(p.Source.Addr(), binary.BigEndian.Uint16(segment))
	p.Destination = netip.AddrPortFrom(p.Destination.Addr(), binary.BigEndian.Uint16(segment[2:]))
}

// transportSum is 0 over a segment that carries the right checksum.
func (p *Packet) transportSum(segment []byte) uint16 {
	return TransportChecksum(p.Source.Addr(), p.Destination.Addr(), p.Protocol, segment)
}
