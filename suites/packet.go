package suites

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// An Arrival is an IP packet as its receiver sees it.
type Arrival struct {
	Time time.Time
	// Source and Destination carry port 0 where the packet has no ports.
	Source, Destination netip.AddrPort
	Payload             []byte // of the UDP datagram
	ICMP                *ICMP  // nil unless the packet is an ICMP message
	Fragment            *Fragment
	// Damage says which check the packet does not pass; empty when it is sound.
	Damage string
	Raw    []byte
}

// ICMP is an ICMP message; for an error, Quote is the packet it complains of.
type ICMP struct {
	Type, Code uint8
	MTU        int // next-hop MTU of type 3 code 4
	Quote      *Arrival
}

// A Fragment is the place of one fragment in its datagram.
type Fragment struct {
	ID     uint16
	Offset int // in bytes
	Length int // of its payload
	More   bool
}

// parse reads an IPv4 packet. quoted is true for a packet inside an ICMP error,
// which may be cut off, so what is missing is no damage.
func parse(data []byte, at time.Time, quoted bool) (Arrival, error) {
	arrival := Arrival{Time: at, Raw: data}
	var ip layers.IPv4
	if err := ip.DecodeFromBytes(data, gopacket.NilDecodeFeedback); err != nil && !quoted {
		return arrival, fmt.Errorf("IPv4 header: %w", err)
	}
	source, ok1 := netip.AddrFromSlice(ip.SrcIP)
	destination, ok2 := netip.AddrFromSlice(ip.DstIP)
	if !ok1 || !ok2 {
		return arrival, errors.New("not an IPv4 packet")
	}
	arrival.Source = netip.AddrPortFrom(source, 0)
	arrival.Destination = netip.AddrPortFrom(destination, 0)
	if checksum(data[:int(ip.IHL)*4]) != 0 {
		arrival.Damage = "wrong IPv4 header checksum"
	}
	more := ip.Flags&layers.IPv4MoreFragments != 0
	if ip.FragOffset != 0 || more {
		arrival.Fragment = &Fragment{ID: ip.Id, Offset: int(ip.FragOffset) * 8, Length: len(ip.Payload), More: more}
		if ip.FragOffset != 0 {
			return arrival, nil
		}
	}
	switch ip.Protocol {
	case layers.IPProtocolUDP:
		arrival.readUDP(ip.Payload, quoted || more)
	case layers.IPProtocolICMPv4:
		arrival.readICMP(ip.Payload, at)
	}
	return arrival, nil
}

func (a *Arrival) readUDP(segment []byte, partial bool) {
	if len(segment) < 8 {
		a.Damage = "UDP header cut off"
		return
	}
	a.Source = netip.AddrPortFrom(a.Source.Addr(), binary.BigEndian.Uint16(segment))
	a.Destination = netip.AddrPortFrom(a.Destination.Addr(), binary.BigEndian.Uint16(segment[2:]))
	a.Payload = segment[8:]
	length := int(binary.BigEndian.Uint16(segment[4:]))
	sum := binary.BigEndian.Uint16(segment[6:])
	if sum == 0 || (partial && length > len(segment)) {
		return
	}
	if a.Damage == "" && (length < 8 || length > len(segment) || transportChecksum(a.Source.Addr(), a.Destination.Addr(), 17, segment[:length]) != 0) {
		a.Damage = "wrong UDP checksum or length"
	}
}

func (a *Arrival) readICMP(message []byte, at time.Time) {
	if len(message) < 8 {
		a.Damage = "ICMP header cut off"
		return
	}
	a.ICMP = &ICMP{Type: message[0], Code: message[1]}
	if checksum(message) != 0 {
		a.Damage = "wrong ICMP checksum"
	}
	switch message[0] {
	case layers.ICMPv4TypeDestinationUnreachable:
		a.ICMP.MTU = int(binary.BigEndian.Uint16(message[6:]))
	case layers.ICMPv4TypeSourceQuench, layers.ICMPv4TypeRedirect, layers.ICMPv4TypeTimeExceeded, layers.ICMPv4TypeParameterProblem:
	default:
		return
	}
	if quote, err := parse(message[8:], at, true); err == nil {
		a.ICMP.Quote = &quote
		if quote.Damage != "" && a.Damage == "" {
			a.Damage = "quoted packet: " + quote.Damage
		}
	}
}

// ipv4 is the header fields that specs choose; the rest is as any host sets it.
type ipv4 struct {
	source, destination netip.Addr
	protocol            layers.IPProtocol
	id                  uint16
	ttl                 uint8 // 0 means 64
	dontFragment        bool
}

func (h ipv4) bytes(payload []byte) ([]byte, error) {
	return h.fragment(payload, 0, false)
}

// fragment serializes a packet whose payload begins at offset of its datagram.
func (h ipv4) fragment(payload []byte, offset int, more bool) ([]byte, error) {
	ip := &layers.IPv4{
		Version: 4, TTL: h.ttl, Id: h.id, Protocol: h.protocol,
		SrcIP: h.source.AsSlice(), DstIP: h.destination.AsSlice(), FragOffset: uint16(offset / 8),
	}
	if ip.TTL == 0 {
		ip.TTL = 64
	}
	if h.dontFragment {
		ip.Flags |= layers.IPv4DontFragment
	}
	if more {
		ip.Flags |= layers.IPv4MoreFragments
	}
	buffer := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ip, gopacket.Payload(payload))
	return buffer.Bytes(), err
}

// udpSegment serializes a UDP datagram with its checksum.
func udpSegment(source, destination netip.AddrPort, payload []byte) []byte {
	segment := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(segment, source.Port())
	binary.BigEndian.PutUint16(segment[2:], destination.Port())
	binary.BigEndian.PutUint16(segment[4:], uint16(8+len(payload)))
	segment = append(segment, payload...)
	sum := transportChecksum(source.Addr(), destination.Addr(), 17, segment)
	if sum == 0 {
		sum = 0xffff // RFC 768: zero means that there is no checksum
	}
	binary.BigEndian.PutUint16(segment[6:], sum)
	return segment
}

// icmpError serializes an ICMP error that quotes a packet. word is the second
// word of the header: the next-hop MTU of type 3 code 4, a gateway, a pointer.
func icmpError(kind, code uint8, word uint32, quote []byte) []byte {
	message := []byte{kind, code, 0, 0}
	message = binary.BigEndian.AppendUint32(message, word)
	message = append(message, quote...)
	binary.BigEndian.PutUint16(message[2:], checksum(message))
	return message
}

func transportChecksum(source, destination netip.Addr, protocol byte, segment []byte) uint16 {
	pseudo := bytes.Join([][]byte{source.AsSlice(), destination.AsSlice(), {0, protocol}}, nil)
	pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(len(segment)))
	return checksum(append(pseudo, segment...))
}

// checksum is the Internet checksum (RFC 1071): 0 over data that carries a right one.
func checksum(data []byte) uint16 {
	return gopacket.FoldChecksum(gopacket.ComputeChecksum(data, 0))
}
