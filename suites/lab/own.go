package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/gopacket/gopacket/layers"
	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// Said is how often the NAT has sent something of its own.
type Said int

// OwnErrors counts the ICMP errors of these types that the NAT has sent in its own name
// so far, on either side; no type means any. What is about a control does not count.
func (l *Lab) OwnErrors(kinds ...uint8) Said {
	ginkgo.GinkgoHelper()
	var said Said
	for _, p := range l.Traffic() {
		if p.Own() && p.IsError() && !p.control() && (len(kinds) == 0 || slices.Contains(kinds, p.ICMP.Type)) {
			said++
		}
	}
	return said
}

// Says observes whether the NAT sends an ICMP error in its own name to x's host when a
// stimulus comes, whatever kind of error.
func (e *Endpoint) Says(ctx context.Context, y *Endpoint, s Stimulus) Heard {
	ginkgo.GinkgoHelper()
	return e.Overhears(ctx, y, "an ICMP error of the NAT about "+s.String(), func(a Arrival) bool {
		return a.IsError() && !a.control()
	}, func() { ginkgo.GinkgoHelper(); e.lab.put(ctx, s) })
}

// HearsRefused sends a packet of e's and observes whether e's host is told that it cannot
// be delivered (Destination Unreachable), whatever the code.
func (e *Endpoint) HearsRefused(ctx context.Context, p *Packet) Heard {
	ginkgo.GinkgoHelper()
	return e.lab.observe(ctx, observation{
		what: fmt.Sprintf("Destination Unreachable about %s", p), from: p.sender(), at: e.place,
		observer: e.place.name, beside: "X2",
		during: func() { ginkgo.GinkgoHelper(); e.lab.put(ctx, p) },
		wanted: func(a Arrival) bool {
			quote := a.Quote()
			return quote != nil && a.ICMP.Type == layers.ICMPv4TypeDestinationUnreachable &&
				quote.Source == e.Addr()
		},
	})
}

// Code is the code of the ICMP message that was heard, and 255 if none was.
func (h Heard) Code() uint8 {
	if h.Arrival == nil || h.Arrival.ICMP == nil {
		return 255
	}
	return h.Arrival.ICMP.Code
}

// A DSCP is a differentiated services code point.
type DSCP uint8

func (d DSCP) String() string { return fmt.Sprintf("DSCP %d", uint8(d)) }

// DSCP is that of what was heard.
func (h Heard) DSCP() DSCP {
	if h.Arrival == nil {
		return 0
	}
	return DSCP(h.Arrival.TrafficClass >> 2)
}

// A Raw is an IP packet that is sent as it stands, said in words.
type Raw struct {
	what string
	from place
	data []byte
	is   func(Arrival) bool
}

func (r *Raw) String() string                       { return r.what }
func (r *Raw) packets() ([][]byte, error)           { return [][]byte{r.data}, nil }
func (r *Raw) sender() place                        { return r.from }
func (r *Raw) heardBy(*Endpoint) func(Arrival) bool { return r.is }

// Altered is the packet as it is sent, after change has had its way with it, under another
// name. It is heard as whatever has its ID.
func (p *Packet) Altered(what string, change func(packet.Edit)) *Raw {
	ginkgo.GinkgoHelper()
	unsent := p.Unsent()
	edit := unsent.Edit()
	change(edit)
	id := uint32(p.id)
	return &Raw{what, p.from.place, edit.Data(), func(a Arrival) bool { return a.ID == id }}
}

// From is the packet from another source, or another host's.
func (p *Packet) From(source netip.Addr) *Raw {
	ginkgo.GinkgoHelper()
	return p.Altered(fmt.Sprintf("a packet from %s", source), func(e packet.Edit) { e.SetSourceAddr(source) })
}

// LaterFragment is the packet's data as a fragment that is not the first.
func (p *Packet) LaterFragment() *Raw {
	ginkgo.GinkgoHelper()
	const fragmentAt = 6
	return p.Altered("a fragment that is not the first", func(e packet.Edit) { e.SetIPv4(fragmentAt, []byte{0, 100}) })
}

// ICMPMessage makes an ICMP message of a host to an address, of any type, with eight
// bytes behind its header.
func (l *Lab) ICMPMessage(host string, kind uint8, to netip.Addr) *Raw {
	ginkgo.GinkgoHelper()
	p, ok := placeNamed(host)
	if !ok {
		l.breaks("spec", fmt.Errorf("there is no host %q", host))
	}
	id := uint16(l.next())
	header := packet.Header{Source: l.addr(p), Destination: to, Protocol: packet.ICMP, ID: id}
	data, err := header.Packet(packet.ICMPSegment(kind, 0, uint32(id), []byte("natproof")))
	if err != nil {
		l.breaks("spec", err)
	}
	what := fmt.Sprintf("an ICMP message of type %d from %s to %s", kind, host, nameOf(netip.AddrPortFrom(to, 0)))
	return &Raw{what, p, data, func(a Arrival) bool {
		return a.ICMP != nil && a.ICMP.Type == kind && a.ID == uint32(id)
	}}
}

// Expires sends n packets with a TTL of one to y, with round trips between them, so that
// the NAT gets to see them all.
func (e *Endpoint) Expires(ctx context.Context, y *Endpoint, n int) {
	ginkgo.GinkgoHelper()
	pairs := e.lab.controlPairs(e.place, y.place)
	for i := range n {
		if i%floodBurst == 0 {
			e.lab.controls(ctx, pairs, during)
		}
		e.lab.put(ctx, e.To(y.Addr()).TTL(1))
	}
	e.lab.controls(ctx, pairs, "after")
}
