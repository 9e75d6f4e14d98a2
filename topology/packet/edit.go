package packet

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// Where the fields are that an Edit writes.
const (
	ipv4TTL, ipv4Checksum, ipv4Source, ipv4Destination = 8, 10, 12, 16
	ipv6HopLimit, ipv6Source, ipv6Destination          = 7, 8, 24

	sourcePort, destinationPort = 0, 2
	udpChecksum, tcpChecksum    = 6, 16
	icmpChecksum, icmpWord      = 2, 4
)

// An Edit rewrites a packet in place, as a NAT does: what depends on a field is
// brought up to date, and a checksum that was wrong stays wrong. Its bytes are
// its own.
type Edit struct {
	data      []byte
	protocol  Protocol
	transport int // where the transport's header begins, 0 where there is none to edit
}

// Edit returns an Edit of a copy of the packet.
func (p *Packet) Edit() Edit {
	return p.EditOf(bytes.Clone(p.Data))
}

// EditOf returns an Edit of data, which is the packet's own or has its layout.
func (p *Packet) EditOf(data []byte) Edit {
	e := Edit{data: data, protocol: p.Protocol}
	if p.Fragment == nil || p.Fragment.Offset == 0 {
		e.transport = len(p.Data) - len(p.Segment)
	}
	return e
}

// Data is the packet as it has become.
func (e Edit) Data() []byte { return e.data }

// Segment is the transport's header and data, to be read.
func (e Edit) Segment() []byte { return e.data[e.transport:] }

func (e Edit) is6() bool { return e.data[0]>>4 == 6 }

// Quote returns an Edit of the packet that an ICMP error quotes, which shares the
// error's bytes, and false where it cannot be read. The error's own checksum does
// not follow: SealICMP brings it up to date.
func (e Edit) Quote() (Edit, bool) {
	if e.transport == 0 || len(e.data) < e.transport+icmpHeaderLen {
		return Edit{}, false
	}
	quoted := e.data[e.transport+icmpHeaderLen:]
	p, err := ParseQuote(quoted)
	if err != nil {
		return Edit{}, false
	}
	return p.EditOf(quoted), true
}

// SealICMP computes the checksum of an ICMP error anew. Only an error that has
// been verified may be sealed.
func (e Edit) SealICMP() {
	s := e.Segment()
	if e.protocol == ICMP {
		Seal(s, icmpChecksum)
		return
	}
	clear(s[icmpChecksum : icmpChecksum+2])
	source, destination := e.addresses()
	binary.BigEndian.PutUint16(s[icmpChecksum:], TransportChecksum(source, destination, e.protocol, s))
}

func (e Edit) addresses() (source, destination netip.Addr) {
	if e.is6() {
		return netip.AddrFrom16([16]byte(e.data[ipv6Source:])), netip.AddrFrom16([16]byte(e.data[ipv6Destination:]))
	}
	return netip.AddrFrom4([4]byte(e.data[ipv4Source:])), netip.AddrFrom4([4]byte(e.data[ipv4Destination:]))
}

// SetTTL writes the TTL or hop limit.
func (e Edit) SetTTL(ttl uint8) {
	if e.is6() {
		e.data[ipv6HopLimit] = ttl
		return
	}
	e.SetIPv4(ipv4TTL, []byte{ttl, e.data[ipv4TTL+1]})
}

// SetIPv4 writes an even number of bytes at an even place of an IPv4 header,
// which no transport's checksum covers.
func (e Edit) SetIPv4(at int, value []byte) {
	Adjust(e.data, ipv4Checksum, e.data[at:at+len(value)], value)
	copy(e.data[at:], value)
}

// SetSource writes the source address, and the port or query identifier.
func (e Edit) SetSource(to netip.AddrPort) {
	e.SetSourceAddr(to.Addr())
	e.SetSourcePort(to.Port())
}

// SetDestination writes the destination address, and the port or query
// identifier.
func (e Edit) SetDestination(to netip.AddrPort) {
	e.SetDestinationAddr(to.Addr())
	e.SetDestinationPort(to.Port())
}

// SetSourceAddr writes the source address, which is of the packet's family.
func (e Edit) SetSourceAddr(to netip.Addr) {
	if e.is6() {
		e.setAddr(ipv6Source, to)
		return
	}
	e.setAddr(ipv4Source, to)
}

// SetDestinationAddr writes the destination address, which is of the packet's
// family.
func (e Edit) SetDestinationAddr(to netip.Addr) {
	if e.is6() {
		e.setAddr(ipv6Destination, to)
		return
	}
	e.setAddr(ipv4Destination, to)
}

func (e Edit) setAddr(at int, to netip.Addr) {
	value := to.AsSlice()
	if e.protocol != ICMP { // whose checksum does not cover the addresses
		e.adjustTransport(e.data[at:at+len(value)], value)
	}
	if e.is6() {
		copy(e.data[at:], value)
		return
	}
	e.SetIPv4(at, value)
}

// SetSourcePort writes the port of UDP and TCP, and the identifier of an ICMP
// request. Of any other packet it changes nothing.
func (e Edit) SetSourcePort(port uint16) { e.setPort(sourcePort, true, port) }

// SetDestinationPort writes the port of UDP and TCP, and the identifier of an
// ICMP reply. Of any other packet it changes nothing.
func (e Edit) SetDestinationPort(port uint16) { e.setPort(destinationPort, false, port) }

func (e Edit) setPort(at int, source bool, port uint16) {
	switch e.protocol {
	case UDP, TCP:
	case ICMP, ICMPv6:
		if e.transport == 0 || len(e.data) < e.transport+icmpHeaderLen {
			return
		}
		if query, asks := queryOf(e.protocol, e.Segment()[0]); !query || asks != source {
			return
		}
		at = icmpWord
	default:
		return
	}
	e.SetSegment(at, binary.BigEndian.AppendUint16(nil, port))
}

// SetSegment writes at an even place of the transport's header or data. What is
// not there, since the packet is cut off, is not written.
func (e Edit) SetSegment(at int, value []byte) {
	at += e.transport
	if e.transport == 0 || at+len(value) > len(e.data) {
		return
	}
	e.adjustTransport(e.data[at:at+len(value)], value)
	copy(e.data[at:], value)
}

// adjustTransport brings the transport's checksum up to date.
func (e Edit) adjustTransport(before, after []byte) {
	at := e.transport
	switch e.protocol {
	case UDP:
		at += udpChecksum
	case TCP:
		at += tcpChecksum
	case ICMP, ICMPv6:
		at += icmpChecksum
	default:
		return
	}
	if e.transport == 0 || at+2 > len(e.data) {
		return // a quote may end before the checksum
	}
	if e.protocol != UDP {
		Adjust(e.data, at, before, after)
		return
	}
	// Zero means that there is no checksum, and a computed zero is sent as all
	// ones (RFC 768).
	if binary.BigEndian.Uint16(e.data[at:]) == 0 {
		return
	}
	Adjust(e.data, at, before, after)
	if binary.BigEndian.Uint16(e.data[at:]) == 0 {
		binary.BigEndian.PutUint16(e.data[at:], 0xffff)
	}
}

// FillUDPChecksum computes the checksum of a UDP datagram that has none. A NAT
// must not (RFC 3022, Section 4.1); a translator to IPv6 has to.
func (e Edit) FillUDPChecksum() {
	s := e.Segment()
	if e.protocol != UDP || len(s) < udpHeaderLen || s[udpChecksum] != 0 || s[udpChecksum+1] != 0 {
		return
	}
	source, destination := e.addresses()
	length := min(int(binary.BigEndian.Uint16(s[4:])), len(s)) // more may follow the datagram
	sum := TransportChecksum(source, destination, UDP, s[:length])
	if sum == 0 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(s[udpChecksum:], sum)
}
