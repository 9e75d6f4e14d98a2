package lab

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// A Packet is an IP packet of an endpoint that is to be sent. Its methods change
// how, and return it.
type Packet struct {
	from         *Endpoint
	to           netip.AddrPort
	id           uint16
	payload      []byte
	dontFragment bool
	noChecksum   bool
	damaged      bool
	wrongHeader  bool   // its IPv4 header has a wrong checksum
	bare         bool   // it has no payload, and gets none
	ttl, class   uint8  // 0: as any host sets them
	options      []byte // of the IPv4 header
	fragment     int    // bytes of the segment in each fragment; 0: not fragmented
	order        []int  // in which the fragments are sent
	tcp          *tcpPart
	question     Question // of an ICMP query
	replies      bool     // it is a reply
}

// To makes a packet from e to an address: of UDP, a datagram with a payload of its
// own; of TCP, what the end of the connection would send next (a SYN at first); and
// of ICMP an echo request from the inside or, from the outside to a query
// identifier, its reply. Nothing is sent yet.
func (e *Endpoint) To(destination netip.AddrPort) *Packet {
	p := &Packet{from: e, to: destination, id: uint16(e.lab.next())}
	if e.protocol == packet.TCP {
		p.tcp = &tcpPart{end: e.end(destination)}
		return p
	}
	p.payload = p.label()
	if e.isPortless() {
		p.payload = portless(e.protocol, p.payload)
	}
	return p
}

// label is a payload that no other packet of the lab has.
func (p *Packet) label() []byte {
	return fmt.Appendf(nil, "natproof %d: %s to %s", p.id, p.from, nameOf(p.to))
}

// Size pads the packet so that it has size bytes, IP header and all.
func (p *Packet) Size(size int) *Packet {
	headers := len(p.segment()) - len(p.payload) + 20
	if p.to.Addr().Is6() {
		headers += 20
	}
	for n := byte('a'); len(p.payload) < size-headers; n++ {
		if n > 'z' {
			n = 'a'
		}
		p.payload = append(p.payload, n)
	}
	return p
}

// Carrying appends to the packet's payload.
func (p *Packet) Carrying(payload []byte) *Packet {
	p.payload = append(p.payload, payload...)
	return p
}

// Saying makes payload the whole of the packet's, without the label that it had.
// Only the endpoints tell it from others then.
func (p *Packet) Saying(payload []byte) *Packet {
	p.payload = payload
	return p
}

// Exactly makes the payload n bytes long, whatever it says then.
func (p *Packet) Exactly(n int) *Packet {
	for len(p.payload) < n {
		p.payload = append(p.payload, '.')
	}
	p.payload = p.payload[:n]
	return p
}

// DontFragment sets the DF bit.
func (p *Packet) DontFragment() *Packet {
	p.dontFragment = true
	return p
}

// WithoutChecksum leaves the UDP checksum zero (RFC 768: there is none).
func (p *Packet) WithoutChecksum() *Packet {
	p.noChecksum = true
	return p
}

// Damaged makes the transport's checksum wrong.
func (p *Packet) Damaged() *Packet {
	p.damaged = true
	return p
}

// WithWrongHeader damages the checksum of the IPv4 header, with which no router takes a packet.
func (p *Packet) WithWrongHeader() *Packet {
	p.wrongHeader = true
	return p
}

// TTL sets the TTL or hop limit.
func (p *Packet) TTL(ttl uint8) *Packet {
	p.ttl = ttl
	return p
}

// Class sets the DSCP and ECN bits.
func (p *Packet) Class(bits uint8) *Packet {
	p.class = bits
	return p
}

// Options sets the options of the IPv4 header, a multiple of 4 bytes.
func (p *Packet) Options(options ...byte) *Packet {
	p.options = options
	return p
}

// Bare empties the payload, and Carrying may fill it. Nothing tells the packet
// from others of the same length then.
func (p *Packet) Bare() *Packet {
	p.payload, p.bare = nil, true
	return p
}

// Reset makes a segment of TCP a RST.
func (p *Packet) Reset() *Packet {
	p.tcp.segment.Flags = new(RST)
	return p
}

// Unsent is the packet as its destination would see it if it were sent as it is,
// for an ICMP error about a packet that never was.
func (p *Packet) Unsent() Arrival {
	ginkgo.GinkgoHelper()
	data, err := p.packets()
	if err != nil {
		p.from.lab.breaks("spec: "+p.String(), err)
	}
	return parse(data[0], time.Time{})
}

// InFragments sends the packet as fragments of size bytes each but the last, in
// the order given by their positions; no order means ascending.
func (p *Packet) InFragments(size int, order ...int) *Packet {
	p.fragment, p.order = size, order
	return p
}

func (p *Packet) String() string {
	what := fmt.Sprintf("%q", title(p.payload))
	if p.tcp != nil {
		what = p.tcp.describe(p.id, len(p.payload))
	}
	return fmt.Sprintf("%s from %s to %s", what, p.from, nameOf(p.to))
}

// title is the beginning of a payload, by which it can be found in the capture.
func title(payload []byte) string {
	start, _, _ := strings.Cut(string(payload[:min(len(payload), 40)]), ":")
	return start
}

func (p *Packet) sender() place { return p.from.place }

// heardBy tells the packet among e's arrivals.
func (p *Packet) heardBy(e *Endpoint) func(Arrival) bool {
	return func(a Arrival) bool {
		return a.Protocol == e.protocol && !a.IsError() && string(a.Payload) == string(p.payload) &&
			(p.tcp == nil || p.tcp.is(a, p.id)) && (!p.from.isEcho() || p.isQuery(a)) && e.receives(a)
	}
}

// keys are what the packet is known by among many others, once it was sent: its data
// or, of a segment without, its numbers and, should a NAT have altered those, its ID.
func (p *Packet) keys() []string {
	if p.tcp == nil {
		return []string{string(p.payload)}
	}
	return segmentKeys(*p.tcp.header, uint32(p.id), p.payload)
}

// keys are those of the packet that has arrived.
func (a Arrival) keys() []string {
	if a.TCP == nil {
		return []string{string(a.Payload)}
	}
	return segmentKeys(*a.TCP, a.ID, a.Payload)
}

func segmentKeys(h packet.TCPHeader, id uint32, payload []byte) []string {
	if len(payload) > 0 {
		return []string{string(payload)}
	}
	return []string{fmt.Sprintf("%s %d %d", h.Flags, h.Seq, h.Ack), fmt.Sprintf("%s ID %d", h.Flags, id)}
}

func (e *Endpoint) isEcho() bool { return e.protocol == packet.ICMP || e.protocol == packet.ICMPv6 }

// segment is what the packet carries after the IP header.
func (p *Packet) segment() []byte {
	source := p.from.Addr()
	switch p.from.protocol {
	case packet.TCP:
		return packet.TCPSegment(source, p.to, p.tcp.write(p.id), p.payload)
	case packet.ICMP:
		kind, id := p.query()
		return packet.ICMPSegment(kind, 0, packet.Query(id, p.id), p.payload)
	case packet.ICMPv6:
		kind, id := p.query()
		return packet.ICMPv6Segment(source.Addr(), p.to.Addr(), kind, 0, packet.Query(id, p.id), p.payload)
	}
	if p.from.isPortless() {
		return p.payload
	}
	segment := packet.UDPSegment(source, p.to, p.payload)
	if p.noChecksum {
		segment[6], segment[7] = 0, 0
	}
	return segment
}

// headerChecksumAt is where the IPv4 header has its checksum.
const headerChecksumAt = 10

// packets returns the IP packets that carry the segment, in sending order.
func (p *Packet) packets() ([][]byte, error) {
	header := packet.Header{
		Source: p.from.Addr().Addr(), Destination: p.to.Addr(), Protocol: p.from.protocol,
		ID: p.id, DontFragment: p.dontFragment, TTL: p.ttl, TrafficClass: p.class, Options: p.options,
	}
	segment := p.segment()
	if p.damaged {
		at := map[packet.Protocol]int{packet.UDP: 6, packet.TCP: 16, packet.ICMP: 2, packet.ICMPv6: 2}[p.from.protocol]
		// Zero would say that there is no checksum.
		if segment[at+1] ^= 0x55; segment[at] == 0 && segment[at+1] == 0 {
			segment[at] = 1
		}
	}
	if p.fragment == 0 {
		data, err := header.Packet(segment)
		if err == nil && p.wrongHeader {
			data[headerChecksumAt] ^= 0x55
		}
		return [][]byte{data}, err
	}
	var fragments [][]byte
	for offset := 0; offset < len(segment); offset += p.fragment {
		end := min(offset+p.fragment, len(segment))
		data, err := header.Fragment(segment[offset:end], offset, end < len(segment))
		if err != nil {
			return nil, err
		}
		fragments = append(fragments, data)
	}
	if len(p.order) == 0 {
		return fragments, nil
	}
	ordered := make([][]byte, 0, len(fragments))
	for _, i := range p.order {
		ordered = append(ordered, fragments[i])
	}
	return ordered, nil
}
