package wire

import (
	"bytes"
	"fmt"

	. "github.com/natproof/natproof/suites/lab"
)

// through reports whether a packet left the NAT whole for one that came in whole,
// so that the two can be compared. What came in with a wrong header should not have left at all.
func through(p *Passage) bool {
	return p.Cause != nil && !p.InPieces() && p.Fragment == nil && !p.Cause.HeaderDamaged()
}

// alike reports whether two packets go to the same host.
func alike(a, b *Passage) bool {
	return a.Inside == b.Inside && a.Destination.Addr() == b.Destination.Addr()
}

// worn reports whether a packet's TTL is less than it was, and not used up.
func worn(p *Passage) bool { return 0 < p.TTL && p.TTL < p.Cause.TTL }

// asItWas is the invariant that a field of a packet leaves as it came in.
func asItWas(requirement, field string, of func(p *Passage) any) bool {
	return Always(Invariant{
		Requirement: requirement, Text: "every packet keeps its " + field,
		Broken: func(p *Passage) (string, bool) {
			if !through(p) {
				return "", false
			}
			if before, after := of(p.Cause), of(p); before != after {
				return fmt.Sprintf("%s came in with the %s %v and left with %v", p, field, before, after), true
			}
			return "", true
		},
	})
}

var (
	_ = Always(Invariant{
		Requirement: "wire.inside-address", Text: "no packet outside carries an address of the inside",
		Broken: func(p *Passage) (string, bool) {
			if p.Inside || !p.Outgoing {
				return "", false
			}
			if addr, where := p.InsideAddress(); addr.IsValid() {
				return fmt.Sprintf("%s was outside with the inside address %s as %s", p, addr, where), true
			}
			return "", true
		},
	})

	_ = Always(Invariant{
		Requirement: "wire.one-host", Text: "what leaves for one packet goes to one host",
		Broken: func(p *Passage) (string, bool) {
			if p.Cause == nil {
				return "", false
			}
			if !alike(p, p.First()) {
				return fmt.Sprintf("%s left as a copy of what went to %s", p, p.First().Destination.Addr()), true
			}
			return "", true
		},
	})

	_ = Always(Invariant{
		Requirement: "wire.once", Text: "for a packet that comes in, at most one leaves",
		Broken: func(p *Passage) (string, bool) {
			if p.Cause == nil {
				return "", false
			}
			if p.Copy > 1 && alike(p, p.First()) { // another host's copy is wire.one-host's matter
				return fmt.Sprintf("%s left for the %d. time", p, p.Copy), true
			}
			return "", true
		},
	})

	_ = Always(Invariant{
		Requirement: "wire.caused", Text: "nothing leaves that no packet caused",
		Broken: func(p *Passage) (string, bool) {
			if !p.Outgoing || p.InPieces() || p.Damage != "" {
				return "", false
			}
			if p.Cause == nil && !p.Own() {
				return fmt.Sprintf("%s left, and nothing of the kind had come in", p), true
			}
			return "", true
		},
	})

	_ = Always(Invariant{
		Requirement: "wire.ip-checksum", Text: "the IP header checksum of what leaves is right",
		Broken: func(p *Passage) (string, bool) {
			if !p.Outgoing || p.Is6() {
				return "", false
			}
			if p.HeaderDamaged() {
				return fmt.Sprintf("%s left", p), true
			}
			return "", true
		},
	})

	_ = Always(Invariant{
		Requirement: "wire.transport-checksum", Text: "the transport checksum of what leaves is right where it was",
		Broken: func(p *Passage) (string, bool) {
			if !through(p) || p.Cause.TransportDamage() != "" || p.HeaderDamaged() {
				return "", false
			}
			switch {
			case p.TransportDamage() != "":
				return fmt.Sprintf("%s left, and had come in sound", p), true
			case p.UDP != nil && p.UDP.Checksum == 0 && p.Cause.UDP != nil && p.Cause.UDP.Checksum != 0:
				return fmt.Sprintf("%s left with the checksum 0x0000, which says that there is none", p), true
			case p.TCP != nil && p.TCP.Checksum == 0xffff && p.Cause.TCP != nil && p.Cause.TCP.Checksum != 0xffff:
				return fmt.Sprintf("%s left with the checksum 0xffff, where it is computed as 0x0000", p), true
			}
			return "", true
		},
	})

	_ = Always(Invariant{
		Requirement: "wire.damage", Text: "a wrong transport checksum stays wrong",
		Broken: func(p *Passage) (string, bool) {
			if p.Dropped() {
				return "", p.TransportDamage() != "" && !p.HeaderDamaged()
			}
			if !through(p) || p.Cause.TransportDamage() == "" {
				return "", false
			}
			if p.TransportDamage() == "" {
				return fmt.Sprintf("%s left sound, and had come in with %s", p, p.Cause.Damage), true
			}
			return "", true
		},
	})

	_ = Always(Invariant{
		Requirement: "wire.ttl", Text: "the TTL of every packet is less by one at least",
		Broken: func(p *Passage) (string, bool) {
			if !through(p) {
				return "", false
			}
			if !worn(p) {
				return fmt.Sprintf("%s came in with a TTL of %d and left with %d", p, p.Cause.TTL, p.TTL), true
			}
			return "", true
		},
	})

	_ = Always(Invariant{
		Requirement: "wire.ttl-one", Text: "the TTL of every packet is less by one exactly",
		Broken: func(p *Passage) (string, bool) {
			if !through(p) || !worn(p) { // the rest is wire.ttl's matter
				return "", false
			}
			if p.TTL != p.Cause.TTL-1 {
				return fmt.Sprintf("%s came in with a TTL of %d and left with %d", p, p.Cause.TTL, p.TTL), true
			}
			return "", true
		},
	})

	_ = asItWas("wire.class", "DSCP and ECN bits", func(p *Passage) any { return p.TrafficClass })
	_ = asItWas("wire.id", "Don't Fragment flag and, with it, its ID", func(p *Passage) any {
		if !p.DontFragment {
			return "not set"
		}
		return fmt.Sprintf("set, with the ID %d", p.ID)
	})
	_ = asItWas("wire.options", "IP options", func(p *Passage) any { return fmt.Sprintf("[% x]", p.Options) })

	_ = Always(Invariant{
		Requirement: "wire.tcp-header", Text: "every segment of TCP keeps its header, but for ports and checksum",
		Broken: func(p *Passage) (string, bool) {
			if !through(p) || p.TCP == nil {
				return "", false
			}
			if change := p.HeaderChange(); change != "" {
				return fmt.Sprintf("%s came in with another header: %s", p, change), true
			}
			return "", true
		},
	})

	_ = Always(Invariant{
		Requirement: "wire.payload", Text: "every packet keeps its payload and its length",
		Broken: func(p *Passage) (string, bool) {
			if !through(p) {
				return "", false
			}
			if change, _ := p.QuoteChange(); change != "" {
				return fmt.Sprintf("%s %s", p, change), true
			}
			if in := p.Cause; !bytes.Equal(in.Payload, p.Payload) {
				return fmt.Sprintf("%s came in with %d bytes of data and left with %d, or with others",
					p, len(in.Payload), len(p.Payload)), true
			}
			return "", true
		},
	})
)
