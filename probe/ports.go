package probe

import (
	"cmp"
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

// successive returns the mappings that the last socket got right after one
// another, in the order in which it asked for them. The mapping toward the
// primary endpoint does not count, since others came in between. Only where other
// mappings may lie in between anyway does it count as one more. Where an endpoint is deaf,
// the mapping toward it lies somewhere between the others, and they tell nothing.
func (s *session) successive() []netip.AddrPort {
	if s.deaf() {
		return nil
	}
	t := &s.trials
	questions := slices.Clone(t.row[:])
	if inTime(questions...) {
		slices.SortFunc(questions, func(a, b *trial) int { return cmp.Compare(a.copies[0].number, b.copies[0].number) })
	} else {
		questions = append(questions, t.spare2)
	}
	var list []netip.AddrPort
	for _, q := range questions {
		if q.answered() {
			list = append(list, mapped(*q.answer))
		}
	}
	return list
}

// inOrder reports whether the NAT is known to have given out its ports in the
// order of firsts and successive.
func (s *session) inOrder() bool {
	t := &s.trials
	return inTime(t.home, t.spare, t.spare2) && (inTime(t.filter) || inTime(t.port)) &&
		(!t.row[0].asked() || inTime(t.row[:]...))
}

// inTime reports whether the first copy of each question was answered. A first
// copy may have been lost before the NAT, so that the mapping was made late.
func inTime(questions ...*trial) bool {
	for _, q := range questions {
		if !q.asked() || !q.copies[0].answered() {
			return false
		}
	}
	return true
}

// choice tells how ports are chosen, from the first mappings of several sockets
// and those that one socket got after another. InOrder says whether they are known
// to have been made in this order.
func choice(firsts []pair, successive []netip.AddrPort, inOrder bool, mapping Dependence) Ports {
	p := Ports{Preserved: Unknown}
	parity := true
	for _, f := range firsts {
		p.Mapped = append(p.Mapped, f.mapped.Port())
		parity = parity && (f.local.Port()^f.mapped.Port())&1 == 0
	}
	if len(firsts) < 2 {
		return p
	}
	step, constant := sequence(p.Mapped, inOrder)
	p.Preserved = preserved(firsts, constant == No)
	p.Contiguous = contiguous(firsts, inOrder || constant == No || constant == Yes && step != 1)
	switch {
	case !parity:
		p.Parity = ParityIgnored
	case p.Preserved == Yes, p.Preserved == No && len(firsts) >= socketCount && scattered(p.Mapped):
		// A random port keeps its parity by chance once in two. Ports that
		// follow each other do so all together, so that they tell nothing.
		p.Parity = ParityPreserved
	}
	switch {
	case mapping == NotDetermined:
	case mapping == AddressAndPortDependent:
		p.Step, p.Predictable = sequence(distinct(successive), inOrder)
	case mapping == AddressDependent && p.Preserved == Yes:
		// Only a socket's first mapping can keep its port, and two addresses
		// show one more.
	case p.Preserved == Yes:
		p.Predictable = Yes
	default:
		p.Step, p.Predictable = step, constant
	}
	if p.Preserved == Unknown {
		// A port that somebody else had says nothing about the next one.
		p.Contiguous, p.Predictable = yesAtMost(p.Contiguous), yesAtMost(p.Predictable)
	}
	return p
}

// yesAtMost takes back a no.
func yesAtMost(t Tristate) Tristate {
	if t == No {
		return Unknown
	}
	return t
}

// preserved tells whether ports are kept. A NAT that preserves them gives
// another one where two mappings want the same (RFC 4787, Section 4.2.1), so a
// few moved ports prove nothing. Most of them prove it only if the ports are
// erratic, since the mappings may have been late otherwise. A single kept port
// may be chance.
func preserved(firsts []pair, erratic bool) Tristate {
	kept := 0
	for _, f := range firsts {
		if f.local.Port() == f.mapped.Port() {
			kept++
		}
	}
	switch {
	case kept == len(firsts):
		return Yes
	case kept == 0, 2*kept < len(firsts) && erratic:
		return No
	}
	return Unknown
}

// contiguous tells whether sockets on neighbouring ports were seen on
// neighbouring ports (RFC 4787, Section 4.2.3). Whether ports that are no
// neighbours prove the contrary depends on what is known of their order.
func contiguous(firsts []pair, proof bool) Tristate {
	result := Unknown
	for i, f := range firsts[1:] {
		before := firsts[i]
		switch {
		case f.local.Port() != before.local.Port()+1:
		case f.mapped.Addr() != before.mapped.Addr():
			return No
		case f.mapped.Port() == before.mapped.Port()+1:
			result = Yes
		case proof:
			return No
		default:
			return Unknown
		}
	}
	return result
}

// sequence tells whether ports follow each other at a constant step, and at
// which. Where their order is not known, constant distances of the sorted ports
// show it, too, since they cannot be chance. Yet their absence shows nothing
// unless the ports are scattered, since a NAT that keeps parity skips ports by
// the order, and mappings in between may be missing.
func sequence(ports []uint16, inOrder bool) (int, Tristate) {
	d := step(ports)
	if d == 0 && !inOrder {
		d = step(slices.Sorted(slices.Values(ports)))
	}
	switch {
	case d != 0:
		return d, Yes
	case scattered(ports) || inOrder && len(ports) >= enoughForStep:
		return 0, No
	}
	return 0, Unknown
}

const (
	// enoughForStep is how many ports a step shows in: two distances at least.
	enoughForStep = 3
	// longestStep is how far a NAT that goes on from its last port moves on at
	// most. Equal leaps of thousands are chance, or ports of a range that wraps
	// around.
	longestStep = 16
	// longestLeap is more than there is between two of its ports when they are
	// sorted, with up to 15 others in between, which is more than a run makes.
	longestLeap = 16 * longestStep
)

// step returns the distance from each port to the next, 0 if it is not the same
// throughout or nothing follows from it.
func step(ports []uint16) int {
	if len(ports) < enoughForStep {
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

// distinct returns the ports of mappings without repetitions: a mapping that was
// used again is not a new one.
func distinct(mappings []netip.AddrPort) []uint16 {
	var list []uint16
	seen := map[netip.AddrPort]bool{}
	for _, m := range mappings {
		if !seen[m] {
			seen[m] = true
			list = append(list, m.Port())
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
