package stun

import "sync/atomic"

// An Event is something that a Server counts.
type Event uint8

// The outcomes of a request, a connection, or an answer that goes by way of the
// peer.
const (
	Answered   Event = iota // a success
	BadRequest              // an error 400
	Unknown                 // an error 420
	Malformed               // not STUN; nothing was sent
	Ignored                 // no Binding request; nothing was sent
	Limited                 // its source asks too much; nothing was sent
	// Unsent: the system did not take the answer. An answer from the endpoint that
	// was asked is counted under its own event too.
	Unsent
	Forwarded    // the peer was asked to answer
	Relayed      // answered on behalf of the peer
	PeerLost     // the peer was not there, too slow to be asked, or not able to
	Refused      // a TCP connection too many of its source or site
	Connected    // a connection back to a client
	NotConnected // the client could not be connected to
	Evicted      // a TCP connection that was idle longest when another needed its place
	Stranger     // a control connection that did not prove to know the secret
	events
)

var eventNames = [events]string{
	"answered", "bad_request", "unknown_attribute", "malformed", "ignored", "limited", "unsent",
	"forwarded", "relayed", "peer_lost", "refused", "connected", "not_connected",
	"evicted", "stranger",
}

func (e Event) String() string { return eventNames[e] }

// A Count is how often something happened since the server began.
type Count struct {
	Event   Event
	Network string // udp4, udp6, tcp4 or tcp6
	Value   uint64
}

// A network is a transport in an address family.
type network uint8

const (
	udp4 network = iota
	udp6
	tcp4
	tcp6
	networks
)

func (n network) String() string { return [...]string{"udp4", "udp6", "tcp4", "tcp6"}[n] }

// counters are written by all workers, so a worker gathers a batch in a tally
// first.
type counters [networks][events]atomic.Uint64

func (c *counters) add(n network, e Event) { c[n][e].Add(1) }

type tally [events]uint64

// flush adds a tally and empties it.
func (c *counters) flush(n network, t *tally) {
	for e, count := range t {
		if count > 0 {
			c[n][e].Add(count)
			t[e] = 0
		}
	}
}

// Stats returns all counts, those at zero too, always in the same order.
func (s *Server) Stats() []Count {
	all := make([]Count, 0, int(networks)*int(events))
	for n := range networks {
		for e := range events {
			all = append(all, Count{e, n.String(), s.counts[n][e].Load()})
		}
	}
	return all
}

// A Load is the use of the server's bounded resources.
type Load struct {
	Conns, MaxConns       int    // TCP connections, those back to clients too
	Controls, MaxControls int    // control connections that the peer made; 0 without a peer
	Forgotten             uint64 // sources that still owed when others needed their slots, since the server began
}

// Load returns how near the server is to its limits.
func (s *Server) Load() Load {
	l := Load{Conns: s.conns.len(), MaxConns: s.conns.max}
	if s.peer != nil {
		l.Controls, l.MaxControls = len(s.peer.callers), cap(s.peer.callers)
	}
	for _, limit := range []*limiter{s.limit, s.limitTCP} {
		if limit != nil {
			l.Forgotten += limit.forgotten.Load()
		}
	}
	return l
}
