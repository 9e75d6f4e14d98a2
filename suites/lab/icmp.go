package lab

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket/layers"
	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// An ICMPError is an ICMP error that is to be sent about a packet.
type ICMPError struct {
	lab        *Lab
	from       place
	kind, code uint8
	word       uint32
	quote      Arrival
	quoted     []byte         // of quote, as the error carries it
	about      netip.AddrPort // the destination of the quote when it is heard
	anyKind    bool
	anyhow     bool // heard whatever it quotes
	damaged    bool
	ttl        uint8 // 0: as any host sets it
	id         uint16
	class      uint8
	options    []byte
	whole      bool // not to be fragmented
}

// ICMPError makes an error of a host about a packet that it, or a host behind
// it, has received. word is the second word of its header, for type 3 code 4
// the next-hop MTU.
func (l *Lab) ICMPError(host string, kind, code uint8, word uint32, about Arrival) *ICMPError {
	ginkgo.GinkgoHelper()
	p, ok := placeNamed(host)
	if !ok {
		l.breaks("spec", fmt.Errorf("there is no host %q", host))
	}
	if !p.inside && !l.setup.Policy.Bypasses(about.Destination) {
		l.translated(about.Source)
	}
	return &ICMPError{
		lab: l, from: p, kind: kind, code: code, word: word, id: uint16(l.next()),
		quote: about, quoted: about.Data, about: about.Destination,
	}
}

func (e *ICMPError) String() string {
	return fmt.Sprintf("ICMP type %d code %d from %s about the packet from %s",
		e.kind, e.code, e.from.name, nameOf(e.quote.Source))
}

func (e *ICMPError) sender() place { return e.from }

func (e *ICMPError) packets() ([][]byte, error) {
	header := packet.Header{
		Source: e.lab.addr(e.from), Destination: e.quote.Source.Addr(), Protocol: packet.ICMP, ID: e.id, TTL: e.ttl,
		TrafficClass: e.class, Options: e.options, DontFragment: e.whole,
	}
	segment := packet.ICMPSegment(e.kind, e.code, e.word, e.quoted)
	if header.Destination.Is6() {
		header.Protocol = packet.ICMPv6
		segment = packet.ICMPv6Segment(header.Source, header.Destination, e.kind, e.code, e.word, e.quoted)
	}
	data, err := header.Packet(e.sum(segment))
	return [][]byte{data}, err
}

// heardBy tells the error among the arrivals at x's host, about a packet of x's.
// A NAT may shorten the quote, but not below the header and eight bytes (RFC 792),
// so the ports tell.
func (e *ICMPError) heardBy(x *Endpoint) func(Arrival) bool {
	return func(a Arrival) bool {
		quote := a.Quote()
		if e.anyhow {
			return a.IsError() && !a.control() && a.Destination.Addr() == x.Addr().Addr()
		}
		return quote != nil && (e.anyKind || a.ICMP.Type == e.kind && a.ICMP.Code == e.code) &&
			a.Destination.Addr() == x.Addr().Addr() && quote.Destination == e.about
	}
}

// HearsTooBig sends a packet of e's and observes whether e's host is told that it
// is too big (type 3 code 4, in IPv6 type 2).
func (e *Endpoint) HearsTooBig(ctx context.Context, p *Packet) Heard {
	ginkgo.GinkgoHelper()
	return e.lab.observe(ctx, observation{
		what: p.String(), from: p.sender(), at: e.place, observer: e.place.name,
		during: func() { ginkgo.GinkgoHelper(); e.lab.put(ctx, p) },
		wanted: func(a Arrival) bool {
			quote := a.Quote()
			return quote != nil && tooBig(a) && bytes.HasPrefix(quote.Segment, p.segment()[:8])
		},
	})
}

func tooBig(a Arrival) bool {
	if a.Protocol == packet.ICMPv6 {
		return a.ICMP.Type == layers.ICMPv6TypePacketTooBig
	}
	return a.ICMP.Type == layers.ICMPv4TypeDestinationUnreachable &&
		a.ICMP.Code == layers.ICMPv4CodeFragmentationNeeded
}

// Sends sends an ICMP error and does not look what becomes of it.
func (e *ICMPError) Sends(ctx context.Context) {
	ginkgo.GinkgoHelper()
	once := e.lab.doubt.once
	e.lab.put(ctx, e)
	e.lab.doubt.once = once // an error that is lost silences nothing
}

// Outsider is the address of a host, without a port, as the source of its errors.
func (l *Lab) Outsider(host string) netip.AddrPort {
	return netip.AddrPortFrom(l.addr(named(host)), 0)
}
