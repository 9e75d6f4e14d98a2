package lab

import (
	"fmt"
	"strings"
)

// unlike returns what tells how an arrival at e differs from the packet as it was
// sent; empty if it is something else altogether.
func (p *Packet) unlike(e *Endpoint) func(Arrival) string {
	return func(a Arrival) string {
		same := a.ID == uint32(p.id) || len(p.payload) > 0 && title(a.Payload) == title(p.payload)
		if p.tcp != nil {
			// Any segment to the same end is worth comparing: a RST in place of a
			// SYN-ACK is the whole story.
			same = a.TCP != nil && (same || a.Destination == e.Addr())
		}
		if !same || a.Protocol != p.from.protocol || a.IsError() || a.Fragment != nil {
			return ""
		}
		var differ []string
		if a.Damage != "" {
			differ = append(differ, a.Damage)
		}
		if got, want := a.Destination.Addr(), e.lab.addr(e.place); got != want {
			differ = append(differ, fmt.Sprintf("it is for %s and not for %s", got, want))
		}
		number := "port"
		if e.isEcho() {
			number = "identifier"
		}
		if got := a.Destination.Port(); got != e.port && !(e.isEcho() && p.asks()) {
			differ = append(differ, fmt.Sprintf("it is for %s %d and not for %d", number, got, e.port))
		}
		return strings.Join(append(differ, p.changes(a)...), ", ")
	}
}

// changes says in which fields the transport of an arrival differs from what was
// sent.
func (p *Packet) changes(a Arrival) []string {
	if p.tcp != nil && p.tcp.header != nil {
		if differ := p.whole().unlike(a, p.tcp.initial, p.tcp.acked()); len(differ) > 0 {
			return []string{inWords(differ)}
		}
		return nil
	}
	var differ []string
	if kind, _ := p.query(); p.from.isEcho() && a.ICMP != nil && !p.isQuery(a) {
		differ = append(differ, fmt.Sprintf("it is of type %d code %d with number %d, not of type %d with number %d",
			a.ICMP.Type, a.ICMP.Code, a.ICMP.Seq(), kind, p.id))
	}
	if change := changed(p.payload, a.Payload); change != "" {
		differ = append(differ, change)
	}
	return differ
}

// changed says how a payload differs from what was sent; empty if it does not.
func changed(sent, got []byte) string {
	if len(sent) != len(got) {
		return fmt.Sprintf("it carries %d bytes and not %d", len(got), len(sent))
	}
	count, first := 0, 0
	for i := range sent {
		if sent[i] != got[i] {
			if count++; count == 1 {
				first = i
			}
		}
	}
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("%d of its %d bytes are changed, the first at %d from %#02x to %#02x",
		count, len(sent), first, sent[first], got[first])
}
