package lab

import (
	"net/netip"
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// A farSegment is what is left of a segment of TCP whose numbers a NAT changes, and its ID as
// well.
type farSegment struct {
	outside netip.AddrPort
	flags   packet.Flags
	data    string
}

// FarSegments are the segments that came in. One that left with other numbers may have been
// let out for one of them that nothing else has left for. It may as well be the NAT's own, so
// it is not taken for what that one has become.
type farSegments map[farSegment][]*Passage

// farSegment is the packet's, on either side.
func (p *Passage) farSegment() farSegment {
	outside := p.Source
	if p.Inside != p.Outgoing { // it is on its way out
		outside = p.Destination
	}
	return farSegment{outside, p.TCP.Flags, string(p.Payload)}
}

func (f farSegments) add(p *Passage) { f[p.farSegment()] = append(f[p.farSegment()], p) }

// take reports whether there is one that p may have been let out for, which is then no
// other's.
func (f farSegments) take(p *Passage) bool {
	key := p.farSegment()
	i := slices.IndexFunc(f[key], (*Passage).Dropped)
	if i >= 0 {
		f[key] = slices.Delete(f[key], i, i+1)
	}
	return i >= 0
}
