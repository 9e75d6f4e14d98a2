package lab

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket/layers"
	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// Exchanges sends a packet to y and one back to the mapping for each shape, in
// which it may change whatever it likes, and returns when all of them are through.
// It looks at none of them: Traffic does.
func (e *Endpoint) Exchanges(ctx context.Context, y *Endpoint, shapes ...func(*Packet) *Packet) {
	ginkgo.GinkgoHelper()
	x1 := e.SeenBy(ctx, y)
	pairs := e.lab.controlPairs(e.place, y.place)
	e.lab.controls(ctx, pairs, "before")
	for _, shape := range shapes {
		e.lab.put(ctx, shape(e.To(y.Addr())))
		e.lab.put(ctx, shape(y.To(x1)))
	}
	e.lab.controls(ctx, pairs, "after")
}

// ZeroSum gives the packet a payload with which its checksum is computed as
// zero once a NAT has made it go from one address to the other.
func (p *Packet) ZeroSum(from, to netip.AddrPort) *Packet { return p.Summing(0, from, to) }

// Summing gives the packet a payload with which its checksum, of UDP, TCP or an ICMP query,
// is computed as sum once a NAT has made it go from one address to the other. Sent from its
// own address to where it is sent, it leaves with that.
func (p *Packet) Summing(sum uint16, from, to netip.AddrPort) *Packet {
	if p.tcp != nil && p.payload == nil {
		p.payload = p.label()
	}
	payload := append(p.payload, make([]byte, 2+len(p.payload)%2)...)
	segment := packet.UDPSegment(from, to, payload)[6:8]
	switch {
	case p.tcp != nil:
		segment = packet.TCPSegment(from, to, p.tcp.write(p.id), payload)[16:18]
	case p.from.isEcho():
		kind, _ := p.query()
		id := to.Port()
		if p.asks() {
			id = from.Port()
		}
		segment = packet.ICMPSegment(kind, 0, packet.Query(id, p.id), payload)[2:4]
	}
	// In one's complement, what is missing is the difference of the two sums.
	missing := uint32(binary.BigEndian.Uint16(segment)) + uint32(^sum)
	binary.BigEndian.PutUint16(payload[len(payload)-2:], uint16(missing+missing>>16))
	p.payload = payload
	return p
}

// HearsExpired sends a packet of e's and observes whether e's host is told that
// its TTL has expired (type 11 code 0).
func (e *Endpoint) HearsExpired(ctx context.Context, p *Packet) Heard {
	ginkgo.GinkgoHelper()
	return e.lab.observe(ctx, observation{
		what: fmt.Sprintf("Time Exceeded about %s", p), from: p.sender(), at: e.place, observer: e.place.name,
		during: func() { ginkgo.GinkgoHelper(); e.lab.put(ctx, p) },
		wanted: func(a Arrival) bool {
			return a.IsError() && a.ICMP.Type == layers.ICMPv4TypeTimeExceeded && a.ICMP.Code == 0
		},
	})
}

// HeaderSumming gives a packet that is not to be fragmented the ID with which the checksum of
// its IP header is sum, or as near as may be, once a NAT has made it go from one address to the
// other and one hop further. Sent from its own address to where it is sent, with a TTL of one
// more, it leaves with that.
func (p *Packet) HeaderSumming(sum uint16, from, to netip.Addr) *Packet {
	ginkgo.GinkgoHelper()
	if p.tcp != nil && p.payload == nil {
		p.payload = p.label()
	}
	p.dontFragment, p.id, p.ttl = true, 0, headerTTL
	header := packet.Header{
		Source: from, Destination: to, Protocol: p.from.protocol, TTL: headerTTL - 1, DontFragment: true,
	}
	data, err := header.Packet(p.segment())
	if err != nil {
		p.from.lab.breaks("spec: "+p.String(), err)
	}
	// As in Summing, what is missing is a difference in one's complement.
	missing := uint32(binary.BigEndian.Uint16(data[10:])) + uint32(^sum)
	p.id = uint16(missing + missing>>16)
	return p
}

// headerTTL is the TTL of packets with a header of a certain checksum.
const headerTTL = 64
