package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
)

// Identity is what of a packet a NAT leaves alone, so that its two sides can be
// matched. It is empty for a fragment, since a NAT may put fragments together, and
// for an ICMP error whose quote cannot be read. It holds all of the payload: that is
// less work to compare than to digest, and packets are identified by the ten thousand.
func (p *Packet) Identity() string {
	if p.Fragment != nil || p.IsError() && p.ICMP.Quote == nil {
		return ""
	}
	id := make([]byte, 0, 16+len(p.Payload))
	id = append(id, byte(p.Protocol))
	switch {
	case p.IsError():
		id = append(id, p.ICMP.Type, p.ICMP.Code)
		return string(append(id, p.ICMP.Quote.complained()...))
	case p.ICMP != nil:
		word := p.ICMP.Word
		if p.ICMP.Query {
			word = uint32(p.ICMP.Seq())
		}
		id = append(id, p.ICMP.Type, p.ICMP.Code)
		id = binary.BigEndian.AppendUint32(id, word)
	case p.TCP != nil:
		id = binary.BigEndian.AppendUint32(id, p.TCP.Seq)
		id = binary.BigEndian.AppendUint32(id, p.TCP.Ack)
		id = binary.BigEndian.AppendUint16(id, uint16(p.TCP.Flags))
	}
	return string(append(id, p.Payload...))
}

// complained tells a packet that an error is about: in IPv4 by its ID, in IPv6 by
// what follows the ports.
func (p *Packet) complained() []byte {
	if p.Is6() {
		return p.Segment[min(4, len(p.Segment)):]
	}
	return binary.BigEndian.AppendUint16(nil, uint16(p.ID))
}

// Describe says in one line what a packet is, without its addresses: protocol,
// flags, lengths. An ICMP error names the ends of the packet that it quotes.
func (p *Packet) Describe() string { return p.DescribeWith(Address) }

// DescribeWith is Describe with names for addresses.
func (p *Packet) DescribeWith(name func(netip.AddrPort) string) string {
	switch {
	case p.Fragment != nil:
		return fmt.Sprintf("%s fragment %d to %d of ID %d", p.Protocol, p.Fragment.Offset, p.Fragment.End(), p.ID)
	case p.ICMP != nil:
		return p.describeICMP(name)
	case p.TCP != nil:
		return p.DescribeTCP(0, 0)
	}
	return fmt.Sprintf("%s %d bytes", p.Protocol, len(p.Payload))
}

// DescribeTCP describes a segment of TCP with its sequence number and its
// acknowledgement counted from the given ones.
func (p *Packet) DescribeTCP(initial, theirInitial uint32) string {
	h := *p.TCP
	h.Seq -= initial
	h.Ack -= theirInitial
	return h.describe(len(p.Payload))
}

func (p *Packet) describeICMP(name func(netip.AddrPort) string) string {
	text := fmt.Sprintf("%s %d/%d", p.Protocol, p.ICMP.Type, p.ICMP.Code)
	if quote := p.ICMP.Quote; quote != nil {
		text += fmt.Sprintf(" about %s to %s", name(quote.Source), name(quote.Destination))
		if mtu := p.ICMP.MTU(p.Protocol); mtu != 0 {
			text += fmt.Sprintf(", MTU %d", mtu)
		}
	}
	if p.ICMP.Query {
		text += fmt.Sprintf(" query %d, %d bytes", p.ICMP.ID(), len(p.Payload))
	}
	return text
}

func (h *TCPHeader) describe(payload int) string {
	var s strings.Builder
	if h.Cut {
		return fmt.Sprintf("TCP seq %d, cut off", h.Seq)
	}
	fmt.Fprintf(&s, "TCP %s seq %d", h.Flags, h.Seq)
	if h.Flags&ACK != 0 {
		fmt.Fprintf(&s, " ack %d", h.Ack)
	}
	fmt.Fprintf(&s, ", %d bytes", payload)
	return s.String()
}

// Address writes an address, without a port where the packet has none.
func Address(a netip.AddrPort) string {
	if a.Port() == 0 {
		return a.Addr().String()
	}
	return a.String()
}

// Rewritten names what differs between a packet on one side of a NAT and the same
// packet on the other: src, dst, quote for the packet that an error quotes, and of
// TCP the fields that a NAT has no business with.
func Rewritten(before, after *Packet) []string {
	var fields []string
	if before.Source != after.Source {
		fields = append(fields, "src")
	}
	if before.Destination != after.Destination {
		fields = append(fields, "dst")
	}
	b, a := before.Quote(), after.Quote()
	if b != nil && a != nil && (b.Source != a.Source || b.Destination != a.Destination) {
		fields = append(fields, "quote")
	}
	if before.TCP != nil && after.TCP != nil {
		fields = append(fields, before.TCP.rewritten(after.TCP)...)
	}
	return fields
}

func (h *TCPHeader) rewritten(after *TCPHeader) []string {
	var fields []string
	for _, field := range []struct {
		name    string
		changed bool
	}{
		{"flags", h.Flags != after.Flags},
		{"seq", h.Seq != after.Seq},
		{"ack", h.Ack != after.Ack},
		{"window", h.Window != after.Window},
		{"urgent", h.Urgent != after.Urgent},
		{"options", !bytes.Equal(h.Options, after.Options)},
	} {
		if field.changed {
			fields = append(fields, field.name)
		}
	}
	return fields
}
