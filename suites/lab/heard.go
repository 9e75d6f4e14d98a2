package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// Heard is what an observer received of a stimulus, between two controls.
type Heard struct {
	// Arrival is what was waited for; nil if it did not come.
	Arrival *Arrival
	// Meanwhile is everything that reached the observer from the stimulus on.
	Meanwhile []Arrival

	what     string
	observer string
	// belied is who must be seen as the sender, where somebody else is.
	belied string
	// unlike is the observation's.
	unlike func(Arrival) string

	lab     *Lab
	sent    lastSent       // last, before it was listened for
	at      place          // of the observer
	to      netip.AddrPort // that the observer is
	genuine sender
	passes  bool // what was waited for is what was sent, on the other side of the NAT
	late    bool // it is the NAT's own, and time was let pass for it
}

// Source returns the source address of what was heard, and the zero value if
// nothing was.
func (h Heard) Source() netip.AddrPort {
	if h.Arrival == nil {
		return netip.AddrPort{}
	}
	return h.Arrival.Source
}

// FromAnyone is what was heard, whoever must be seen as its sender.
func (h Heard) FromAnyone() Heard {
	h.belied = ""
	return h
}

func (h Heard) String() string {
	if h.Arrival == nil {
		return fmt.Sprintf("%s did not hear %s; the controls before and after arrived", h.observer, h.what)
	}
	return fmt.Sprintf("%s heard %s, coming from %s", h.observer, h.what, packet.Address(h.Arrival.Source))
}

// Premise ends the spec as inconclusive when nothing was heard: what the spec is
// about cannot be observed then, for a reason that another requirement judges.
func (l *Lab) Premise(h Heard, reason string) {
	ginkgo.GinkgoHelper()
	if h.Arrival == nil {
		h.missing("").tell()
		l.premise = true
		l.Inconclusive(reason + "; " + h.instead())
	}
}

// PremiseSilence ends the spec as inconclusive when something was heard, with which what
// the spec is about has not come about.
func (l *Lab) PremiseSilence(h Heard, reason string) {
	ginkgo.GinkgoHelper()
	if h.Arrival != nil {
		l.Inconclusive(fmt.Sprintf("%s: %s", reason, h))
	}
}

// Sightings returns what was heard of a session, nothing if it was not.
func (h Heard) Sightings(x, y *Endpoint) Sightings {
	if h.Arrival == nil {
		return nil
	}
	return Sightings{{Session{x, y}, h.Source()}}
}

// Fragments returns the fragments that the observer received from the stimulus
// on, in the order of their arrival.
func (h Heard) Fragments() []packet.Fragment {
	var fragments []packet.Fragment
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

// instead says what arrived in place of what was waited for.
func (h Heard) instead() string {
	if len(h.Meanwhile) == 0 {
		return "nothing arrived at " + h.at.name + ", while the controls before and after did"
	}
	lines := []string{"what came instead, between controls that arrived:"}
	for _, line := range h.cameInstead() {
		lines = append(lines, "  "+line)
	}
	return strings.Join(lines, "\n")
}

// mostInstead is how many packets are told in the place of one.
const mostInstead = 4

// cameInstead are the packets that came, in words.
func (h Heard) cameInstead() []string {
	var lines []string
	for i, a := range h.Meanwhile {
		if i == mostInstead {
			return append(lines, fmt.Sprintf("and %d more", len(h.Meanwhile)-mostInstead))
		}
		line := a.String()
		if h.unlike != nil {
			if differs := h.unlike(a); differs != "" {
				line += ", which is not as it was sent: " + differs
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// inboxes says what every host has received so far, but for controls.
func (l *Lab) inboxes() string {
	var lines []string
	for _, n := range nodes() {
		h := l.hosts[n.node]
		if h == nil {
			continue
		}
		for _, a := range h.inbox {
			if !a.control() {
				lines = append(lines, "  "+n.name+": "+a.String())
			}
		}
	}
	if len(lines) == 0 {
		return "no host has received anything so far"
	}
	const most = 8
	if more := len(lines) - most; more > 0 {
		lines = append([]string{fmt.Sprintf("  (%d earlier ones)", more)}, lines[more:]...)
	}
	return "received so far:\n" + strings.Join(lines, "\n")
}

// PremiseFrom ends the spec as inconclusive when what was heard came from another
// address than source.
func (l *Lab) PremiseFrom(h Heard, source netip.AddrPort, reason string) {
	ginkgo.GinkgoHelper()
	if h.Source() != source {
		l.Inconclusive(fmt.Sprintf("%s; it came from %s", reason, nameOf(h.Source())))
	}
}
