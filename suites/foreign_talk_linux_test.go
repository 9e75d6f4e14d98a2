package suites_test

import (
	"bytes"
	"slices"
)

// talks is what the small NAT says by itself that it should not, by mistake. It tells that a
// packet is answered by that.
func (n *smallNAT) talks(fromInside bool, p ipv4) bool {
	const informationRequest, informationReply = 15, 16
	const timeStamp = 68 // an option
	h := p.header()
	switch {
	case n.mistakes["answers requests for information"] && p[9] == protoICMP && p[h] == informationRequest:
		reply := slices.Clone(p)
		copy(reply[12:16], p[16:20])
		copy(reply[16:20], p[12:16])
		reply[h] = informationReply
		reply.sealICMP()
		reply.seal()
		n.out(fromInside, reply)
		return true
	case n.mistakes["complains of options at the wrong place"] && h > 20 && p[20] == timeStamp:
		n.answer(fromInside, p, 12, 0, 20<<8)
	case !fromInside || p[9] != protoUDP:
	case n.mistakes["redirects whom it serves"]:
		n.answer(true, p, 5, 1, 0)
	case n.mistakes["quenches who sends much"]:
		if n.counted++; n.counted%100 == 0 {
			n.answer(true, p, 4, 0, 0)
		}
	}
	return false
}

func (n *smallNAT) tooBig(toInside bool, p ipv4, mtu int) {
	switch {
	case toInside && n.quiet:
		return
	case n.mistakes["silent about big packets"]:
		return
	case n.mistakes["tells no MTU"]:
		mtu = 0
	case n.mistakes["quotes what it has translated"] && p[9] == protoUDP && toInside:
		if b := n.bind(protoUDP, p.from(), p.to()); b != nil {
			about := bytes.Clone(p)
			ipv4(about).rewrite(theSource, b.outside.at)
			e := icmpError(n.own, 3, 4, mtu, about)
			to := p.source().As4()
			copy(e[16:], to[:])
			e.seal()
			n.out(toInside, e)
		}
		return
	}
	n.answer(toInside, p, 3, 4, mtu)
}

func (n *smallNAT) answer(toInside bool, about ipv4, kind, code byte, word int) {
	from := n.own
	if !toInside {
		from = about.destination()
	}
	if toInside && n.quiet || !n.complains(about, kind) {
		return
	}
	once := map[byte]string{3: "too big is told once", 11: "expiry is told once"}[kind]
	if n.mistakes[once] {
		if n.counted++; n.counted > 1 {
			return
		}
	}
	e := icmpError(from, kind, code, word, about)
	if n.mistakes["its errors are of no class"] {
		e[1] = 0
		e.seal()
	}
	n.out(toInside, e)
}
