package suites_test

import (
	"bytes"
	"net/netip"
	"time"
)

// mistakes are the names of what a NAT does wrong.
type mistakes map[string]bool

// A smallNAT translates UDP and TCP: a mapping for each inside endpoint, a filter by
// address for UDP and none for TCP, and hairpinning. What it does wrong is said by its
// mistakes.
type smallNAT struct {
	mistakes mistakes
	inside   netip.Prefix
	own      netip.Addr   // on the inside
	external []netip.Addr // to translate to
	pairs    map[netip.Addr]netip.Addr
	sources  []source
	mtu      [2]int // of the outside and the inside
	lifetime time.Duration
	smallPolicy

	now       func() time.Time
	out       func(toInside bool, p ipv4)
	byInside  map[session]*binding
	byOutside map[endpoint]*binding
	fragments incompletes
	past      past
	early     map[called]*earlySYN
	counted   int
	queries   time.Duration // how long those of ICMP live
	said      time.Time     // when the second began in which told errors were sent
	told      int
	blamed    netip.Addr // who had an ICMP error before any other host
}

func newSmallNAT(names []string) *smallNAT {
	n := &smallNAT{
		mistakes: mistakes{}, mtu: [2]int{1500, 1500}, lifetime: 5 * time.Minute,
		pairs: map[netip.Addr]netip.Addr{}, byInside: map[session]*binding{},
		byOutside: map[endpoint]*binding{}, fragments: incompletes{}, early: map[called]*earlySYN{},
		past: past{
			forwards: map[endpoint]bool{}, taken: map[endpoint]bool{}, known: map[netip.AddrPort]bool{},
			used: map[netip.Addr]time.Time{}, first: map[netip.Addr]uint16{},
			ids: numbering{}, served: map[endpoint]time.Time{}, had: map[netip.Addr]netip.Addr{},
			bound: map[session]bool{}, turned: map[netip.AddrPort]int{}, forwarded: map[netip.Addr]bool{},
		},
	}
	for _, name := range names {
		n.mistakes[name] = true
	}
	return n
}

// A session is an inside endpoint, and by mistake also what it sends to.
type session struct {
	proto        byte
	inside, peer netip.AddrPort
}

// An endpoint is one of a protocol, or of all where they share mappings.
type endpoint struct {
	proto byte
	at    netip.AddrPort
}

type binding struct {
	key      session
	outside  endpoint
	peers    map[netip.AddrPort]bool // with port 0: any port of the address
	last     time.Time
	lifetime time.Duration // 0: for ever
	strict   bool
	moved    bool           // to another port, by mistake
	routed   bool           // by a source route
	errors   map[string]int // about it that were relayed
	made     time.Time
	sessions map[netip.AddrPort]time.Time // by peer, when it was last sent to
	first    netip.AddrPort               // that it was made for
	taken    int                          // packets that came in
	sent     int                          // packets from the inside before the first from outside

	spoken      map[byte]bool // protocols that the inside has used
	connections map[netip.AddrPort]*connection
	until       time.Time // of the last of them to end
}

// take is what happens to a packet from either side.
func (n *smallNAT) take(fromInside bool, data []byte) {
	if n.mistakes["a header's checksum is made anew"] && len(data) >= 20 {
		ipv4(data).seal()
	}
	p, ok := readIPv4(data)
	if !ok {
		return
	}
	if n.mistakes["dies of options that it does not know"] && p.header() > 20 {
		panic("an IP option that I do not know")
	}
	if n.talks(fromInside, p) {
		return
	}
	if !p.whole() {
		if p = n.fragments.add(p, n.mistakes); p == nil || !p.whole() || n.losesAssembled(fromInside, p) {
			return
		}
	}
	if n.misplaces(fromInside, p) {
		return
	}
	toOutside := fromInside && !n.isExternal(p.destination())
	if p[9] != protoTCP && p[9] != protoUDP && p[9] != protoICMP {
		n.portless(fromInside, p)
		return
	}
	if p.destination() == n.own || n.foreignTo(fromInside, p) || fromInside && n.reveals(p) {
		return
	}
	if !p.hasPorts() && p.quote(n.mistakes) == nil {
		if n.mistakes["what it does not know gets out as it is"] && fromInside && p[9] == protoICMP {
			n.out(false, p)
		}
		return
	}
	if n.blocks(fromInside, p) || n.mistreats(n.way(fromInside, p), p) || n.meets(fromInside, p) {
		return
	}
	if p[8] <= 1 && !n.mistakes["the last hop is one more"] {
		n.answer(fromInside, p, 11, 0, 0)
		return
	}
	if mtu := n.mtu[ix(!toOutside)]; len(p) > mtu {
		some := n.mistakes["big packets are dropped"] || p[9] == protoTCP && n.mistakes["big segments are dropped"]
		if n.mistakes["what is too big for the inside is lost"] && !toOutside ||
			some && toOutside && !p.dontFragment() {
			return
		}
		if p.dontFragment() {
			n.tooBig(fromInside, p, mtu)
			return
		}
	}
	p.set(8, []byte{p[8] - 1, p[9]}, 10)
	switch {
	case n.bypasses(fromInside, p):
	case !p.hasPorts() && fromInside:
		n.errorFromInside(p)
	case !p.hasPorts():
		n.errorFromOutside(p)
	case p[9] == protoICMP && fromInside:
		n.queryOut(p)
	case p[9] == protoICMP:
		n.queryIn(p, false)
	case p[9] == protoTCP && fromInside:
		n.segmentOut(p)
	case p[9] == protoTCP:
		n.segmentIn(p, p.from(), false)
	case fromInside:
		n.outbound(p)
	default:
		n.inbound(p, p.from(), false)
	}
}

func ix(inside bool) int {
	if inside {
		return 1
	}
	return 0
}

// send lets a packet out in fragments that fit.
func (n *smallNAT) send(toInside bool, p ipv4) {
	p = n.spoil(toInside, p)
	n.number(p, len(p) > n.mtu[ix(toInside)])
	parts := p.split(n.mtu[ix(toInside)])
	for i := range parts {
		if n.mistakes["the last fragment first"] {
			i = len(parts) - 1 - i
		}
		n.out(toInside, parts[i])
	}
}

func (n *smallNAT) outbound(p ipv4) {
	inside, peer := p.from(), p.to()
	if n.mistakes["serves no first port"] && inside.Port() == 1 {
		return
	}
	if n.mistakes["takes a lone byte for nothing"] && len(p) == p.header()+9 {
		return
	}
	if old := n.byInside[n.session(protoUDP, inside)]; old != nil && old.lifetime > 0 && !old.peers[peer] &&
		n.now().Sub(old.last) > 90*time.Second && n.mistakes["who has been idle gets another mapping"] {
		n.add(session{protoUDP, inside, peer}, peer)
	}
	b := n.bind(protoUDP, inside, peer)
	if b == nil {
		n.refuse(p)
		return
	}
	if !b.last.IsZero() {
		b = n.moved(b)
	}
	if b.lifetime > 0 && peer.Port() < 1024 && n.mistakes["a well-known port shortens the mapping"] {
		b.lifetime = 60 * time.Second
	}
	if b.last.IsZero() || n.keeps(p, peer) {
		b.last = n.now()
	}
	if n.mistakes["remembers eight peers"] && len(b.peers) > 16 {
		clear(b.peers)
	}
	b.hasSent(protoUDP, peer, n.now())
	b.routed = b.routed || p.routed()
	b.sent++
	if n.mistakes["loses a second packet that no answer came before"] && b.sent == 2 {
		return
	}
	n.edit(p, inside, b)
	if n.isExternal(peer.Addr()) {
		source := b.outside.at
		if n.mistakes["the way back inside keeps the source"] {
			source = inside
		}
		p.rewrite(theSource, source)
		if n.turnsAround(b, inside, peer) {
			n.inbound(p, b.outside.at, true)
		}
		return
	}
	p.rewrite(theSource, b.outside.at)
	n.send(false, p)
}

// edit does to a packet what no NAT should.
func (n *smallNAT) edit(p ipv4, inside netip.AddrPort, b *binding) {
	h := p.header()
	if n.mistakes["a gateway for every protocol"] {
		from, to := inside.Addr().As4(), b.outside.at.Addr().As4()
		for at := h + 8; at+4 <= len(p); at++ {
			if bytes.Equal(p[at:at+4], from[:]) {
				copy(p[at:], to[:])
				p.sum()
			}
		}
	}
	if n.mistakes["computes a checksum where there is none"] && p.word(h+6) == 0 {
		p.sum()
	}
}

func (n *smallNAT) inbound(p ipv4, peer netip.AddrPort, hairpin bool) {
	if inside, ok := n.paired(p.destination()); ok {
		p.rewrite(theDestination, netip.AddrPortFrom(inside, p.to().Port()))
		n.send(true, p)
		return
	}
	b := n.reached(protoUDP, p.to())
	if b == nil || !n.alive(b) || !n.lets(protoUDP, b, peer) {
		if b != nil && n.alive(b) && n.mistakes["who is refused keeps the mapping"] {
			b.last = n.now()
		}
		if n.mistakes["a stranger ends the mapping"] {
			n.forget(b)
		}
		return
	}
	if b.lifetime == 0 {
		b.peers[peer] = true
	}
	if b.routed && n.mistakes["source routes lead one way"] {
		return
	}
	b.sent += 2
	if b.lifetime > 0 && n.mistakes["the outside halves a mapping's life"] {
		b.last = b.last.Add(-b.lifetime / 2)
	}
	if hairpin && peer == b.outside.at && n.mistakes["no way back to oneself"] {
		return
	}
	p.rewrite(theDestination, b.key.inside)
	if n.mistakes["the first peer is shown for all"] && b.first.IsValid() && !hairpin {
		p.rewrite(theSource, b.first)
	}
	n.send(true, p)
}
