package suites

import (
	"bytes"
	"context"
	"fmt"

	"github.com/gopacket/gopacket/layers"
	ginkgo "github.com/onsi/ginkgo/v2"
)

// An ICMPError is an ICMP error that is to be sent about a packet.
type ICMPError struct {
	lab        *Lab
	from       place
	kind, code uint8
	word       uint32
	quote      Arrival
	id         uint16
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
	l.translated(about.Source)
	return &ICMPError{lab: l, from: p, kind: kind, code: code, word: word, quote: about, id: uint16(l.next())}
}

func (e *ICMPError) String() string {
	return fmt.Sprintf("ICMP type %d code %d from %s about the packet from %s", e.kind, e.code, e.from.name, e.quote.Source)
}

func (e *ICMPError) sender() place { return e.from }

func (e *ICMPError) packets() ([][]byte, error) {
	header := ipv4{source: e.from.addr, destination: e.quote.Source.Addr(), protocol: layers.IPProtocolICMPv4, id: e.id}
	packet, err := header.bytes(icmpError(e.kind, e.code, e.word, e.quote.Raw))
	return [][]byte{packet}, err
}

// HearsError sends an ICMP error and observes whether u's host receives it
// about a packet of u's, between two controls. A NAT may shorten the quote, but
// not below the header and eight bytes (RFC 792), so the ports tell.
func (u *UDP) HearsError(ctx context.Context, e *ICMPError) Heard {
	ginkgo.GinkgoHelper()
	return u.lab.observe(ctx, e, u.place, u.place.name, func(a Arrival) bool {
		return a.ICMP != nil && a.ICMP.Type == e.kind && a.ICMP.Code == e.code &&
			a.Destination.Addr() == u.place.addr && a.ICMP.Quote != nil &&
			a.ICMP.Quote.Destination == e.quote.Destination
	})
}

// HearsTooBig sends a datagram of u's and observes whether u's host is told
// that it is too big (type 3 code 4).
func (u *UDP) HearsTooBig(ctx context.Context, d *Datagram) Heard {
	ginkgo.GinkgoHelper()
	sent, err := d.packets()
	if err != nil {
		u.lab.breaks("spec", err)
	}
	return u.lab.observe(ctx, d, u.place, u.place.name, func(a Arrival) bool {
		return a.ICMP != nil && a.ICMP.Type == layers.ICMPv4TypeDestinationUnreachable &&
			a.ICMP.Code == layers.ICMPv4CodeFragmentationNeeded &&
			a.ICMP.Quote != nil && len(a.ICMP.Quote.Raw) >= 28 && bytes.Equal(a.ICMP.Quote.Raw[20:28], sent[0][20:28])
	})
}

// Sends sends an ICMP error and does not look what becomes of it.
func (e *ICMPError) Sends(ctx context.Context) {
	ginkgo.GinkgoHelper()
	e.lab.put(ctx, e)
}
