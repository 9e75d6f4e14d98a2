package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/natproof/natproof/topology/packet"
)

// A Passage is a packet on one side of the NAT, and what became of it there.
type Passage struct {
	Arrival
	// Inside and Outgoing say where it was seen: on the NAT's inside or outside
	// interface, and whether it left the NAT or came to it.
	Inside, Outgoing bool
	// Cause is the packet that an outgoing one was let out for, as it came in;
	// nil if there is none, or if it cannot be told.
	Cause *Passage
	// Copy numbers the packets that left for one cause, from 1; of a cause, it is
	// how many did.
	Copy int

	record
	first     *Passage // that left for it, of a packet that came in
	rewritten []string // fields that differ from the cause's
	dropped   bool     // it came in and was not seen to leave
	pieces    bool     // it is made of fragments or they of it, or its numbers have changed: its cause is unknown
	reply     bool     // to an ICMP query that came in
	bypasses  bool     // the policy wants no translation of it
}

// A Traffic is all packets on both sides of the NAT in the order of time.
type Traffic []*Passage

// evidenceEnd is how many packets of each end of a long spec are kept: nobody looks
// through tens of thousands.
const evidenceEnd = 2000

// ends is both ends of what is too long, and what is kept of the rest.
func (t Traffic) ends(kept []*Passage) Traffic {
	if len(t) <= 2*evidenceEnd {
		return t
	}
	var ends Traffic
	for i, p := range t {
		if i < evidenceEnd || i >= len(t)-evidenceEnd || slices.Contains(kept, p) {
			ends = append(ends, p)
		}
	}
	return ends
}

// frames numbers packets as a capture of them does.
func (t Traffic) frames() map[*Passage]int {
	sorted := slices.Clone(t)
	slices.SortStableFunc(sorted, func(a, b *Passage) int { return a.lab.Compare(b.lab) })
	numbers := map[*Passage]int{}
	for i, p := range sorted {
		numbers[p] = i + 1
	}
	return numbers
}

// pairUp finds for each packet that left the NAT the one that it entered as, and
// so which fields were rewritten and which packets were dropped.
func pairUp(records []record) Traffic {
	traffic := make(Traffic, len(records))
	entered := map[string][]*Passage{} // those that nothing has left for yet
	last := map[string]*Passage{}      // the one that something has left for
	fragmented := map[uint32]bool{}    // by the ID of what came in in fragments
	assembled := newAssembler()        // of those, what they make
	segments := farSegments{}          // that came in
	numbered := map[uint64]*Passage{}  // what came in, by protocol and ID
	asked := map[way]int{}             // ICMP queries that nobody has answered yet
	for i, r := range records {
		p := &Passage{Arrival: parse(r.data, r.lab), Inside: r.inside, Outgoing: r.outgoing, record: r}
		traffic[i] = p
		key := ""
		if p.Source.IsValid() {
			key = p.Identity()
		}
		switch waiting := entered[key]; {
		case p.Fragment != nil:
			p.pieces = true
			fragmented[p.ID] = fragmented[p.ID] || !p.Outgoing
			assembled.add(p)
		case key == "":
		case !r.outgoing:
			p.dropped = true // until it is seen to leave
			entered[key] = append(waiting, p)
			if p.number() != 0 {
				numbered[p.number()] = p
			}
			if p.TCP != nil {
				segments.add(p)
			}
			if p.ICMP != nil && p.ICMP.Query {
				asked[way{p.Source, p.Destination}]++
			}
		case p.copies(last[key], waiting):
			p.cameOf(last[key])
		case len(waiting) > 0:
			at := p.likeliest(waiting)
			last[key] = waiting[at]
			entered[key] = slices.Delete(waiting, at, at+1)
			p.cameOf(last[key])
		case numbered[p.number()] != nil && numbered[p.number()].Copy == 0 && !p.answers(numbered[p.number()]):
			// Its data has changed on the way, or its length.
			p.cameOf(numbered[p.number()])
		case last[key] != nil:
			p.cameOf(last[key])
		default:
			p.pieces = fragmented[p.ID] || assembled.has(key) || p.TCP != nil && segments.take(p)
			if back := (way{p.Destination, p.Source}); p.ICMP != nil && p.ICMP.Query && asked[back] > 0 {
				asked[back]--
				p.reply = true
			}
		}
	}
	return traffic
}

// A way is that of a packet: its source and its destination.
type way struct{ source, destination netip.AddrPort }

// copies reports whether p is one more of what has left for in, although packets
// with the same data wait: no other has its ID.
func (p *Passage) copies(in *Passage, waiting []*Passage) bool {
	return in != nil && in.ID == p.ID &&
		!slices.ContainsFunc(waiting, func(other *Passage) bool { return other.ID == p.ID })
}

// likeliest returns which of several packets with the same data p was let out for:
// one with the same ID rather than another, one from the other side, the last.
func (p *Passage) likeliest(waiting []*Passage) int {
	best, most := 0, -1
	for i, in := range waiting {
		likeness := 0
		if in.ID == p.ID {
			likeness += 2
		}
		if in.Inside != p.Inside {
			likeness++
		}
		if likeness >= most {
			best, most = i, likeness
		}
	}
	return best
}

// answers reports whether p goes back the way that in has come: the NAT's own word to
// whoever has sent it.
func (p *Passage) answers(in *Passage) bool {
	return p.Inside == in.Inside && p.Source == in.Destination && p.Destination == in.Source
}

// number is what is left to know a packet by whose data was changed: the protocol
// and the ID, or of an ICMP error, of which a NAT sends some of its own, the ID of what it
// is about.
func (p *Passage) number() uint64 {
	const ofError = 1 << 48
	switch quote := p.Quote(); {
	case p.Is6(), p.IsError() && quote == nil:
		return 0
	case quote != nil:
		return ofError | uint64(p.Protocol)<<32 | uint64(quote.ID)
	}
	return uint64(p.Protocol)<<32 | uint64(p.ID)
}

// cameOf notes the packet that p was let out for.
func (p *Passage) cameOf(in *Passage) {
	if in.Copy++; in.Copy == 1 {
		in.first = p
	}
	in.dropped = false
	p.Cause, p.Copy = in, in.Copy
	p.rewritten = packet.Rewritten(&in.Packet, &p.Packet)
}

// Own reports whether an outgoing packet is the NAT's own: an ICMP error from an
// address of its own, about a packet that it was sent, or the answer to a ping of
// that, which RFC 1122, Section 3.2.2.6, wants of every host; or a RST, with which
// RFC 5382, Section 5, allows it to end a session in the name of either end.
func (p *Passage) Own() bool {
	if !p.Outgoing || p.Cause != nil {
		return false
	}
	return (p.IsError() || p.reply) && owned(p.Source.Addr()) || p.TCP != nil && p.TCP.Flags&packet.RST != 0
}

// Dropped reports whether a packet came in and nothing left for it.
func (p *Passage) Dropped() bool { return p.dropped }

// InPieces reports whether a packet is a fragment or was put together of some, or is a
// segment whose numbers may all have changed, so that nothing is known of its cause.
func (p *Passage) InPieces() bool { return p.pieces }

// First is the first packet that left for the cause of an outgoing one.
func (p *Passage) First() *Passage { return p.Cause.first }

// HeaderDamaged reports whether the IP header's checksum is wrong.
func (p *Passage) HeaderDamaged() bool { return p.Damage == packet.WrongHeaderChecksum }

// TransportDamage says what is wrong with the packet's own transport; empty when
// it is right, whatever a packet that it quotes is like.
func (p *Passage) TransportDamage() string {
	if strings.HasPrefix(p.Damage, packet.QuotedDamage) {
		return ""
	}
	return p.Damage
}

// HeaderChange names the fields of a TCP header, beside ports and checksum, that are
// not as they came in, with both values; empty if there are none.
func (p *Passage) HeaderChange() string {
	if p.Cause == nil || p.TCP == nil || p.Cause.TCP == nil {
		return ""
	}
	b, a := p.Cause.TCP, p.TCP
	var changes []string
	for _, field := range p.rewritten {
		values, ok := map[string][2]any{
			"flags": {b.Flags, a.Flags}, "seq": {b.Seq, a.Seq}, "ack": {b.Ack, a.Ack}, "window": {b.Window, a.Window},
			"urgent": {b.Urgent, a.Urgent}, "options": {hexOf(b.Options), hexOf(a.Options)},
		}[field]
		if ok {
			changes = append(changes, fmt.Sprintf("%s %v as %v", field, values[0], values[1]))
		}
	}
	return strings.Join(changes, ", ")
}

func hexOf(data []byte) string { return fmt.Sprintf("[% x]", data) }

// paired is all packets so far, each with what it entered as.
func (l *Lab) paired() Traffic {
	traffic := pairUp(l.world.records())
	for _, p := range traffic {
		p.bypasses = l.setup.Policy.Bypasses(p.Source) || l.setup.Policy.Bypasses(p.Destination)
	}
	return traffic
}

// InsideAddress returns an address of the inside that the packet carries, and as
// what: as source, destination, or in the packet that an ICMP error quotes. It is
// the zero address if there is none, or if the packet is one that is not to be
// translated.
func (p *Passage) InsideAddress() (addr netip.Addr, where string) {
	if p.bypasses {
		return netip.Addr{}, ""
	}
	quoted := ""
	for q := &p.Packet; q != nil; q = q.Quote() {
		for _, end := range []struct {
			addr netip.Addr
			what string
		}{{q.Source.Addr(), "source"}, {q.Destination.Addr(), "destination"}} {
			if end.addr.IsValid() && isInside(end.addr) {
				return end.addr, quoted + end.what
			}
		}
		quoted = "quoted "
	}
	return netip.Addr{}, ""
}

// comments say what the NAT made of the packet.
func (p *Passage) comments() []string {
	switch {
	case p.dropped:
		return []string{"the NAT let nothing of this packet out"}
	case len(p.rewritten) > 0:
		return []string{fmt.Sprintf("the NAT rewrote %s; the packet came in from %s to %s",
			strings.Join(p.rewritten, ", "), packet.Address(p.Cause.Source), packet.Address(p.Cause.Destination))}
	}
	return nil
}
