package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// A Header is the IP header fields that a sender chooses. Its zero value, with
// addresses and a protocol, is as any host sets them.
type Header struct {
	Source, Destination netip.Addr // of one family
	Protocol            Protocol
	TTL                 uint8  // 0 means 64
	TrafficClass        uint8  // DSCP and ECN
	ID                  uint16 // of fragments in IPv6, which has no other
	DontFragment        bool   // IPv4 only
	Options             []byte // IPv4 only, a multiple of 4 bytes
}

const defaultTTL = 64

// Packet returns the IP packet of that header around a segment.
func (h Header) Packet(segment []byte) ([]byte, error) { return h.build(segment, nil) }

// Fragment returns the fragment of that header that holds part, which begins at
// offset of its datagram. More fragments follow unless it is the last.
func (h Header) Fragment(part []byte, offset int, more bool) ([]byte, error) {
	return h.build(part, &Fragment{Offset: offset, More: more})
}

func (h Header) build(payload []byte, f *Fragment) ([]byte, error) {
	if h.Source.Is4() != h.Destination.Is4() || !h.Source.IsValid() {
		return nil, fmt.Errorf("packet: from %v to %v: not of one family", h.Source, h.Destination)
	}
	if f != nil && f.Offset%8 != 0 {
		return nil, fmt.Errorf("packet: a fragment at offset %d, which is not a multiple of 8", f.Offset)
	}
	if h.TTL == 0 {
		h.TTL = defaultTTL
	}
	if h.Source.Is4() {
		return h.ipv4(payload, f)
	}
	return h.ipv6(payload, f)
}

func (h Header) ipv4(payload []byte, f *Fragment) ([]byte, error) {
	if len(h.Options)%4 != 0 {
		return nil, errors.New("packet: the options are not a multiple of 4 bytes")
	}
	ip := &layers.IPv4{
		Version: 4, TTL: h.TTL, TOS: h.TrafficClass, Id: h.ID, Protocol: layers.IPProtocol(h.Protocol),
		SrcIP: h.Source.AsSlice(), DstIP: h.Destination.AsSlice(),
	}
	if h.DontFragment {
		ip.Flags |= layers.IPv4DontFragment
	}
	if f != nil {
		ip.FragOffset = uint16(f.Offset / 8)
		if f.More {
			ip.Flags |= layers.IPv4MoreFragments
		}
	}
	data, err := serialize(ip, gopacket.Payload(payload))
	if err != nil || len(h.Options) == 0 {
		return data, err
	}
	// Options are put in as they are: a codec would set them right.
	whole := make([]byte, 0, len(data)+len(h.Options))
	whole = append(append(append(whole, data[:ipv4HeaderLen]...), h.Options...), payload...)
	headerLen := ipv4HeaderLen + len(h.Options)
	whole[0] = 4<<4 | byte(headerLen/4)
	binary.BigEndian.PutUint16(whole[2:], uint16(len(whole)))
	Seal(whole[:headerLen], 10)
	return whole, nil
}

func (h Header) ipv6(payload []byte, f *Fragment) ([]byte, error) {
	ip := &layers.IPv6{
		Version: 6, HopLimit: h.TTL, TrafficClass: h.TrafficClass, NextHeader: layers.IPProtocol(h.Protocol),
		SrcIP: h.Source.AsSlice(), DstIP: h.Destination.AsSlice(),
	}
	if f == nil {
		return serialize(ip, gopacket.Payload(payload))
	}
	ip.NextHeader = layers.IPProtocolIPv6Fragment
	header := []byte{byte(h.Protocol), 0}
	word := uint16(f.Offset)
	if f.More {
		word |= 1
	}
	header = binary.BigEndian.AppendUint16(header, word)
	header = binary.BigEndian.AppendUint32(header, uint32(h.ID))
	return serialize(ip, gopacket.Payload(append(header, payload...)))
}

func serialize(parts ...gopacket.SerializableLayer) ([]byte, error) {
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, parts...); err != nil {
		return nil, fmt.Errorf("packet: %w", err)
	}
	return buffer.Bytes(), nil
}

// UDPSegment returns a UDP datagram with its checksum.
func UDPSegment(source, destination netip.AddrPort, payload []byte) []byte {
	s := make([]byte, udpHeaderLen, udpHeaderLen+len(payload))
	binary.BigEndian.PutUint16(s, source.Port())
	binary.BigEndian.PutUint16(s[2:], destination.Port())
	binary.BigEndian.PutUint16(s[4:], uint16(udpHeaderLen+len(payload)))
	s = append(s, payload...)
	sum := TransportChecksum(source.Addr(), destination.Addr(), UDP, s)
	if sum == 0 {
		sum = 0xffff // RFC 768: zero means that there is no checksum
	}
	binary.BigEndian.PutUint16(s[udpChecksum:], sum)
	return s
}

// TCPSegment returns a TCP segment with its checksum. Of h, Checksum and Cut do
// not matter, and Options is a multiple of 4 bytes.
func TCPSegment(source, destination netip.AddrPort, h TCPHeader, payload []byte) []byte {
	headerLen := tcpHeaderLen + len(h.Options)
	s := make([]byte, tcpHeaderLen, headerLen+len(payload))
	binary.BigEndian.PutUint16(s, source.Port())
	binary.BigEndian.PutUint16(s[2:], destination.Port())
	binary.BigEndian.PutUint32(s[4:], h.Seq)
	binary.BigEndian.PutUint32(s[8:], h.Ack)
	binary.BigEndian.PutUint16(s[12:], uint16(headerLen/4)<<12|uint16(h.Flags)&0x1ff)
	binary.BigEndian.PutUint16(s[14:], h.Window)
	binary.BigEndian.PutUint16(s[18:], h.Urgent)
	s = append(append(s, h.Options...), payload...)
	sum := TransportChecksum(source.Addr(), destination.Addr(), TCP, s)
	binary.BigEndian.PutUint16(s[tcpChecksum:], sum)
	return s
}

// ICMPSegment returns an ICMP message for IPv4 with its checksum. Word is the
// second word of the header; what follows is a query's data or an error's quote.
func ICMPSegment(kind, code uint8, word uint32, body []byte) []byte {
	s := []byte{kind, code, 0, 0}
	s = binary.BigEndian.AppendUint32(s, word)
	s = append(s, body...)
	Seal(s, icmpChecksum)
	return s
}

// ICMPv6Segment returns an ICMPv6 message, whose checksum covers the addresses.
func ICMPv6Segment(source, destination netip.Addr, kind, code uint8, word uint32, body []byte) []byte {
	s := []byte{kind, code, 0, 0}
	s = binary.BigEndian.AppendUint32(s, word)
	s = append(s, body...)
	binary.BigEndian.PutUint16(s[icmpChecksum:], TransportChecksum(source, destination, ICMPv6, s))
	return s
}

// Query returns the second word of an ICMP query.
func Query(id, seq uint16) uint32 { return uint32(id)<<16 | uint32(seq) }
