package refnat

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// Where the fields of an IPv4 header are.
const (
	ipLength   = 2
	ipFlags    = 6
	ipTTL      = 8
	ipChecksum = 10
	ipSource   = 12
	ipDest     = 16
	ipHeader   = 20 // without options

	udpSource   = 0
	udpDest     = 2
	udpChecksum = 6
	udpHeader   = 8
)

// A datagram is an IPv4 packet as it was received, in one piece. Its data is
// never written to; what leaves is a copy.
type datagram struct {
	layers.IPv4
	from Side
	data []byte
	// largest is the length of the packet, or of its largest fragment where
	// it came in fragments: what fitted the link that it came on.
	largest  int
	src, dst netip.Addr
}

// parse reads a packet, and reports false for one that a router would discard.
func parse(from Side, data []byte) (*datagram, bool) {
	d := &datagram{from: from}
	if d.DecodeFromBytes(data, gopacket.NilDecodeFeedback) != nil {
		return nil, false
	}
	// The decoder forgives a length of zero and a packet cut short.
	length := int(binary.BigEndian.Uint16(data[ipLength:]))
	if d.Version != 4 || length == 0 || length > len(data) || !valid(d.Contents) {
		return nil, false
	}
	d.data = data[:length]
	d.largest = length
	d.src, d.dst = addrAt(data, ipSource), addrAt(data, ipDest)
	return d, true
}

func (d *datagram) fragmented() bool {
	return d.FragOffset != 0 || d.Flags&layers.IPv4MoreFragments != 0
}

func (d *datagram) dontFragment() bool { return d.Flags&layers.IPv4DontFragment != 0 }

// endpoints returns the UDP source and destination, and false if the datagram
// does not hold a whole UDP header and what that announces.
func (d *datagram) endpoints() (src, dst netip.AddrPort, ok bool) {
	if len(d.Payload) < udpHeader {
		return src, dst, false
	}
	length := int(binary.BigEndian.Uint16(d.Payload[4:]))
	if length < udpHeader || length > len(d.Payload) {
		return src, dst, false
	}
	return portAt(d.src, d.Payload, udpSource), portAt(d.dst, d.Payload, udpDest), true
}

// forward returns a copy with a router's mark on it: one hop less to live.
func (d *datagram) forward() header {
	h := header{data: bytes.Clone(d.data)}
	h.set(ipTTL, []byte{d.TTL - 1, d.data[ipTTL+1]})
	if d.Protocol == layers.IPProtocolUDP {
		h.transport = len(d.Contents)
	}
	return h
}

func addrAt(data []byte, at int) netip.Addr {
	return netip.AddrFrom4([4]byte(data[at : at+4]))
}

func portAt(addr netip.Addr, data []byte, at int) netip.AddrPort {
	return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(data[at:]))
}

// A header is an IPv4 header and what follows, to be rewritten in place: a
// packet that is to leave, or the one quoted in an ICMP error.
type header struct {
	data []byte
	// transport is where the UDP header begins; zero means that there is none.
	transport int
}

// set writes an even number of bytes at an even place of the IP header.
func (h header) set(at int, value []byte) {
	adjust(h.data, ipChecksum, h.data[at:at+len(value)], value)
	copy(h.data[at:], value)
}

// setAddr writes an address, which the UDP checksum covers as well.
func (h header) setAddr(at int, addr netip.Addr) {
	value := addr.As4()
	if h.transport > 0 {
		adjustUDP(h.data, h.transport+udpChecksum, h.data[at:at+4], value[:])
	}
	h.set(at, value[:])
}

func (h header) setPort(at int, port uint16) {
	at += h.transport
	value := binary.BigEndian.AppendUint16(nil, port)
	adjustUDP(h.data, h.transport+udpChecksum, h.data[at:at+2], value)
	copy(h.data[at:], value)
}

func (h header) setSource(to netip.AddrPort) {
	h.setAddr(ipSource, to.Addr())
	h.setPort(udpSource, to.Port())
}

func (h header) setDest(to netip.AddrPort) {
	h.setAddr(ipDest, to.Addr())
	h.setPort(udpDest, to.Port())
}

// fillChecksum computes the UDP checksum if there is none, which is what
// ChecksumFilled does.
func (h header) fillChecksum() {
	field := h.data[h.transport+udpChecksum:][:2]
	if field[0] != 0 || field[1] != 0 {
		return
	}
	segment := h.data[h.transport:]
	pseudo := slices.Concat(h.data[ipSource:ipDest+4], []byte{0, byte(layers.IPProtocolUDP)}, segment[4:6], segment)
	binary.BigEndian.PutUint16(field, gopacket.FoldChecksum(gopacket.ComputeChecksum(pseudo, 0)))
}

// rewritePayload replaces an address in the UDP payload wherever it stands,
// which is what PayloadRewritten does.
func (h header) rewritePayload(from, to netip.Addr) {
	payload := h.data[h.transport+udpHeader:]
	before := bytes.Clone(payload)
	copy(payload, bytes.ReplaceAll(before, from.AsSlice(), to.AsSlice()))
	after := bytes.Clone(payload)
	if len(payload)%2 == 1 {
		before, after = append(before, 0), append(after, 0)
	}
	adjustUDP(h.data, h.transport+udpChecksum, before, after)
}
