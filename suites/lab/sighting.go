package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// A Session is an internal endpoint and an external one that it sends to.
type Session struct{ X, Y *Endpoint }

// A Sighting is a session, and how its external endpoint sees the internal one.
type Sighting struct {
	Session
	Source netip.AddrPort
}

func (s Sighting) String() string { return fmt.Sprintf("%s is %s toward %s", s.X, s.Source, s.Y) }

// Sightings are what several external endpoints saw, in order.
type Sightings []Sighting

// SeenByEach sends a packet to each of ys in turn, and returns what they see.
func (e *Endpoint) SeenByEach(ctx context.Context, ys ...*Endpoint) Sightings {
	ginkgo.GinkgoHelper()
	var seen Sightings
	for _, y := range ys {
		seen = append(seen, Sighting{Session{e, y}, e.SeenBy(ctx, y)})
	}
	return seen
}

// Sessions returns a session toward y, of its protocol, from each of n ports of a host.
func (l *Lab) Sessions(host string, port uint16, n int, y *Endpoint) []Session {
	ginkgo.GinkgoHelper()
	sessions := make([]Session, n)
	for i := range sessions {
		sessions[i] = Session{y.at(host, port+uint16(i)), y}
	}
	return sessions
}

// Sessions returns a session toward y from each of n ports, e's own and those after it.
func (e *Endpoint) Sessions(n int, y *Endpoint) []Session {
	sessions := make([]Session, n)
	for i := range sessions {
		sessions[i] = Session{e.Sibling(e.port + uint16(i)), y}
	}
	return sessions
}

// SeenInAll sends a packet in each session, many at a time, and returns what the
// external endpoints see. That all arrive is a control.
func (l *Lab) SeenInAll(ctx context.Context, sessions ...Session) Sightings {
	ginkgo.GinkgoHelper()
	seen := l.Attempt(ctx, sessions...)
	if missing := len(sessions) - len(seen); missing > 0 {
		last := sessions[len(sessions)-1]
		l.Inconclusive(fmt.Sprintf("control: of %d endpoints, %d sent %d times each, at least, and nothing arrived; %s",
			len(sessions), missing, tries, l.unheard(ctx, last.X, last.Y)))
	}
	return seen
}

// Attempt is SeenInAll, but what does not arrive is left out. It ends with the
// first burst of which nothing arrives.
func (l *Lab) Attempt(ctx context.Context, sessions ...Session) Sightings {
	ginkgo.GinkgoHelper()
	return l.AttemptBeside(ctx, "", sessions...)
}

// AttemptBeside is Attempt with round trips of another inside host before and behind what is
// sent, so that what does not arrive costs no patience. They are no sessions of those that
// try.
func (l *Lab) AttemptBeside(ctx context.Context, beside string, sessions ...Session) Sightings {
	ginkgo.GinkgoHelper()
	if beside != "" {
		l.controls(ctx, pairsBeside(beside, sessions), "before")
	}
	var all Sightings
	for burst := range slices.Chunk(sessions, floodBurst) {
		seen := l.burst(ctx, burst, beside)
		if len(seen) == 0 {
			break
		}
		all = append(all, seen...)
	}
	for _, s := range all[:min(len(all), floodBurst)] {
		l.met(s)
	}
	l.Note(fmt.Sprintf("of %d sessions, beginning with %s to %s, %d are seen outside",
		len(sessions), sessions[0].X, sessions[0].Y, len(all)))
	return all
}

// PremiseOneAddress ends the spec as inconclusive when a host among sightings is seen at
// several addresses, for a reason that another requirement judges.
func (l *Lab) PremiseOneAddress(seen Sightings, reason string) {
	ginkgo.GinkgoHelper()
	one := BeOneAddress()
	if ok, err := one.Match(seen); !ok || err != nil {
		l.Inconclusive(reason + "; " + one.FailureMessage(seen))
	}
}

// A leg is a packet that is to be brought from an endpoint to another.
type leg struct {
	from *Endpoint
	to   netip.AddrPort // where it is sent
	at   *Endpoint      // who is to receive it
	next func() *Packet // nil: what from sends to that address next
}

func (g leg) packet() *Packet {
	if g.next != nil {
		return g.next()
	}
	return g.from.To(g.to)
}

// burst sends a packet in each session before it looks what has arrived, and
// repeats what has not.
func (l *Lab) burst(ctx context.Context, sessions []Session, beside string) Sightings {
	ginkgo.GinkgoHelper()
	var legs []leg
	for _, s := range sessions {
		legs = append(legs, leg{from: s.X, to: s.Y.Addr(), at: s.Y})
	}
	var seen Sightings
	for i, source := range l.carryBeside(ctx, legs, beside) {
		if source.IsValid() {
			l.translatedFor(sessions[i].Y, source)
			seen = append(seen, Sighting{sessions[i], source})
		}
	}
	return seen
}

// carry sends a packet on each leg before it looks what has arrived, and repeats
// what has not. It returns whom the receivers see, and nobody where nothing came.
func (l *Lab) carry(ctx context.Context, legs []leg) []netip.AddrPort {
	ginkgo.GinkgoHelper()
	return l.carryBeside(ctx, legs, "")
}

// carryBeside is carry with round trips of an inside host behind what is sent outside, if
// one is named, in place of patience.
func (l *Lab) carryBeside(ctx context.Context, legs []leg, beside string) []netip.AddrPort {
	ginkgo.GinkgoHelper()
	sources := make([]netip.AddrPort, len(legs))
	rounds := l.loss.rounds(len(legs))
	l.doubt.controls += len(legs)
	missing := len(legs)
	for round := 0; round < rounds && missing > 0; round++ {
		once := l.doubt.once
		l.sendMissing(ctx, legs, sources, beside)
		l.doubt.once = once
		before := missing
		missing = count(sources, netip.AddrPort{})
		l.loss.arrived(before-missing, round)
	}
	l.doubt.vain = missing > 0
	if at := l.legOf(legs, sources); at != nil {
		l.looksFor(at)
	}
	return sources
}

// legOf is who is to receive the last of the packets that did not arrive or, where all did, of
// all; nil if there is none.
func (l *Lab) legOf(legs []leg, sources []netip.AddrPort) *Endpoint {
	var at *Endpoint
	for i, g := range legs {
		if at == nil || !sources[i].IsValid() {
			at = g.at
		}
	}
	return at
}

// sendMissing sends a packet on each leg that has no source yet, and notes the
// sources of those that arrive.
func (l *Lab) sendMissing(ctx context.Context, legs []leg, sources []netip.AddrPort, beside string) {
	ginkgo.GinkgoHelper()
	awaited := map[string]map[string]int{} // by node and key, the leg
	marks, left := map[string]int{}, map[string]int{}
	for i, g := range legs {
		if sources[i].IsValid() {
			continue
		}
		node := g.at.place.node
		if awaited[node] == nil {
			awaited[node], marks[node] = map[string]int{}, len(l.hosts[node].inbox)
		}
		p := g.packet()
		l.put(ctx, p)
		for _, key := range p.keys() {
			awaited[node][key] = i
		}
		left[node]++
	}
	patience, grace := l.world.patience()
	if beside != "" {
		l.controls(ctx, pairsBeside(beside, sessionsOf(legs)), "after")
		patience = grace
	}
	for node, waiting := range awaited {
		_, err := l.hosts[node].listen(ctx, marks[node], patience, func(a Arrival) bool {
			for _, key := range a.keys() {
				i, ok := waiting[key]
				if ok && legs[i].at.receives(a) && !a.IsError() && !sources[i].IsValid() {
					sources[i] = a.Source
					left[node]--
				}
			}
			return left[node] == 0
		})
		if err != nil {
			l.breaks("receiving at "+node, err)
		}
	}
}

// pairsBeside are a host inside and each that is to hear of sessions outside.
func pairsBeside(inside string, sessions []Session) []pair {
	var pairs []pair
	for _, s := range sessions {
		if p := (pair{named(inside), s.Y.place}); !slices.Contains(pairs, p) {
			pairs = append(pairs, p)
		}
	}
	return pairs
}

func sessionsOf(legs []leg) []Session {
	var sessions []Session
	for _, g := range legs {
		sessions = append(sessions, Session{g.from, g.at})
	}
	return sessions
}

// count returns how many of the sources are one.
func count(sources []netip.AddrPort, one netip.AddrPort) int {
	n := 0
	for _, source := range sources {
		if source == one {
			n++
		}
	}
	return n
}

// Flows returns the sightings as flows that nothing has come back in so far.
func (s Sightings) Flows() []*Flow {
	var flows []*Flow
	for _, one := range s {
		flows = append(flows, &Flow{X: one.X, Y: one.Y, Mapping: one.Source})
	}
	return flows
}
