package lab

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology/packet"
)

// A miss is a failed expectation: what a matcher says of it, and the packets that show it.
type miss struct {
	text     string // the matcher's own
	observed reports.Observation
	decided  []trace
	silent   bool           // nothing came at all
	late     bool           // it had to come when some time had passed
	sent     lastSent       // what had to come of
	to       netip.AddrPort // that it had to come to
	// detail says what of a packet has decided, where its arrow does not; nil: it does.
	detail func(*Passage) string
	call   string         // or another step that decided; empty: packets did
	came   reports.Packet // where the last trace is of none that passed the NAT
	// wanted makes the packet that had to come of the arrow that is drawn for the last trace;
	// nil if there is none to be drawn.
	wanted func(reports.Packet) reports.Packet
}

// A trace knows a packet again among those on both sides of the NAT.
type trace func(*Passage) bool

// tell hands a miss to the lab of the running spec, and returns its text. A matcher has no
// other way to it: Gomega asks for nothing but a text.
func (m miss) tell() string {
	if bench.lab != nil {
		bench.lab.miss = &m
	}
	return m.text
}

// missed is a miss of values that were made of several observations: what was sent for the last
// of them is marked.
func missed(text, expected, actual string) miss {
	var last Heard
	if bench.lab != nil {
		last = bench.lab.last
	}
	m := last.missing(text)
	m.observed.Expected, m.observed.Actual, m.wanted = expected, actual, nil
	return m
}

// missedIn is missed where the value is of what was heard last.
func missedIn(text, expected, actual string) miss {
	m := missed(text, expected, actual)
	if bench.lab != nil && bench.lab.last.Arrival != nil {
		m.observed.Actual += ", in " + bench.lab.last.Arrival.String()
	}
	return m
}

// missedLast is missed where what the lab has looked for last had to come.
func missedLast(text, expected, actual string) miss {
	m := missed(text, expected, actual)
	if bench.lab != nil && bench.lab.last.Arrival == nil && bench.lab.last.lab != nil {
		m.wanted = bench.lab.last.wanted
		m.observed.Expected += ": " + bench.lab.last.missing("").observed.Expected
		m.observed.Actual += ": " + bench.lab.last.String()
	}
	return m
}

// A lastSent is what was put on the wire last, but for controls.
type lastSent struct {
	what string
	from place
	data [][]byte
}

// String says what was sent, with the form that it had.
func (s lastSent) String() string {
	if len(s.data) == 0 {
		return s.what
	}
	first := parse(s.data[0], time.Time{})
	switch {
	case len(s.data) > 1:
		return fmt.Sprintf("%s, in %d fragments", s.what, len(s.data))
	case first.Protocol == packet.TCP || first.IsError():
		return s.what
	}
	return fmt.Sprintf("%s (%s)", s.what, first.DescribeWith(nameOf))
}

// traces know the packets again as they came to the NAT.
func (s lastSent) traces() []trace {
	const most = 8 // fragments of one packet
	var all []trace
	for _, data := range s.data[:min(len(s.data), most)] {
		all = append(all, func(p *Passage) bool {
			return !p.Outgoing && p.Inside == s.from.inside && bytes.Equal(p.data, data)
		})
	}
	return all
}

// trace knows an arrival at a host again as it left the NAT. One that was put together of
// fragments is known by them.
func (a Arrival) trace(at place) trace {
	return func(p *Passage) bool {
		return p.Outgoing && p.Inside == at.inside && (bytes.Equal(p.data, a.Data) || a.Fragment == nil &&
			p.Fragment != nil && p.ID == a.ID && p.Source.Addr() == a.Source.Addr())
	}
}

// trace knows the packet again by which a session was seen.
func (s Sighting) trace() trace {
	return func(p *Passage) bool {
		y := s.Y.Addr()
		return p.Outgoing && !p.Inside && p.Source == s.Source && p.Protocol == s.Y.protocol &&
			p.Destination.Addr() == y.Addr() && (s.Y.isEcho() || p.Destination == y)
	}
}

// missing is a miss of something that had to be heard.
func (h Heard) missing(text string) miss {
	m := miss{text: text, observed: reports.Observation{
		Stimulus: h.sent.String(), Expected: fmt.Sprintf("%s hears %s", h.observer, h.what), Actual: h.actual(),
	}}
	switch {
	case h.Arrival != nil:
		m.decided = []trace{h.Arrival.trace(h.at)}
		m.came = reports.Packet{
			Side: sideOf(h.at), From: natLane, To: h.at.name, Src: packet.Address(h.Source()),
			Dst: packet.Address(h.Arrival.Destination), Info: h.Arrival.Describe(),
		}
	case h.lab != nil:
		m.decided, m.silent = h.sent.traces(), len(h.Meanwhile) == 0
		m.sent, m.to, m.late = h.sent, h.to, h.late
		for _, a := range h.Meanwhile[:min(len(h.Meanwhile), mostInstead)] {
			m.decided = slices.Insert(m.decided, 0, a.trace(h.at))
		}
		m.wanted = h.wanted
	}
	if h.belied != "" {
		m.observed.Expected += ", coming from " + h.belied
		m.observed.Differs = []reports.Difference{{Field: "source", Expected: h.belied, Actual: nameOf(h.Source())}}
		m.wanted = comingFrom(h.belied)
	} else if h.Arrival == nil && h.genuine.addrs != nil {
		m.observed.Expected += ", coming from " + h.genuine.String()
	}
	return m
}

// actual says what an observer has heard.
func (h Heard) actual() string {
	if h.Arrival != nil {
		return fmt.Sprintf("%s heard %s", h.observer, h.Arrival)
	}
	if len(h.Meanwhile) == 0 {
		return "nothing, while the controls before and after were answered"
	}
	return strings.Join(h.cameInstead(), "\n")
}

// comingFrom makes an arrow one that comes from somebody else.
func comingFrom(source string) func(reports.Packet) reports.Packet {
	return func(arrow reports.Packet) reports.Packet {
		if old, err := netip.ParseAddrPort(arrow.Src); err == nil && old.Port() != 0 {
			if now, err := netip.ParseAddrPort(source); err == nil { // the port of a query is its identifier
				arrow.Info = strings.Replace(arrow.Info, fmt.Sprintf(" query %d,", old.Port()),
					fmt.Sprintf(" query %d,", now.Port()), 1)
			}
		}
		arrow.Src = source
		return arrow
	}
}

// looksFor notes that what was sent last, of many packets, was to come to an endpoint.
func (l *Lab) looksFor(at *Endpoint) {
	l.last = Heard{
		what: l.sent.what, observer: at.String(), lab: l, sent: l.sent, at: at.place, to: at.Addr(), passes: true,
	}
}

// with is what a matcher says of something that was heard and differs in a field.
func (h Heard) with(text string, differs reports.Difference) string {
	m := h.missing(text)
	m.observed.Differs = []reports.Difference{differs}
	return m.tell()
}

// missed is what a matcher says of one sighting, in the place of whose source another had
// to be seen.
func (s Sighting) missed(text, must, source string) string {
	m := missed(text, must, s.String())
	m.observed.Stimulus = fmt.Sprintf("%s sends to %s", s.X, s.Y)
	m.observed.Differs = []reports.Difference{{Field: "source", Expected: source, Actual: s.Source.String()}}
	m.decided, m.wanted = []trace{s.trace()}, comingFrom(source)
	return m.tell()
}

// wanted makes the arrow of what was to be heard, of the arrow of what was sent.
func (h Heard) wanted(stimulus reports.Packet) reports.Packet {
	arrow := reports.Packet{Side: sideOf(h.at), From: natLane, To: h.at.name, Dst: packet.Address(h.to), Info: h.what}
	switch {
	case !h.passes: // it is the NAT's own
		arrow.Src = natLane
	case len(h.sent.data) > 1: // the last fragment of it was drawn
		arrow.Src = "?"
		if h.genuine.addrs != nil {
			arrow.Src = packet.Address(netip.AddrPortFrom(h.genuine.addrs[0], h.genuine.port))
		}
	case h.sent.from.inside:
		arrow.Src, arrow.Info = h.lab.mappingOf(h.sent), stimulus.Info
	default:
		arrow.Src, arrow.Info = stimulus.Src, stimulus.Info
	}
	if before, _, error := strings.Cut(arrow.Info, " about "); error && h.passes {
		arrow.Info = before // whose ends differ between the two sides
	}
	if arrow.Info == "" {
		arrow.Info = h.what
	}
	return arrow
}

// sideOf is the side of a ladder that a host is on.
func sideOf(p place) string {
	if p.inside {
		return "inside"
	}
	return "outside"
}

// mappingOf is how the sender of a packet is seen outside, with its port where that is known.
func (l *Lab) mappingOf(s lastSent) string {
	if len(s.data) > 0 {
		source := parse(s.data[0], time.Time{}).Source
		for _, met := range slices.Backward(l.sessions) {
			if met.X.Addr() == source {
				return packet.Address(met.Source)
			}
		}
	}
	return packet.Address(netip.AddrPortFrom(l.External[0], 0))
}

// decide settles what a failure was decided by. What a matcher of Gomega's own has missed is
// told by its text.
func (l *Lab) decide(reason string) []reports.Observation {
	if l.miss == nil {
		m := missed("", "", "")
		m.observed.Expected, m.observed.Actual, _ = strings.Cut(reason, "\n")
		l.miss = &m
	}
	o := l.miss.observed
	// Before the matcher's words stand those of the spec: what must hold, and why.
	if must, ok := strings.CutSuffix(reason, l.miss.text); ok && l.miss.text != "" && must != "" {
		o.Expected = strings.TrimSpace(must) + ": " + o.Expected
	}
	if o.Stimulus == "" {
		o.Stimulus = "all that the steps say"
	}
	return []reports.Observation{o}
}
