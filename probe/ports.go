package probe

import (
	"net/netip"
	"slices"

	"github.com/natproof/natproof/probe/stun"
)

// A pair is a socket's own endpoint and how it was seen from outside.
type pair struct{ local, mapped netip.AddrPort }

// translated reports whether the two differ. The zone of a link-local address is
// this host's word for an interface, and nothing that a server could see.
func (p pair) translated() bool {
	return p.local.Port() != p.mapped.Port() || p.local.Addr().WithZone("") != p.mapped.Addr()
}

// firsts returns the sockets that were seen, in the order in which they asked
// the primary endpoint. The mapping of each is the one toward that endpoint.
func (s *session) firsts() []pair {
	t := &s.trials
	var list []pair
	for _, group := range [][]*trial{{t.filter, t.port, t.both}, {t.home}, {t.spare}, {t.spare2}} {
		for _, q := range group {
			if q.answered() {
				list = append(list, pair{s.local[q.socket], mapped(*q.answer)})
				break
			}
		}
	}
	return list
}

// successive returns the mappings that the mapping socket got right after one
// another, in the order in which it asked for them. That toward the primary
// endpoint is none of them: the spare sockets got theirs in between.
func (s *session) successive() []uint16 {
	t := &s.trials
	var list []uint16
	for _, q := range []*trial{t.otherPort, t.otherAddr, t.otherBoth} {
		if q.answered() {
			list = append(list, mapped(*q.answer).Port())
		}
	}
	return list
}

// choice tells how ports are chosen, from the first mappings of several sockets
// and those that one socket got after another.
func choice(firsts []pair, successive []uint16, mapping Dependence) Ports {
	p := Ports{Preserved: Unknown}
	if len(firsts) < 2 {
		return p
	}
	preserved, parity := true, true
	for _, f := range firsts {
		p.Mapped = append(p.Mapped, f.mapped.Port())
		preserved = preserved && f.local.Port() == f.mapped.Port()
		parity = parity && (f.local.Port()^f.mapped.Port())&1 == 0
	}
	p.Preserved = tristate(preserved)
	p.Contiguous = contiguous(firsts)
	switch {
	case !parity:
		p.Parity = ParityIgnored
	case preserved || len(firsts) >= socketCount && scattered(p.Mapped):
		// A random port keeps its parity by chance once in two. Ports that
		// follow each other do so all together, so that they tell nothing.
		p.Parity = ParityPreserved
	}
	switch {
	case mapping == NotDetermined:
	case mapping == AddressAndPortDependent:
		p.Step = step(distinct(successive))
		p.Predictable = tristate(p.Step != 0)
	case mapping == AddressDependent && preserved:
		// Only a socket's first mapping can keep its port, and two addresses
		// show one more.
	case preserved:
		p.Predictable = Yes
	default:
		p.Step = step(p.Mapped)
		p.Predictable = tristate(p.Step != 0)
	}
	return p
}

// contiguous tells whether sockets on neighbouring ports were seen on
// neighbouring ports (RFC 4787, Section 4.2.3).
func contiguous(firsts []pair) Tristate {
	result := Unknown
	for i, f := range firsts[1:] {
		before := firsts[i]
		if f.local.Port() != before.local.Port()+1 {
			continue
		}
		if f.mapped.Port() != before.mapped.Port()+1 || f.mapped.Addr() != before.mapped.Addr() {
			return No
		}
		result = Yes
	}
	return result
}

const (
	// longestStep is how far a NAT that goes on from its last port moves on at
	// most. Equal leaps of thousands are chance, or ports of a range that wraps
	// around.
	longestStep = 16
	// longestLeap is more than there is between two of its ports when they are
	// sorted, with up to 15 others in between, which is more than a run makes.
	longestLeap = 16 * longestStep
)

// step returns the distance from each port to the next, 0 if it is not the same
// throughout or nothing follows from it: two distances at least are needed.
func step(ports []uint16) int {
	if len(ports) < 3 {
		return 0
	}
	d := int(ports[1]) - int(ports[0])
	for i := range ports[1:] {
		if int(ports[i+1])-int(ports[i]) != d {
			return 0
		}
	}
	if d < -longestStep || d > longestStep {
		return 0
	}
	return d
}

// scattered reports whether no NAT that goes on from its last port gave these, in
// whatever order.
func scattered(ports []uint16) bool {
	sorted := slices.Sorted(slices.Values(ports))
	for i := range max(len(sorted)-1, 0) {
		if int(sorted[i+1])-int(sorted[i]) > longestLeap {
			return true
		}
	}
	return false
}

// distinct drops repetitions: a mapping that was used again is no new one.
func distinct(ports []uint16) []uint16 {
	var list []uint16
	seen := map[uint16]bool{}
	for _, p := range ports {
		if !seen[p] {
			seen[p] = true
			list = append(list, p)
		}
	}
	return list
}

// pooled tells whether all mappings that were seen have the same address: those of
// all sockets, and toward all endpoints, since a pool may be divided by either. One
// mapping alone tells nothing.
func pooled(answers []stun.Response) Pooling {
	result := PoolingUnknown
	for _, r := range answers {
		switch first := mapped(answers[0]); {
		case mapped(r).Addr() != first.Addr():
			return Arbitrary
		case mapped(r) != first:
			result = Paired
		}
	}
	return result
}
