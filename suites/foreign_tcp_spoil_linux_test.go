package suites_test

import (
	"bytes"
	"encoding/binary"
	"time"
)

// A seen segment, with what is known of its connection.
type seen struct {
	ipv4
	*binding
	*connection
	from int // the side: 1 is the inside
}

func (p ipv4) long(at int) uint32 { return uint32(p.word(at))<<16 | uint32(p.word(at+2)) }
func (p ipv4) has(flag byte) bool { return p.flags()&flag != 0 }
func (p ipv4) size() int          { return len(p) - p.dataAt() }
func (p ipv4) dataAt() int        { return p.header() + int(p[p.header()+12]>>4)*4 }

// ahead is by how much a segment lies beyond what is next.
func (s seen) ahead() int32 { return int32(s.number() - s.next[s.from]) }

func (s seen) number() uint32 { return s.long(s.header() + 4) }

// isLastACK tells that it acknowledges the end of a connection, and no more.
func (s seen) isLastACK() bool { return s.fin[0] && s.fin[1] && s.flags() == ackFlag && s.size() == 0 }

// droppings are segments that by mistake are not let on.
var droppings = map[string]func(s seen) bool{
	"SYNs that cross are refused": func(s seen) bool { return s.from == 0 && s.begins() && s.syn[1] && !s.syn[0] },
	"one connection for each port": func(s seen) bool {
		return s.from == 1 && s.begins() && len(s.connections) > 0 && !s.syn[0] && !s.syn[1]
	},
	"keep-alives are dropped": func(s seen) bool {
		return s.tracked[s.from] && s.flags()&^pshFlag == ackFlag && s.ahead() == -1 && s.size() < 2
	},
	"a SYN with data is dropped": func(s seen) bool { return s.has(synFlag) && s.size() > 0 },
	"long segments are dropped":  func(s seen) bool { return len(s.ipv4) > 1400 },
	"a RST goes no further":      func(s seen) bool { return s.has(rstFlag) },
	"a RST from inside is kept":  func(s seen) bool { return s.has(rstFlag) && s.from == 1 },
	"half closed is deaf":        func(s seen) bool { return s.fin[1-s.from] && s.size() > 0 },
	"segments in order only":     func(s seen) bool { return s.tracked[s.from] && s.ahead() > 0 },
	"a FIN passes once":          func(s seen) bool { return s.has(finFlag) && s.fin[s.from] },
	"a SYN passes once":          func(s seen) bool { return s.has(synFlag) && s.syn[s.from] },
	"no data before the first ACK": func(s seen) bool {
		return s.size() > 0 && s.phase == opening
	},
	"the last ACK passes once": func(s seen) bool { return s.isLastACK() && s.lastACK[s.from] },
	"accurate ECN is refused":  func(s seen) bool { return s.has(synFlag) && s.ipv4[s.header()+12]&1 != 0 },
	"windows have no scale": func(s seen) bool {
		return s.size() > 0 && s.tracked[1-s.from] && int32(s.number()-s.acked[1-s.from]) > 65535
	},
	"numbers do not wrap around": func(s seen) bool { return s.tracked[s.from] && s.number() < s.initial[s.from] },
	"numbers have a sign": func(s seen) bool {
		return s.tracked[s.from] && int32(s.number()) < int32(s.initial[s.from])
	},
	"fast open is refused":                 func(s seen) bool { return s.offers(34) },
	"data with the number zero is dropped": func(s seen) bool { return s.size() > 0 && s.number() == 0 },
	"a FIN is the last of its side": func(s seen) bool {
		return s.fin[s.from] && s.size() > 1 && s.tracked[s.from] && s.ahead() < 0
	},
	"who begins anew is ignored": func(s seen) bool {
		return s.begins() && s.phase == established && s.syn[s.from] && s.number() != s.initial[s.from]
	},
	"nothing follows a RST":         func(s seen) bool { return s.begins() && s.reset },
	"who has closed cannot reset":   func(s seen) bool { return s.has(rstFlag) && s.fin[s.from] },
	"what is not pushed is dropped": func(s seen) bool { return s.flags() == ackFlag && s.size() > 1 },
	"far data is dropped": func(s seen) bool {
		return s.tracked[s.from] && s.ahead() > 40000 && s.ahead() < 65536
	},
	"overlaps are dropped": func(s seen) bool {
		return s.tracked[s.from] && s.ahead() < 0 && int(s.ahead())+s.size() > 0 && s.size() > 1
	},
	"a handshake cannot be reset": func(s seen) bool {
		return s.has(rstFlag) && s.phase == established && s.next[s.from] == s.initial[s.from]+1
	},
	"urgent segments are dropped": func(s seen) bool { return s.has(urgFlag) },
	"old data is dropped": func(s seen) bool {
		return s.tracked[s.from] && s.size() > 1 && s.ahead() < 0
	},
}

// refuses tells that a segment is not to go on, which is a mistake always.
func (n *smallNAT) refuses(b *binding, c *connection, fromInside bool, p ipv4) bool {
	s := seen{p, b, c, ix(fromInside)}
	for name, drops := range droppings {
		if n.mistakes[name] && drops(s) {
			return true
		}
	}
	if p.has(rstFlag) {
		return false
	}
	c.lastACK[s.from] = c.lastACK[s.from] || s.isLastACK()
	if p.has(synFlag) {
		c.initial[s.from] = s.number()
	}
	if p.has(ackFlag) {
		c.acked[s.from] = p.long(p.header() + 8)
	}
	end := s.number() + uint32(p.size())
	if p.has(synFlag | finFlag) {
		end++
	}
	if !c.tracked[s.from] || p.has(synFlag) || int32(end-c.next[s.from]) > 0 {
		c.next[s.from], c.tracked[s.from] = end, true
	}
	return false
}

// lives are how long a connection lives by mistake, and when.
var lives = map[string]struct {
	life time.Duration
	when func(s seen) bool
}{
	"opening takes 20 s":    {20 * time.Second, func(s seen) bool { return s.phase == opening }},
	"idle for ten minutes":  {10 * time.Minute, func(s seen) bool { return s.phase == established }},
	"closing takes 20 s":    {20 * time.Second, func(s seen) bool { return s.phase == over }},
	"closing takes an hour": {time.Hour, func(s seen) bool { return s.phase == over }},
	"urgent data hastens the end": {10 * time.Minute, func(s seen) bool {
		return s.urgent && s.phase == established
	}},
	"a second connection is short": {10 * time.Minute, func(s seen) bool {
		return s.phase == established && len(s.connections) > 1
	}},
	"connections from outside are short": {10 * time.Minute, func(s seen) bool {
		return s.phase == established && s.lifetime == 0
	}},
	"half closed is nearly over": {4 * time.Minute, func(s seen) bool { return s.fin[0] || s.fin[1] }},
	"a FIN ends the connection":  {0, func(s seen) bool { return s.fin[0] || s.fin[1] }},
	"a RST ends the connection":  {0, func(s seen) bool { return s.reset }},
	"a RST is not heeded":        {time.Hour, func(s seen) bool { return s.reset }},
	"a RST of any number ends the connection": {0, func(s seen) bool {
		return s.has(rstFlag) && s.tracked[s.from] && (s.ahead() > 1<<20 || s.ahead() < -1<<20)
	}},
}

// misjudge changes how long a connection lives on.
func (n *smallNAT) misjudge(b *binding, c *connection, fromInside bool, p ipv4, before time.Time) {
	if c.begun.IsZero() || p.begins() {
		c.begun = n.now()
	}
	c.urgent = c.urgent || p.has(urgFlag)
	if n.mistakes["keep-alives keep nothing"] && p.flags() == ackFlag && p.size() == 0 && c.phase == established &&
		before.After(n.now()) && before.Sub(n.now()) < n.idle[established]/2 {
		c.until = before
	}
	if limit := c.begun.Add(8 * time.Hour); n.mistakes["a connection dies of age"] && c.until.After(limit) {
		c.until = limit
	}
	for name, l := range lives {
		if n.mistakes[name] && l.when(seen{p, b, c, ix(fromInside)}) {
			c.until = n.now().Add(l.life)
		}
	}
	if n.mistakes["a RST ends all connections of an endpoint"] && c.reset ||
		n.mistakes["a close ends all connections of an endpoint"] && c.fin[0] && c.fin[1] {
		for _, other := range b.connections {
			if other != c {
				other.until = n.now()
			}
		}
	}
}

// isUsedUp tells that a mapping serves no other connection, by mistake.
func (n *smallNAT) isUsedUp(b *binding) bool {
	for _, c := range b.connections {
		if c.phase == over && n.mistakes["another mapping after the first connection"] && b.lifetime > 0 {
			return true
		}
	}
	return false
}

// option changes what each option of a kind has behind its length.
func (p ipv4) option(change func(kind byte, whole []byte)) {
	for at, end := p.header()+20, p.dataAt(); at < end && p[at] != 0; {
		size := 1
		if p[at] > 1 && at+1 < end {
			size = max(int(p[at+1]), 2)
		}
		if size > 1 && at+size <= end {
			change(p[at], p[at:at+size])
		}
		at += size
	}
}

// offers tells that a segment has an option.
func (p ipv4) offers(wanted byte) (has bool) {
	p.option(func(kind byte, _ []byte) { has = has || kind == wanted })
	return has
}

// without puts nothing in place of options.
func without(kinds ...byte) func(toInside bool, p ipv4) {
	return func(_ bool, p ipv4) {
		p.option(func(kind byte, whole []byte) {
			if bytes.IndexByte(kinds, kind) >= 0 || kind > 200 && kinds[0] == 200 {
				copy(whole, bytes.Repeat([]byte{1}, len(whole)))
			}
		})
	}
}

// alterings are what is done to segments by mistake. A checksum is right thereafter.
var alterings = map[string]func(toInside bool, p ipv4){
	"numbers are shifted one way": func(toInside bool, p ipv4) {
		if h := p.header(); !toInside {
			binary.BigEndian.PutUint32(p[h+4:], p.long(h+4)+1000)
		}
	},
	"time stamps are stripped":              without(8),
	"selective acknowledgement is stripped": without(4, 5),
	"blocks are stripped":                   without(5),
	"two blocks are stripped": func(_ bool, p ipv4) {
		p.option(func(kind byte, whole []byte) {
			if kind == 5 && len(whole) > 10 {
				copy(whole, bytes.Repeat([]byte{1}, len(whole)))
			}
		})
	},
	"paths are not many": without(30),
	"small segments are made large": func(_ bool, p ipv4) {
		p.option(func(kind byte, whole []byte) {
			if kind == 2 && whole[2] < 5 {
				copy(whole[2:], []byte{5, 0xb4})
			}
		})
	},
	"large segments are made small": func(_ bool, p ipv4) {
		p.option(func(kind byte, whole []byte) {
			if kind == 2 && whole[2] > 5 {
				copy(whole[2:], []byte{5, 0xb4})
			}
		})
	},
	"unknown options are stripped": without(200),
	"the window's scale is its own": func(_ bool, p ipv4) {
		p.option(func(kind byte, whole []byte) {
			if kind == 3 {
				whole[2] = 2
			}
		})
	},
	"segments are to be short": func(_ bool, p ipv4) {
		p.option(func(kind byte, whole []byte) {
			if kind == 2 {
				copy(whole[2:], []byte{4, 0})
			}
		})
	},
	"congestion is not spoken of": func(_ bool, p ipv4) { p[p.header()+13] &^= ecnFlags },
	"nothing is urgent":           func(_ bool, p ipv4) { p[p.header()+13] &^= urgFlag; p.put(p.header()+18, 0) },
	"nothing is pushed":           func(_ bool, p ipv4) { p[p.header()+13] &^= pshFlag },
	"windows are small": func(_ bool, p ipv4) {
		p.put(p.header()+14, min(p.word(p.header()+14), 4096))
	},
}

// alter does to a segment what its fields do not deserve.
func (n *smallNAT) alter(toInside bool, p ipv4) ipv4 {
	h := p.header()
	for name, change := range alterings {
		if n.mistakes[name] {
			change(toInside, p)
			p.sum()
		}
	}
	switch {
	case n.mistakes["every checksum of TCP is computed"]:
		p.sum()
	case n.mistakes["odd segments have a wrong checksum"] && p.size()%2 == 1:
		p.put(h+16, p.word(h+16)^1)
	case n.mistakes["a checksum of zero becomes all ones"] && p.word(h+16) == 0:
		p.put(h+16, 0xffff)
	case n.mistakes["data on a SYN is cut off"] && p.has(synFlag) && p.size() > 0:
		p = p[:p.dataAt()]
		p.put(2, len(p))
		p.seal()
		p.sum()
	}
	return p
}

// editSegment does to a segment from the inside what no NAT should.
func (n *smallNAT) editSegment(p ipv4, b *binding) {
	if n.mistakes["a gateway for every protocol"] {
		from, to := b.key.inside.Addr().As4(), b.outside.at.Addr().As4()
		for at := p.header() + 20; at+4 <= len(p); at++ {
			if bytes.Equal(p[at:at+4], from[:]) {
				copy(p[at:], to[:])
				p.sum()
			}
		}
	}
}
