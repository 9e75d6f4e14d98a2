package suites_test

import (
	"net/netip"
	"time"
)

// The small NAT's TCP. It follows the state machine of RFC 7857, Section 2, which knows
// of sequence numbers nothing.

// A phase is how far a connection has got.
type phase int

const (
	opening     phase = iota // one end has sent a SYN
	established              // both have
	over                     // both have sent a FIN, or one has sent a RST
)

const finFlag, synFlag, rstFlag, pshFlag, ackFlag, urgFlag, ecnFlags = 1, 2, 4, 8, 16, 32, 192

// A connection is what a mapping knows of one peer's.
type connection struct {
	phase    phase
	reset    bool
	syn, fin [2]bool // of the outside and the inside
	until    time.Time
	lastACK  [2]bool   // both have finished, and the end was acknowledged
	next     [2]uint32 // the sequence numbers that are due
	tracked  [2]bool
	initial  [2]uint32
	acked    [2]uint32 // by that side
	begun    time.Time
	urgent   bool
}

func (p ipv4) flags() byte { return p[p.header()+13] }

// begins tells that a segment is the first of a connection.
func (p ipv4) begins() bool { return p.flags()&(synFlag|ackFlag|rstFlag|finFlag) == synFlag }

// segmentOut is what happens to a segment from the inside.
func (n *smallNAT) segmentOut(p ipv4) {
	inside, peer := p.from(), p.to()
	if n.mistakes["serves no first port"] && inside.Port() == 1 {
		return
	}
	b := n.byInside[n.key(protoTCP, inside, peer)]
	known := n.connectionOf(b, peer)
	if _, static := n.pairs[inside.Addr()]; known == nil && !static && !p.begins() {
		if n.mistakes["what is no flow gets out as it is"] && !n.isExternal(peer.Addr()) {
			n.out(false, p)
		}
		if n.mistakes["what is abandoned goes on elsewhere"] && p.flags()&(rstFlag|synFlag) == 0 {
			p.rewrite(theSource, netip.AddrPortFrom(n.external[0], 65000))
			n.send(false, p)
		}
		return
	}
	if known == nil {
		b = n.bind(protoTCP, inside, peer)
	}
	if b == nil {
		n.refuse(p)
		return
	}
	if !n.follows(b, peer, true, p) {
		return
	}
	if p.has(synFlag) && !n.mistakes["tells also who is called back"] {
		delete(n.early, called{b.outside.at, peer})
	}
	if n.mistakes["remembers eight peers"] && len(b.peers) > 16 {
		clear(b.peers)
	}
	b.hasSent(protoTCP, peer, n.now())
	n.editSegment(p, b)
	source := b.outside.at
	if n.isExternal(peer.Addr()) {
		if n.mistakes["the way back inside keeps the source"] {
			source = inside
		}
		p.rewrite(theSource, source)
		if n.turnsAround(b, inside, peer) {
			n.segmentIn(p, b.outside.at, true)
		}
		return
	}
	p.rewrite(theSource, source)
	n.send(false, p)
}

// segmentIn is what happens to a segment for an external endpoint.
func (n *smallNAT) segmentIn(p ipv4, peer netip.AddrPort, hairpin bool) {
	if inside, ok := n.paired(p.destination()); ok {
		p.rewrite(theDestination, netip.AddrPortFrom(inside, p.to().Port()))
		n.send(true, p)
		return
	}
	b := n.reached(protoTCP, p.to())
	if b == nil || !n.alive(b) || !n.lets(protoTCP, b, peer) {
		if b != nil && n.alive(b) && n.mistakes["who is refused keeps the mapping"] {
			for _, c := range b.connections {
				c.until = n.now().Add(n.idle[c.phase])
				b.until = c.until
			}
		}
		if p.begins() && !hairpin {
			n.comesEarly(p)
		}
		return
	}
	if n.connectionOf(b, peer) == nil && !p.begins() {
		if n.mistakes["a scan ends the connections"] {
			clear(b.connections)
		}
		return
	}
	if hairpin && peer == b.outside.at && n.mistakes["no way back to oneself"] {
		return
	}
	if !n.follows(b, peer, false, p) {
		return
	}
	if b.lifetime == 0 {
		b.peers[peer] = true
	}
	p.rewrite(theDestination, b.key.inside)
	if n.mistakes["the first peer is shown for all"] && b.first.IsValid() && !hairpin {
		p.rewrite(theSource, b.first)
	}
	n.send(true, p)
}

// connectionOf is a mapping's connection with a peer, if there is one.
func (n *smallNAT) connectionOf(b *binding, peer netip.AddrPort) *connection {
	if b == nil || b.connections[peer] == nil || !n.now().Before(b.connections[peer].until) {
		return nil
	}
	return b.connections[peer]
}

// follows notes a segment of a connection, and tells whether it is to go on.
func (n *smallNAT) follows(b *binding, peer netip.AddrPort, fromInside bool, p ipv4) bool {
	c := n.connectionOf(b, peer)
	if c == nil {
		c = &connection{}
	}
	before := c.phase
	if n.refuses(b, c, fromInside, p) {
		return false
	}
	if b.connections == nil {
		b.connections = map[netip.AddrPort]*connection{}
	}
	b.connections[peer] = c
	if !c.takes(fromInside, p.flags()) {
		return true
	}
	until := c.until
	c.until = n.now().Add(n.idle[c.phase])
	n.misjudge(b, c, fromInside, p, until)
	if b.until.Before(c.until) {
		b.until = c.until
	}
	if c.phase == over && before != over {
		n.endsBeside(b)
		n.expire(b)
	}
	return true
}

// takes moves a connection on by a segment, and tells whether it lives longer for it:
// a host's refusal does nothing.
func (c *connection) takes(fromInside bool, flags byte) bool {
	side := ix(fromInside)
	switch {
	case flags&rstFlag != 0:
		if fromInside && (c.phase == opening || c.reset) {
			return false
		}
		c.phase, c.reset = over, true
		return true
	case flags&synFlag != 0:
		if c.phase == over && flags&ackFlag == 0 {
			*c = connection{}
		}
		c.syn[side] = true
	case flags&finFlag != 0:
		c.fin[side] = true
	case c.reset: // the RST was lost, or a forgery
		c.phase, c.reset = opening, false
	}
	switch {
	case c.fin[0] && c.fin[1]:
		c.phase = over
	case c.syn[0] && c.syn[1] && c.phase == opening:
		c.phase = established
	}
	return true
}

// expire drops the connections that have ended, and finds when the last will.
func (n *smallNAT) expire(b *binding) {
	b.until = time.Time{}
	for peer, c := range b.connections {
		if !n.now().Before(c.until) {
			delete(b.connections, peer)
		} else if b.until.Before(c.until) {
			b.until = c.until
		}
	}
}
