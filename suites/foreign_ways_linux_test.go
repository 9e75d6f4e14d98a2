package suites_test

// Ways of a packet through the small NAT.
const (
	byMapping = "mapping"
	byForward = "forward"
	byPair    = "pair"
	byHairpin = "hairpin"
)

// way tells by which way a packet is to pass.
func (n *smallNAT) way(fromInside bool, p ipv4) string {
	_, ofPair := n.pairs[p.source()]
	_, forPair := n.paired(p.destination())
	switch {
	case fromInside && n.isExternal(p.destination()):
		return byHairpin
	case fromInside && ofPair, !fromInside && forPair:
		return byPair
	case p[9] != protoUDP && p[9] != protoTCP:
		return byMapping
	}
	b := n.byOutside[n.endpoint(p[9], p.to())]
	if fromInside {
		b = n.byInside[n.session(p[9], p.from())]
	}
	if b != nil && b.lifetime == 0 {
		return byForward
	}
	return byMapping
}

// mistreats does to a packet what it does on no other way, and reports whether it is dropped.
func (n *smallNAT) mistreats(way string, p ipv4) bool {
	h := p.header()
	switch {
	case n.mistakes["a RST of a pair goes no further"] && way == byPair && p[9] == protoTCP:
		return p.has(rstFlag)
	case n.mistakes["voice is lost by a forward"] && way == byForward && p[9] == protoUDP:
		return p[1]>>2 == 46
	case n.mistakes["what a forward lets through is of no class"] && way == byForward:
		p.set(0, []byte{p[0], 0}, 10)
	case n.mistakes["hairpinned datagrams are summed"] && way == byHairpin && p[9] == protoUDP && p.word(h+6) == 0:
		p.sum()
	case n.mistakes["windows of pairs have no scale"] && way == byPair && p[9] == protoTCP && p.has(pshFlag):
		if at := h + 20; p.dataAt() > at+3 && p[at] == 3 {
			copy(p[at:], []byte{1, 1, 1})
			p.sum()
		}
	}
	return false
}

// smallWays are mistakes on one way alone.
var smallWays = []foreign{
	{
		name:   "a RST of a pair goes no further",
		breaks: []string{"practice.other-ways"}, beside: []string{"rfc5382.req-2"},
	},
	{name: "voice is lost by a forward", breaks: []string{"practice.other-ways"}, beside: []string{"wire.class"}},
	{
		name:   "what a forward lets through is of no class",
		breaks: []string{"wire.class"}, beside: []string{"practice.other-ways"},
	},
	{
		name:   "hairpinned datagrams are summed",
		breaks: []string{"practice.other-ways"}, beside: []string{"rfc3022.udp-zero"},
	},
	{
		name:   "windows of pairs have no scale",
		breaks: []string{"wire.tcp-header"}, beside: []string{"practice.other-ways"},
	},
}
