package refnat

import (
	"net/netip"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// QueryFaults are in what becomes of ICMP queries.
type QueryFaults struct {
	// LargeQueriesDropped drops queries that carry more than 1,400 bytes. Breaks REQ-1 of
	// RFC 5508.
	LargeQueriesDropped bool `breaks:"rfc5508.req-1" also:"rfc7857.s12-query"`
	// BareQueriesDropped drops queries that carry no data. Breaks REQ-1 of RFC 5508.
	BareQueriesDropped bool `breaks:"rfc5508.req-1" also:"rfc7857.s12-query"`
	// PingsDropped drops queries that carry 56 bytes, as those of ping do. Breaks REQ-1 of
	// RFC 5508.
	PingsDropped bool `breaks:"rfc5508.req-1" also:"rfc7857.s12-query"`
	// RequestsRunOut drops what a host asks with one identifier from the hundredth request on.
	// Breaks REQ-1 of RFC 5508.
	RequestsRunOut bool `breaks:"rfc5508.req-1"`
	// HighIdentifiersShared gives several hosts the identifier that they share, from 32768
	// on. Breaks REQ-1 of RFC 5508.
	HighIdentifiersShared bool `breaks:"rfc5508.req-1"`
	// MappingByRequest gives every request an identifier of its own. Breaks REQ-1 a) of
	// RFC 5508.
	MappingByRequest bool `breaks:"rfc5508.req-1a" also:"practice.change-others"`
	// ShortQueryTimer ends a session after 30 s. Breaks REQ-2 of RFC 5508.
	ShortQueryTimer bool `breaks:"rfc5508.req-2"`
	// ReplyEndsQuery ends a session 10 s after a reply. Breaks REQ-2 of RFC 5508.
	ReplyEndsQuery bool `breaks:"rfc5508.req-2"`
	// QueryTimerRunsOn lets the timer run from the first request. Breaks REQ-2 of
	// RFC 5508.
	QueryTimerRunsOn bool `breaks:"rfc5508.req-2"`
	// QueryErrorsFiltered relays no Destination Unreachable about a query with a code above
	// 4. Breaks REQ-4 of RFC 5508.
	QueryErrorsFiltered bool `breaks:"rfc5508.req-4-relay"`
	// QueryTimerKnobIgnored keeps to the default timer whatever is configured. Breaks
	// REQ-2 a) of RFC 5508.
	QueryTimerKnobIgnored bool `breaks:"rfc5508.req-2a" blinds:"rfc6888.req-4"`
	// RepliesByNumber gives a reply to whoever has asked first with its sequence number.
	// Breaks RFC 3022, Section 2.2.
	RepliesByNumber bool `breaks:"rfc3022.napt-query-id" also:"practice.edge-ports"`
	// LoneQueryMissummed writes a wrong checksum into a query with a single byte whose
	// identifier is changed. Breaks RFC 3022, Section 4.1.
	LoneQueryMissummed bool `breaks:"rfc3022.icmp-query-checksum wire.transport-checksum"`
	// QuerySumCarryLost writes a wrong checksum into a query whose identifier is changed and
	// whose checksum is at the edge. Breaks RFC 3022, Section 4.1.
	QuerySumCarryLost bool `breaks:"rfc3022.icmp-query-checksum wire.transport-checksum"`
	// PairedQuerySummed corrects the checksum of a query with a single byte for an address,
	// which it does not cover. Breaks RFC 3022, Section 4.1.
	PairedQuerySummed bool `breaks:"rfc3022.icmp-query-checksum wire.transport-checksum"`
}

// What the faults of queries give.
const (
	largeQuery    = 1400
	pingSize      = 56
	shortQueryEnd = 30 * time.Second
	repliedEnd    = 10 * time.Second

	enoughRequests = 100
)

// sharesIdentifier reports whether x may share the identifier of another host.
func (f QueryFaults) sharesIdentifier(x packet.Endpoint) bool {
	return f.HighIdentifiersShared && x.Protocol == packet.ICMP && x.Port() >= 1<<15
}

// behaviour returns b with the timer that the faults give.
func (f QueryFaults) behaviour(b Behaviour) Behaviour {
	if f.QueryTimerKnobIgnored {
		b.QueryLifetime = 0
	}
	if b.QueryLifetime == 0 {
		b.QueryLifetime = defaultQueryLifetime
	}
	if f.ShortQueryTimer {
		b.QueryLifetime = min(b.QueryLifetime, shortQueryEnd)
	}
	return b
}

// queryLifetime returns how long a session lives that has had a reply or not.
func (f QueryFaults) queryLifetime(sound time.Duration, replied bool) time.Duration {
	if f.ReplyEndsQuery && replied {
		return min(sound, repliedEnd)
	}
	return sound
}

// dropsQuery reports whether a query is dropped for its size.
func (f QueryFaults) dropsQuery(p *packet.Packet) bool {
	return p.ICMP != nil && (f.LargeQueriesDropped && len(p.Payload) > largeQuery ||
		f.BareQueriesDropped && len(p.Payload) == 0 || f.PingsDropped && len(p.Payload) == pingSize)
}

// isTiredOf reports whether a query is dropped for how many its mapping has had.
func (f QueryFaults) isTiredOf(m *mapping) bool {
	l, ok := m.life.(*queryLife)
	return ok && f.RequestsRunOut && l.asked >= enoughRequests
}

// filtersError reports whether an error about a query is dropped for its code.
func (f QueryFaults) filtersError(message *packet.ICMPMessage, about *packet.Packet) bool {
	return f.QueryErrorsFiltered && about.ICMP != nil && message.Code > layers.ICMPv4CodeFragmentationNeeded &&
		message.Type == layers.ICMPv4TypeDestinationUnreachable
}

// reasks reports whether a request needs a mapping of its own in place of m, which goes
// on for what replies to the requests before.
func (t *Table) reasks(m *mapping, p *packet.Packet, now time.Time) bool {
	if m == nil || p.ICMP == nil || !p.ICMP.Asks || !t.faults(p.Protocol).MappingByRequest {
		return false
	}
	for _, before := range t.endpoints[indexOf(m.internal)].mappings {
		before.life.(*queryLife).used = now
	}
	delete(t.mappings, m.key)
	m.key.remote = indexOf(at(netip.IPv4Unspecified(), packet.ICMP, m.external.Port()))
	t.mappings[m.key] = m
	return true
}

// numberedQuery is a reply's peer and number, by which RepliesByNumber knows it.
type numberedQuery struct {
	asked  netip.Addr
	number uint16
}

// asks notes who has asked with a number, for RepliesByNumber.
func (t *Table) asks(d *datagram, m *mapping) {
	if d.ICMP == nil || !d.ICMP.Asks || !t.faults(d.Protocol).RepliesByNumber {
		return
	}
	query := numberedQuery{d.dst(), d.ICMP.Seq()}
	if t.wrongly.asked[query] == nil {
		t.wrongly.asked[query] = m
	}
}

// repliedTo returns the mapping that a packet is for, which is m.
func (t *Table) repliedTo(d *datagram, m *mapping) *mapping {
	if d.ICMP == nil || !t.faults(d.Protocol).RepliesByNumber {
		return m
	}
	if first := t.wrongly.asked[numberedQuery{d.src(), d.ICMP.Seq()}]; first != nil && m != nil {
		return first
	}
	return m
}

// missummed returns what leaves of a query when the faults of its checksum have had their
// way.
func (t *Table) missummed(d *datagram, packets []Packet) []Packet {
	if d.ICMP == nil || !d.ICMP.Query || len(packets) != 1 {
		return packets
	}
	f := t.faults(d.Protocol).QueryFaults
	p, err := packet.Parse(packets[0].Data)
	if f == (QueryFaults{}) || err != nil || p.ICMP == nil {
		return packets
	}
	const at = 2
	sum := p.Edit().Segment()[at:]
	before, after := d.src().As4(), p.Source.Addr().As4()
	changed, edge := p.ICMP.ID() != d.ICMP.ID(), uint16(sum[0])<<8|uint16(sum[1])+1 <= 2
	switch e := p.Edit(); {
	case changed && f.LoneQueryMissummed && len(p.Payload) == 1,
		changed && f.QuerySumCarryLost && edge && len(p.Payload) > 20:
		e.Segment()[at] ^= 1
		packets[0].Data = e.Data()
	case !changed && f.PairedQuerySummed && len(p.Payload) == 1 && t.staticOut[d.src()].IsValid():
		packet.Adjust(e.Segment(), at, before[:], after[:])
		packets[0].Data = e.Data()
	}
	return packets
}
