package suites_test

import (
	"net/netip"
	"time"
)

// errorFromOutside relays an error about a packet that a mapping let out.
func (n *smallNAT) errorFromOutside(p ipv4) {
	q, h := p.quote(n.mistakes), p.header()
	b := n.byOutside[n.endpoint(q[9], q.from())]
	inside := netip.AddrPort{}
	if addr, ok := n.paired(q.source()); ok {
		inside = netip.AddrPortFrom(addr, q.from().Port())
	} else if b != nil && n.alive(b) {
		inside = b.key.inside
	}
	if !inside.IsValid() && n.mistakes["errors of nobody's are for anybody"] {
		for _, any := range n.byInside {
			inside = any.key.inside
		}
	}
	if inside.IsValid() && n.loses("", p, q, b) {
		return
	}
	switch {
	case !inside.IsValid():
		return
	case n.mistakes["errors of the peer only"] && p.source() != q.destination():
		return
	case n.mistakes["Fragmentation Needed is not relayed"] && q[9] == protoTCP && p[h] == 3 && p[h+1] == 4:
		return
	case n.mistakes["errors about TCP stay outside"] && q[9] == protoTCP:
		return
	case n.mistakes["an error ends the connection"] && q[9] == protoTCP && b != nil:
		clear(b.connections)
	case n.mistakes["an error ends an opening connection"] && q[9] == protoTCP && b != nil:
		if c := n.connectionOf(b, q.to()); c != nil && c.phase == opening {
			delete(b.connections, q.to())
		}
	case n.mistakes["an error ends the mapping"], n.mistakes["an error ends a query"] && q[9] == protoICMP:
		n.forget(b)
	case n.mistakes["an error takes a minute"] && q[9] == protoTCP && b != nil:
		for _, c := range b.connections {
			c.until = c.until.Add(-time.Minute)
		}
	case n.mistakes["an error lets its sender in"] && q[9] == protoUDP && b != nil:
		b.peers[netip.AddrPortFrom(p.source(), 0)] = true
	case n.mistakes["an error keeps a query"] && q[9] == protoICMP && b != nil:
		b.last = n.now()
	case n.mistakes["host unreachable is not relayed"] && p[h] == 3 && p[h+1] == 1:
		return
	case n.mistakes["finds no ports behind options"] && q.header() > 20:
		return
	case n.mistakes["judges the checksum of a quote"] && !n.isSummed(q):
		return
	}
	if !n.mistakes["a quote stays as it is"] && !(n.mistakes["a quote of TCP stays as it is"] && q[9] == protoTCP) {
		n.restore(q, inside)
	}
	n.muddle(p)
	n.spoils("", p)
	p.sealICMP()
	to := inside.Addr().As4()
	p.set(16, to[:], 10)
	n.send(true, p)
}

// errorFromInside relays an error about a packet that a mapping let in.
func (n *smallNAT) errorFromInside(p ipv4) {
	q := p.quote(n.mistakes)
	outside, sender := netip.AddrPort{}, q.destination()
	if addr, ok := n.pairs[q.destination()]; ok {
		outside = netip.AddrPortFrom(addr, q.to().Port())
	} else if b := n.byInside[n.session(q[9], q.to())]; b != nil && n.alive(b) {
		outside = b.outside.at
		if n.mistakes["a host's error keeps its mapping"] {
			b.last = n.now()
		}
		if n.mistakes["a host's error ends its connection"] && q[9] == protoTCP {
			clear(b.connections)
		}
		if n.mistakes["a host's error keeps its connection"] && q[9] == protoTCP {
			for _, c := range b.connections {
				c.until = n.now().Add(n.idle[c.phase])
				b.until = c.until
			}
		}
	}
	if !outside.IsValid() {
		if n.mistakes["errors about nothing get out as they are"] {
			n.out(false, p)
		}
		return
	}
	host, port, h := q.to(), q.to().Port(), p.header()
	q.rewrite(theDestination, outside)
	switch {
	case n.mistakes["a quote from inside keeps its port"]:
		q.rewrite(theDestination, netip.AddrPortFrom(outside.Addr(), port))
	case n.mistakes["every host inside is unreachable"] && p[h] == 3 && !n.isExternal(p.destination()):
		p[h+1] = 1
	case n.mistakes["Packet Too Big stays inside"] && p[h] == 3 && p[h+1] == 4:
		return
	}
	if n.loses(fromInside, p, q, n.byInside[n.session(q[9], host)]) {
		return
	}
	n.spoils(fromInside, p)
	p.sealICMP()
	from := n.errorSource(p.source(), sender, outside.Addr()).As4()
	p.set(12, from[:], 10)
	if n.mistakes["keeps errors on the way back inside"] && n.isExternal(p.destination()) {
		return
	}
	if n.isExternal(p.destination()) { // about a packet that came from the inside
		n.errorFromOutside(p)
		return
	}
	n.send(false, p)
}

// errorSource is where an error from inside comes from: the mapped address of the host
// that it is about or, if it is another's, that one's own or the NAT's.
func (n *smallNAT) errorSource(sender, about, mapped netip.Addr) netip.Addr {
	if sender == about || n.mistakes["an error comes from whom it is about"] {
		return mapped
	}
	if external, ok := n.pairs[sender]; ok {
		return external
	}
	return n.external[0]
}

// restore makes a quote what the inside host has sent.
func (n *smallNAT) restore(q ipv4, inside netip.AddrPort) {
	h := q.header()
	sum := q.word(h + 6)
	if !(n.mistakes["a hairpinned error quotes the outside"] && n.isExternal(q.destination())) {
		q.rewrite(theSource, inside)
	}
	if n.mistakes["a quote keeps its checksum"] && q[9] == protoUDP {
		q.put(h+6, sum)
	}
}

// muddle changes of an error what is to stay as it was.
func (n *smallNAT) muddle(p ipv4) {
	h := p.header()
	if n.mistakes["every host is unreachable"] && p[h] == 3 {
		p[h+1] = 1
	}
	if n.mistakes["the second word is cleared"] {
		copy(p[h+4:], []byte{0, 0, 0, 0})
	}
	if n.mistakes["errors come from the NAT"] {
		from := n.own.As4()
		p.set(12, from[:], 10)
	}
}

// isSummed tells that the UDP checksum of a packet is right, or cannot be judged.
func (n *smallNAT) isSummed(q ipv4) bool {
	h := q.header()
	if q[9] != protoUDP || q.word(h+6) == 0 || len(q) < q.word(2) {
		return true
	}
	pseudo := append(append([]byte{}, q[12:20]...), 0, protoUDP, q[h+4], q[h+5])
	return onesSum(append(pseudo, q[h:q.word(2)]...)) == 0xffff
}
