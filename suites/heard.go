package suites

import (
	"encoding/binary"
	"slices"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// Premise ends the spec as inconclusive when nothing was heard: what the spec is
// about cannot be observed then, for a reason that another requirement judges.
func (l *Lab) Premise(h Heard, reason string) {
	ginkgo.GinkgoHelper()
	if h.Arrival == nil {
		l.Inconclusive(reason + "; " + h.instead())
	}
}

// Fragments returns the fragments that the observer received from the stimulus
// on, in the order of their arrival.
func (h Heard) Fragments() []Fragment {
	var fragments []Fragment
	for _, a := range h.Meanwhile {
		if a.Fragment != nil {
			fragments = append(fragments, *a.Fragment)
		}
	}
	return fragments
}

// Offsets returns the offsets of Fragments in bytes.
func (h Heard) Offsets() []int {
	var offsets []int
	for _, f := range h.Fragments() {
		offsets = append(offsets, f.Offset)
	}
	return offsets
}

// SortedOffsets returns Offsets in ascending order.
func (h Heard) SortedOffsets() []int { return slices.Sorted(slices.Values(h.Offsets())) }

// UDPChecksum returns the checksum field of a UDP datagram that came in one
// piece, and 0 for any other packet.
func (a Arrival) UDPChecksum() uint16 {
	const field = 20 + 6
	if a.Fragment != nil || a.ICMP != nil || len(a.Raw) < field+2 {
		return 0
	}
	return binary.BigEndian.Uint16(a.Raw[field:])
}
