package suites_test

import (
	"net/netip"
	"time"
)

// incompletes are datagrams of which fragments are missing, by their source, the
// oldest first. A source may have only so many, so that none starves another.
type incompletes map[netip.Addr][]*incomplete

type incomplete struct {
	key    [12]byte // both addresses, the ID and the protocol
	pieces map[int]ipv4
	end    int // of the last piece's data; 0 while that is missing
}

const maxIncomplete = 64

// add takes a fragment, and returns the datagram that it completes, if it does.
func (in incompletes) add(p ipv4, mistakes mistakes) ipv4 {
	d := in.of(p, mistakes)
	at, more := p.fragment()
	if d == nil || mistakes["fragments in order only"] && at > 0 && d.data() < at {
		return nil
	}
	switch again := d.pieces[at] != nil; {
	case again && mistakes["a fragment that comes twice spoils all"]:
		in.remove(p.source(), d)
		return nil
	case !again && mistakes["eight fragments at most"] && len(d.pieces) == 8:
		return nil
	}
	d.pieces[at] = append(ipv4{}, p...)
	if !more {
		d.end = at + len(p) - p.header()
	}
	if d.end == 0 || d.data() < d.end {
		return nil
	}
	in.remove(p.source(), d)
	return d.whole()
}

// of finds the datagram of a fragment, or makes room for it.
func (in incompletes) of(p ipv4, mistakes mistakes) *incomplete {
	var key [12]byte
	copy(key[:], p[12:20])
	if !mistakes["fragments of one host are of one datagram"] {
		copy(key[8:], p[4:6])
	}
	key[10] = p[9]
	source := p.source()
	for _, d := range in[source] {
		if d.key == key {
			return d
		}
	}
	if mistakes["room for fragments is not shared"] {
		all := 0
		for _, some := range in {
			all += len(some)
		}
		if all >= 2000 {
			return nil
		}
	} else if len(in[source]) >= maxIncomplete {
		in.remove(source, in[source][0])
	}
	d := &incomplete{key: key, pieces: map[int]ipv4{}}
	in[source] = append(in[source], d)
	return d
}

func (in incompletes) remove(source netip.Addr, d *incomplete) {
	var rest []*incomplete
	for _, other := range in[source] {
		if other != d {
			rest = append(rest, other)
		}
	}
	in[source] = rest
}

// data is how much is there without a gap.
func (d *incomplete) data() int {
	at := 0
	for {
		p, ok := d.pieces[at]
		if !ok || len(p) == p.header() {
			return at
		}
		at += len(p) - p.header()
	}
}

func (d *incomplete) whole() ipv4 {
	first := d.pieces[0]
	p := append(ipv4{}, first[:first.header()]...)
	for at := 0; at < d.end; {
		piece := d.pieces[at]
		p = append(p, piece[piece.header():]...)
		at += len(piece) - piece.header()
	}
	p.put(2, len(p))
	p.put(6, 0)
	p.seal()
	return p
}

// losesAssembled reports whether a packet that came in fragments is dropped for that.
func (n *smallNAT) losesAssembled(fromInside bool, p ipv4) bool {
	_, ofPair := n.pairs[p.source()]
	_, forPair := n.paired(p.destination())
	return n.mistakes["segments in fragments are lost"] && p[9] == protoTCP ||
		n.mistakes["queries in fragments are lost"] && p[9] == protoICMP ||
		n.mistakes["fragments of pairs are lost"] && (fromInside && ofPair || !fromInside && forPair) ||
		n.mistakes["fragments on the way back inside are lost"] && fromInside && n.isExternal(p.destination())
}

// A numbering is when IDs were used last, by both addresses, the protocol and the ID.
type numbering map[[11]byte]time.Time

// number gives a packet that may be fragmented, or will be, an ID that none had of late.
func (n *smallNAT) number(p ipv4, inPieces bool) {
	if p.dontFragment() && !inPieces || n.mistakes["IDs are the hosts'"] {
		return
	}
	var key [11]byte
	copy(key[:], p[12:20])
	key[8] = p[9]
	id := p.word(4)
	for range 256 { // a flood may have used all
		key[9], key[10] = byte(id>>8), byte(id)
		if used, ok := n.past.ids[key]; !ok || n.now().Sub(used) > 2*time.Minute {
			break
		}
		id = id*5 + 1 // which comes by all in the end
	}
	n.past.ids[key] = n.now()
	p.set(4, key[9:], 10)
}
