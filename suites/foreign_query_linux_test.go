package suites_test

import (
	"net/netip"
	"time"
)

// The small NAT's ICMP: queries by their identifiers (RFC 5508, Section 3), and what it
// says by itself.

// The types of the queries that it knows.
const (
	echoReply, echoRequest           = 0, 8
	timestampRequest, timestampReply = 13, 14
)

// isQuery tells that a packet is a query that is translated.
func (p ipv4) isQuery() bool {
	if p[9] != protoICMP || len(p) < p.header()+8 {
		return false
	}
	switch p[p.header()] {
	case echoReply, echoRequest, timestampRequest, timestampReply:
		return true
	}
	return false
}

// asks tells that a query is a request.
func (p ipv4) asks() bool {
	kind := p[p.header()]
	return kind == echoRequest || kind == timestampRequest
}

// number is the port of one end: of a query, the identifier at who has asked.
func (p ipv4) number(s side) uint16 {
	h := p.header()
	switch {
	case p[9] != protoICMP:
		return uint16(p.word(h + s.port))
	case p.isQuery() && p.asks() == (s == theSource):
		return uint16(p.word(h + 4))
	}
	return 0
}

// rewriteQuery puts another address into a query, and another identifier if it stands at
// that end.
func (p ipv4) rewriteQuery(s side, to netip.AddrPort) {
	addr, h := to.Addr().As4(), p.header()
	p.set(s.addr, addr[:], 10)
	if p.asks() == (s == theSource) {
		p.set(h+4, []byte{byte(to.Port() >> 8), byte(to.Port())}, h+2)
	}
}

// queryOut is what happens to a query from the inside.
func (n *smallNAT) queryOut(p ipv4) {
	if n.mistakes["large queries are dropped"] && len(p) > 1000 {
		return
	}
	var source netip.AddrPort
	if n.mistakes["a hundred requests are enough"] && n.isUsedUpBy(p) {
		return
	}
	if p.asks() {
		b := n.bind(protoICMP, p.from(), p.to())
		if b == nil {
			n.refuse(p)
			return
		}
		if !n.mistakes["a further request keeps nothing"] || b.last.IsZero() {
			b.last = n.now()
		}
		b.hasSent(protoICMP, p.to(), n.now())
		source = b.outside.at
	} else if external, ok := n.pairs[p.source()]; ok { // nobody else has been asked
		source = netip.AddrPortFrom(external, 0)
	} else {
		return
	}
	p.rewrite(theSource, source)
	if !n.isExternal(p.destination()) {
		n.send(false, p)
	} else if !n.mistakes["no query on the way back inside"] {
		n.queryIn(p, true)
	}
}

// isUsedUpBy counts the requests with an identifier.
func (n *smallNAT) isUsedUpBy(p ipv4) bool {
	b := n.byInside[n.session(protoICMP, p.from())]
	if b == nil {
		return false
	}
	b.sent++
	return b.sent > 100
}

// queryIn is what happens to a query for an external address.
func (n *smallNAT) queryIn(p ipv4, hairpin bool) {
	if inside, ok := n.paired(p.destination()); ok {
		if n.mistakes["nobody outside asks a pair"] && p.asks() && !hairpin {
			return
		}
		p.rewrite(theDestination, netip.AddrPortFrom(inside, p.to().Port()))
		n.send(true, p)
		return
	}
	b := n.byOutside[n.endpoint(protoICMP, p.to())]
	if p.asks() || b == nil || !n.alive(b) {
		return
	}
	if n.mistakes["time stamps are lost on their way back"] && p[p.header()] == timestampReply {
		return
	}
	if !n.mistakes["a further request keeps nothing"] {
		b.last = n.now()
	}
	p.rewrite(theDestination, b.key.inside)
	n.send(true, p)
}

// idleFor is how long a mapping lives without a packet.
func (n *smallNAT) idleFor(proto byte) time.Duration {
	if proto == protoICMP {
		return n.queries
	}
	return n.lifetime
}

// refuse tells the sender of a packet that there is no port for it.
func (n *smallNAT) refuse(p ipv4) {
	if !n.mistakes["refuses in silence"] {
		code := byte(13)
		if n.limited() && !n.mistakes["a quota is a prohibition"] {
			code = 1
		}
		n.answer(true, p, 3, code, 0)
	}
}

// complains tells that a packet is one that may be complained of, and that not too many
// have been (RFC 1812, Sections 4.3.2.7 and 4.3.2.8).
func (n *smallNAT) complains(about ipv4, kind byte) bool {
	const most = 100 // in a second
	switch {
	case about[9] == protoICMP && !about.isQuery():
		return n.mistakes["complains of errors"]
	case n.mistakes["says nothing about queries"] && about[9] == protoICMP && kind == 11:
		return false
	case n.now().Sub(n.said) >= time.Second:
		n.said, n.told = n.now(), 0
	}
	n.told++
	return n.told <= most || n.mistakes["is never tired of complaining"]
}

// foreignTo tells that a packet is from nobody, or for nobody in particular.
func (n *smallNAT) foreignTo(fromInside bool, p ipv4) bool {
	return fromInside && !n.inside.Contains(p.source()) || !p.destination().IsGlobalUnicast()
}

// routed tells that a packet has a source route among its options.
func (p ipv4) routed() bool {
	const loose, strict = 131, 137
	for at := 20; at+1 < p.header(); {
		switch kind := p[at]; {
		case kind == loose || kind == strict:
			return true
		case kind == 0:
			return false
		case kind == 1:
			at++
		default:
			at += max(int(p[at+1]), 2)
		}
	}
	return false
}

// reveals tells that an ICMP message has a source route, whose addresses would get out.
func (n *smallNAT) reveals(p ipv4) bool {
	if p[9] != protoICMP || n.mistakes["source routes get out"] {
		return false
	}
	q := p.quote(n.mistakes)
	return p.routed() || q != nil && q.routed()
}
