package suites_test

import (
	"net/netip"
	"strings"
)

// An anError is an ICMP error on its way through the small NAT, what it quotes, and how many
// were relayed before about the same mapping.
type anError struct {
	p, q   ipv4
	before int
	// static: about a flow of a pair or a forward. later: another host had one before.
	static, later bool
}

func (e anError) kind() byte { return e.p[e.p.header()] }
func (e anError) code() byte { return e.p[e.p.header()+1] }
func (e anError) word() ipv4 { return e.p[e.p.header()+4:][:4] }

// lostErrors are those that by mistake are not relayed. The same from inside has another
// name, with fromInside before it.
var lostErrors = map[string]func(e anError) bool{
	"a further error is lost":                    func(e anError) bool { return e.before > 0 },
	"errors with 28 bytes of a segment are lost": func(e anError) bool { return e.q[9] == protoTCP && len(e.q) <= 28 },
	"errors with options are lost":               func(e anError) bool { return e.p.header() > 20 },
	"errors with extensions are lost":            func(e anError) bool { return e.kind() == 11 && e.word()[1] > 0 },
	"errors not to be fragmented are lost":       func(e anError) bool { return e.p.dontFragment() },
	"errors about fragments are lost":            func(e anError) bool { return e.q[6]&0x20 != 0 },
	"errors about what is whole are lost":        func(e anError) bool { return e.q.dontFragment() },
	"errors about the last hop are lost":         func(e anError) bool { return e.q[8] <= 1 },
	"errors about what has no sum are lost": func(e anError) bool {
		return e.q[9] == protoUDP && e.q.word(e.q.header()+6) == 0
	},
	"long errors are lost":               func(e anError) bool { return len(e.p) > 576 },
	"forty errors are enough":            func(e anError) bool { return e.before >= 40 },
	"errors with few hops left are lost": func(e anError) bool { return e.p[8] < 10 },
	"errors without an ID are lost":      func(e anError) bool { return e.p.word(4) == 0 },
	"errors of 576 bytes are lost":       func(e anError) bool { return len(e.p) == 576 },
	"errors about a class are lost":      func(e anError) bool { return e.q[1] != 0 },
	"errors about a high TTL are lost":   func(e anError) bool { return e.q[8] > 64 },
	"errors about no ID are lost":        func(e anError) bool { return e.q.word(4) == 0 },
	"errors about no TTL are lost":       func(e anError) bool { return e.q[8] == 0 },
	"errors about a FIN are lost": func(e anError) bool {
		return e.q[9] == protoTCP && len(e.q) >= e.q.header()+20 && e.q.flags()&finFlag != 0
	},
	"errors about TCP by configuration are lost":     func(e anError) bool { return e.q[9] == protoTCP && e.static },
	"errors about queries by configuration are lost": func(e anError) bool { return e.q[9] == protoICMP && e.static },
	"a small MTU is lost": func(e anError) bool {
		return e.kind() == 3 && e.code() == 4 && e.word().word(2) < 576
	},
	"errors about UDP by configuration are lost": func(e anError) bool { return e.q[9] == protoUDP && e.static },
	"errors are of the first host alone":         func(e anError) bool { return e.later },
	"the rarer codes are lost":                   func(e anError) bool { return e.kind() == 3 && e.code() > 4 },
	"a code of Time Exceeded is lost":            func(e anError) bool { return e.kind() == 11 && e.code() == 1 },
	"Parameter Problem is lost":                  func(e anError) bool { return e.kind() == 12 },
	"Time Exceeded is lost":                      func(e anError) bool { return e.kind() == 11 },
	"Port Unreachable is lost":                   func(e anError) bool { return e.kind() == 3 && e.code() == 3 },
}

const fromInside = "from inside, "

// loses tells that an error is not relayed, by mistake, and counts those that are.
func (n *smallNAT) loses(prefix string, p, q ipv4, b *binding) bool {
	e := anError{p: p, q: q}
	host := q.source()
	if prefix == fromInside {
		host = q.destination()
	}
	if b != nil {
		e.before, host = b.errors[prefix], b.key.inside.Addr()
	}
	_, inward := n.paired(host)
	_, outward := n.pairs[host]
	e.static = inward || outward || b != nil && b.lifetime == 0
	if !n.blamed.IsValid() {
		n.blamed = host
	}
	e.later = n.blamed != host
	for name, lost := range lostErrors {
		if n.mistakes[prefix+name] && lost(e) {
			return true
		}
	}
	if b != nil && b.errors == nil {
		b.errors = map[string]int{}
	}
	if b != nil {
		b.errors[prefix]++
	}
	if b != nil && n.mistakes["who complains is let in"] {
		b.peers[netip.AddrPortFrom(p.source(), 0)] = true
	}
	return false
}

// spoils changes of an error what no router does. It is sealed afterwards.
func (n *smallNAT) spoils(prefix string, p ipv4) {
	e := anError{p: p}
	for name, spoil := range spoiledQuotes {
		if n.mistakes[prefix+name] {
			spoil(p[p.header()+8:])
		}
	}
	switch {
	case n.mistakes[prefix+"the length of a quote is cleared"] && e.kind() == 11:
		e.word()[1] = 0
	case n.mistakes[prefix+"a pointer is cleared"] && e.kind() == 12:
		clear(e.word())
	case n.mistakes[prefix+"an MTU is 1,400 bytes at most"] && e.kind() == 3 && e.code() == 4:
		e.word().put(2, min(e.word().word(2), 1400))
	case n.mistakes[prefix+"errors are of no class"]:
		p.set(0, []byte{p[0], 0}, 10)
	case n.mistakes[prefix+"errors may be fragmented"] && p.dontFragment():
		p.set(6, []byte{p[6] &^ 0x40, p[7]}, 10)
	}
}

// spoiledQuotes are what by mistake becomes of what an error quotes.
var spoiledQuotes = map[string]func(q ipv4){
	"a quote's data is altered": func(q ipv4) {
		if len(q) > q.header()+28 {
			q[q.header()+28] ^= 1
		}
	},
	"a quote's flags are altered": func(q ipv4) {
		if q[9] == protoTCP && len(q) >= q.header()+20 {
			q[q.header()+13] &^= pshFlag
		}
	},
	"a quote's acknowledgment is altered": func(q ipv4) {
		if q[9] == protoTCP && len(q) >= q.header()+20 {
			q[q.header()+11] ^= 1
		}
	},
	"a quote has a hop less": func(q ipv4) { q.set(8, []byte{q[8] - 1, q[9]}, 10) },
	"a quote is of no class": func(q ipv4) { q.set(0, []byte{q[0], 0}, 10) },
	"a quote may be fragmented": func(q ipv4) {
		q.set(6, []byte{q[6] &^ 0x40, q[7]}, 10)
	},
	"a quote is as long as what came of it": func(q ipv4) {
		q.set(2, []byte{byte(len(q) >> 8), byte(len(q))}, 10)
	},
	"a quote's options are cleared": func(q ipv4) {
		copy(q[20:q.header()], make([]byte, 40))
		q.seal()
	},
}

// cut shortens an error, by mistake.
func (n *smallNAT) cut(p ipv4) ipv4 {
	if !n.mistakes["errors are cut to 576 bytes"] || len(p) <= 576 || p.isQuery() {
		return p
	}
	p = p[:576]
	p.put(2, len(p))
	p.sealICMP()
	p.seal()
	return p
}

// errorRows are what the small NAT can do wrong with one error and not with another.
func errorRows() []foreign {
	var rows []foreign
	row := func(breaks string, names ...string) {
		beside := []string{"rfc5508.req-1"}
		if strings.HasPrefix(breaks, "wire.") {
			beside = []string{"rfc5508.req-4-relay", "rfc5508.req-5a"}
		}
		for _, name := range names {
			rows = append(rows, foreign{name: name, breaks: []string{breaks}, beside: beside})
		}
	}
	row("rfc5508.req-4-relay", "a further error is lost", "errors with 28 bytes of a segment are lost",
		"errors with options are lost", "errors with extensions are lost", "errors not to be fragmented are lost",
		"errors about fragments are lost", "errors about what is whole are lost",
		"errors about the last hop are lost", "errors about what has no sum are lost")
	row("rfc5508.req-5a", fromInside+"a further error is lost", fromInside+"errors with 28 bytes of a segment are lost",
		fromInside+"errors with options are lost", fromInside+"errors with extensions are lost",
		fromInside+"errors about fragments are lost", fromInside+"errors about the last hop are lost",
		fromInside+"Time Exceeded is lost", fromInside+"Port Unreachable is lost")
	for _, way := range []string{"", fromInside} {
		row("wire.payload", way+"a quote's data is altered", way+"a quote's flags are altered",
			way+"a quote has a hop less", way+"a quote is of no class", way+"a quote may be fragmented",
			way+"a quote is as long as what came of it", way+"a quote's options are cleared")
	}
	row("rfc5508.req-4a", "a quote's acknowledgment is altered")
	row("rfc5508.req-5a", fromInside+"a quote's acknowledgment is altered")
	row("rfc5508.req-4-relay", "long errors are lost", "forty errors are enough")
	row("rfc5508.req-5a", fromInside+"long errors are lost", fromInside+"forty errors are enough")
	row("wire.payload", "errors are cut to 576 bytes")
	row("practice.icmp-word", "the length of a quote is cleared", fromInside+"the length of a quote is cleared",
		fromInside+"a pointer is cleared")
	row("wire.class", "errors are of no class", fromInside+"errors are of no class")
	row("wire.id", "errors may be fragmented", fromInside+"errors may be fragmented")
	for _, name := range []string{
		"errors with few hops left are lost", "errors without an ID are lost", "errors of 576 bytes are lost",
		"errors about a class are lost", "errors about a high TTL are lost", "errors about no ID are lost",
		"errors about no TTL are lost", "errors about a FIN are lost", "errors about TCP by configuration are lost",
		"errors are of the first host alone", "errors about queries by configuration are lost",
	} {
		row("rfc5508.req-4-relay", name)
		row("rfc5508.req-5a", fromInside+name)
	}
	row("rfc5508.req-5a", fromInside+"errors about UDP by configuration are lost",
		fromInside+"the rarer codes are lost", fromInside+"a code of Time Exceeded is lost",
		fromInside+"Parameter Problem is lost")
	row("practice.icmp-word", "an MTU is 1,400 bytes at most", fromInside+"an MTU is 1,400 bytes at most")
	row("practice.icmp-word", "a small MTU is lost", fromInside+"a small MTU is lost")
	row("rfc5382.req-10", "an error takes a minute")
	row("rfc4787.req-11", "an error lets its sender in")
	row("rfc7857.s7.1", "a host's error keeps its connection")
	rows = append(rows, foreign{
		name: "a hundred requests are enough", breaks: []string{"rfc5508.req-1"}, beside: []string{"rfc5508.req-2"},
	})
	row("rfc5508.req-10a-2", "expiry is told once")
	row("rfc5508.s7.1.1", "too big is told once")
	return rows
}
