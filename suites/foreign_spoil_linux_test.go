package suites_test

import "net/netip"

// spoil does to a translated packet what its fields do not deserve, and may let out
// another one before it.
func (n *smallNAT) spoil(toInside bool, p ipv4) ipv4 {
	h := p.header()
	if p.dontFragment() && p.word(10)&0xff == 0xff && n.mistakes["a header's checksum loses a carry"] {
		p.put(10, p.word(10)^1)
	}
	if p[9] == protoTCP {
		return n.alter(toInside, p)
	}
	if p.isQuery() && len(p) == h+9 && n.mistakes["a query of one byte is not summed"] {
		p.put(h+2, p.word(h+2)-1)
	}
	if p[9] != protoUDP {
		return n.cut(p)
	}
	if n.mistakes["every checksum is computed"] && p.word(h+6) != 0 {
		p.sum()
	}
	if n.mistakes["a checksum of all ones becomes zero"] && p.word(h+6) == 0xffff {
		p.put(h+6, 0)
	}
	if n.mistakes["no checksum is adjusted"] && p.word(h+6) != 0 {
		p.put(h+6, p.word(h+6)^0x2222)
	}
	if n.mistakes["a lone byte is not summed"] && p.word(h+6) != 0 && len(p) == h+9 {
		p.put(h+6, p.word(h+6)-1)
	}
	if n.mistakes["TTL stays"] {
		p.set(8, []byte{p[8] + 1, p[9]}, 10)
	}
	if n.mistakes["TTL is less by two"] && p[8] > 64 {
		p.set(8, []byte{p[8] - 1, p[9]}, 10)
	}
	if n.mistakes["TTL is its own"] {
		p.set(8, []byte{64, p[9]}, 10)
	}
	if n.mistakes["DSCP is cleared"] {
		p.set(0, []byte{p[0], p[1] & 3}, 10)
	}
	if n.mistakes["congestion is hidden"] && p[1]&3 == 3 {
		p.set(0, []byte{p[0], p[1]&^3 | 2}, 10)
	}
	if n.mistakes["IDs are its own"] {
		p.set(4, []byte{p[5], p[4] + 1}, 10)
	}
	if n.mistakes["may be fragmented"] && p.dontFragment() {
		p.set(6, []byte{p[6] &^ 0x40, p[7]}, 10)
	}
	if n.mistakes["options are cut off"] && h > 20 {
		p = append(append(ipv4{}, p[:20]...), p[h:]...)
		p[0], h = 0x45, 20
		p.put(2, len(p))
		p.seal()
	}
	if n.mistakes["short packets are padded"] && len(p) == h+9 {
		p = append(p, 0)
		p.put(2, len(p))
		p.put(h+4, len(p)-h)
		p.seal()
		p.sum()
	}
	n.more(toInside, p)
	return p
}

// more lets out packets that are one too many.
func (n *smallNAT) more(toInside bool, p ipv4) {
	copied := append(ipv4{}, p...)
	switch {
	case n.mistakes["every packet twice"]:
		n.out(toInside, copied)
	case n.mistakes["another host gets a copy"] && !toInside:
		other := netip.MustParseAddr("203.0.113.104")
		copied.rewrite(theDestination, netip.AddrPortFrom(other, copied.to().Port()))
		n.out(toInside, copied)
	case n.mistakes["it talks itself"]:
		h := p.header()
		copied = append(copied[:h+8], "hello"...)
		copied.put(2, len(copied))
		copied.put(4, 0x7777)
		copied.put(h+4, 13)
		copied.seal()
		copied.sum()
		n.out(toInside, copied)
	}
}
