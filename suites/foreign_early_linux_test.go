package suites_test

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// SYNs that come before the inside host has sent its own, or that nobody wants.

// A called is what a SYN was sent to, and by whom.
type called struct{ to, from netip.AddrPort }

// An earlySYN is one from outside that was not let in.
type earlySYN struct {
	p   ipv4
	due time.Time
}

const (
	patience = 6 * time.Second // RFC 5382, REQ-4
	maxEarly = 4096
)

// comesEarly keeps a SYN, which an outbound one may follow.
func (n *smallNAT) comesEarly(p ipv4) {
	key := called{p.to(), p.from()}
	if n.mistakes["strangers take the place of mappings"] && len(n.early) > 1000 {
		n.forgetConnected()
	}
	again := n.early[key] != nil && n.mistakes["a SYN that comes again is refused"] && !n.silent
	if again || p.to().Port() == 113 && n.mistakes["ident is refused"] {
		n.out(false, p.refusal())
		return
	}
	silent := n.silent && !n.mistakes["is never silent"]
	if silent || n.early[key] != nil || len(n.early) >= maxEarly || n.mistakes["tells nobody"] {
		return
	}
	wait := patience
	switch {
	case n.mistakes["tells at once"]:
		wait = 0
	case n.mistakes["tells after four seconds"]:
		wait = 4 * time.Second
	case n.mistakes["refuses at once"]:
		n.out(false, p.refusal())
		return
	}
	n.early[key] = &earlySYN{append(ipv4{}, p...), n.now().Add(wait)}
	n.tick()
}

// forgetConnected ends every mapping of TCP.
func (n *smallNAT) forgetConnected() {
	for _, b := range n.byInside {
		if len(b.connections) > 0 {
			n.forget(b)
		}
	}
}

// tick does what is due.
func (n *smallNAT) tick() {
	for key, syn := range n.early {
		switch {
		case n.now().Before(syn.due):
			continue
		case n.mistakes["tells of a host that is not there"]:
			n.answer(false, syn.p, 3, 1, 0)
		case n.mistakes["refuses in the end"]:
			n.out(false, syn.p.refusal())
		default:
			n.answer(false, syn.p, 3, 3, 0)
		}
		delete(n.early, key)
	}
}

// refusal is the RST of a host where nobody listens.
func (p ipv4) refusal() ipv4 {
	h := p.header()
	r := make(ipv4, 40)
	r[0], r[8], r[9] = 0x45, 64, protoTCP
	r.put(2, len(r))
	r.put(4, 0x7777)
	copy(r[12:], p[16:20])
	copy(r[16:], p[12:16])
	copy(r[20:], p[h+2:h+4])
	copy(r[22:], p[h:h+2])
	binary.BigEndian.PutUint32(r[28:], p.long(h+4)+1)
	r[32], r[33] = 5<<4, rstFlag|ackFlag
	r.seal()
	r.sum()
	return r
}
