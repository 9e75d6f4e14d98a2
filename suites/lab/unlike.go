package lab

import (
	"fmt"
	"strings"
)

// unlike returns what tells how an arrival at e differs from the packet as it was
// sent; empty if it is something else altogether.
func (p *Packet) unlike(e *Endpoint) func(Arrival) string {
	return func(a Arrival) string {
		same := a.ID == uint32(p.id) || label(a.Payload) == label(p.payload)
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
		if got := a.Destination.Port(); !e.isEcho() && got != e.port {
			differ = append(differ, fmt.Sprintf("it is for port %d and not for %d", got, e.port))
		}
		if change := changed(p.payload, a.Payload); change != "" {
			differ = append(differ, change)
		}
		return strings.Join(differ, ", ")
	}
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
