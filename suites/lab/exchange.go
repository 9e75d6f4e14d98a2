package lab

import (
	"context"
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

// ZeroSum gives the packet a payload with which its UDP checksum is computed as
// zero once a NAT has made it go from one address to the other.
func (p *Packet) ZeroSum(from, to netip.AddrPort) *Packet {
	payload := append(p.payload, make([]byte, 2+len(p.payload)%2)...)
	copy(payload[len(payload)-2:], packet.UDPSegment(from, to, payload)[6:8])
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
