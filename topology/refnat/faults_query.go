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
	LargeQueriesDropped bool `breaks:"rfc5508.req-1"`
	// BareQueriesDropped drops queries that carry no data. Breaks REQ-1 of RFC 5508.
	BareQueriesDropped bool `breaks:"rfc5508.req-1"`
	// PingsDropped drops queries that carry 56 bytes, as those of ping do. Breaks REQ-1 of
	// RFC 5508.
	PingsDropped bool `breaks:"rfc5508.req-1"`
	// MappingByRequest gives every request an identifier of its own. Breaks REQ-1 a) of
	// RFC 5508.
	MappingByRequest bool `breaks:"rfc5508.req-1a"`
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
	QueryTimerKnobIgnored bool `breaks:"rfc5508.req-2a"`
}

// What the faults of queries give.
const (
	largeQuery    = 1400
	pingSize      = 56
	shortQueryEnd = 30 * time.Second
	repliedEnd    = 10 * time.Second
)

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
	for _, before := range t.endpoints[m.internal].mappings {
		before.life.(*queryLife).used = now
	}
	delete(t.mappings, m.key)
	m.key.remote = at(netip.IPv4Unspecified(), packet.ICMP, m.external.Port())
	t.mappings[m.key] = m
	return true
}
