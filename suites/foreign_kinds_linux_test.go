package suites_test

import (
	"bytes"
	"time"
)

// smallKinds are what the small NAT of the tests can do wrong with some and not with others,
// and when something rare has happened.
var smallKinds = []foreign{
	{name: "a timer of 60 s for STUN", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc4787.req-6"}},
	{name: "a timer of 60 s for high ports", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc4787.req-6"}},
	{name: "a timer of 60 s the second time", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc4787.req-6"}},
	{name: "a timer of 60 s for two peers", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc4787.req-12"}},
	{name: "a stranger ends the mapping", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc4787.req-8"}},
	{name: "a hop too many ends the mapping", breaks: []string{"rfc4787.req-5"}, beside: []string{"wire.ttl-expired"}},
	{name: "damage ends the mapping", breaks: []string{"rfc4787.req-5"}, beside: []string{"wire.damage"}},
	{name: "a mapping wears out", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc4787.req-6"}},
	{
		name:   "all are let in after a hundred peers",
		breaks: []string{"rfc4787.req-11"}, beside: []string{"rfc4787.req-8", "rfc4787.req-8a"},
	},
	{
		name:   "who complains is let in",
		breaks: []string{"rfc4787.req-11"}, beside: []string{"rfc4787.req-8", "rfc4787.req-8a"},
	},
	{
		name:   "filters by port at the second address",
		breaks: []string{"rfc4787.req-11"}, beside: []string{"rfc4787.req-8", "rfc4787.req-8a"},
	},
	{
		name:   "a mapping for each destination after an error",
		breaks: []string{"rfc4787.req-11"}, beside: []string{"rfc4787.req-1", "rfc4787.req-12"},
	},
	{name: "ports 256 apart are one", breaks: []string{"rfc4787.req-3"}, beside: []string{"rfc4787.req-1"}},
	{name: "hosts share the port of IPsec", breaks: []string{"rfc4787.req-3"}, beside: []string{"rfc4787.req-1"}},
	{name: "an idle port is taken", breaks: []string{"rfc4787.req-3"}, beside: []string{"rfc4787.req-1"}},
	{name: "a closing port is taken", breaks: []string{"rfc5382.req-7"}, beside: []string{"rfc5382.req-1"}},
	{
		name:   "ports in the middle are lost",
		breaks: []string{"practice.edge-ports"}, beside: []string{"practice.payload-lengths"},
	},
	{
		name:   "lengths of 256 are lost",
		breaks: []string{"practice.payload-lengths"}, beside: []string{"practice.edge-ports"},
	},
	{name: "zeros are lost", breaks: []string{"practice.payload-lengths"}, beside: []string{"practice.edge-ports"}},
	{
		name:   "a number of all ones is lost",
		breaks: []string{"practice.edge-headers"}, beside: []string{"practice.edge-ports"},
	},
	{name: "parity is for two hosts", breaks: []string{"rfc4787.req-4"}, beside: []string{"rfc4787.req-3a"}},
	{name: "a SYN that comes again is refused", breaks: []string{"rfc5382.req-4"}, beside: []string{"rfc5382.req-4a"}},
	{name: "ident is refused", breaks: []string{"rfc5382.req-4"}, beside: []string{"rfc5382.req-2"}},
	{name: "fast open is refused", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{
		name:   "data with the number zero is dropped",
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{name: "a FIN is the last of its side", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "who begins anew is ignored", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "nothing follows a RST", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "who has closed cannot reset", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "what is not pushed is dropped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "far data is dropped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "overlaps are dropped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "a handshake cannot be reset", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{
		name:   "small segments are made large",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "large segments are made small",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "paths are not many",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "urgent data hastens the end",
		breaks: []string{"rfc5382.req-5-est"}, beside: []string{"rfc5382.req-2", "rfc5382.req-5-trans"},
	},
	{
		name:   "a second connection is short",
		breaks: []string{"rfc5382.req-5-est"}, beside: []string{"rfc5382.req-2", "rfc5382.req-5-trans"},
	},
	{
		name:   "connections from outside are short",
		breaks: []string{"rfc5382.req-5-est"}, beside: []string{"rfc5382.req-2", "rfc5382.req-5-trans"},
	},
	{name: "keep-alives keep nothing", breaks: []string{"rfc5382.req-5"}, beside: []string{"rfc5382.req-5-est"}},
	{name: "a connection dies of age", breaks: []string{"rfc5382.req-5"}, beside: []string{"rfc5382.req-5-est"}},
}

// hastens tells that a mapping lives for a minute for what it is, by mistake.
func (n *smallNAT) hastens(b *binding) bool {
	again := n.past.bound[b.key]
	n.past.bound[b.key] = true
	return n.mistakes["a timer of 60 s for STUN"] && b.first.Port() == 3478 ||
		n.mistakes["a timer of 60 s for high ports"] && b.key.inside.Port() > 60000 ||
		n.mistakes["a timer of 60 s the second time"] && again
}

// meets notes what a mapping has met, and tells that a packet is dropped.
func (n *smallNAT) meets(fromInside bool, p ipv4) bool {
	if p[9] != protoUDP {
		return false
	}
	b := n.byOutside[n.endpoint(protoUDP, p.to())]
	if fromInside {
		b = n.byInside[n.session(protoUDP, p.from())]
	}
	data := p[p.header()+8:]
	switch {
	case b != nil && n.mistakes["a hop too many ends the mapping"] && p[8] <= 1,
		b != nil && n.mistakes["damage ends the mapping"] && !n.isSummed(p):
		n.forget(b)
	case b != nil && n.mistakes["a mapping wears out"] && !fromInside:
		b.taken++
		return b.taken > 250
	case b != nil && len(b.sessions) > 1 && n.mistakes["a timer of 60 s for two peers"]:
		b.lifetime = min(b.lifetime, time.Minute)
	case n.mistakes["ports in the middle are lost"] && fromInside:
		return p.to().Port()/1000 == 53
	case n.mistakes["lengths of 256 are lost"]:
		return len(p) == 256
	case n.mistakes["zeros are lost"]:
		return len(data) > 4 && bytes.Equal(data, make([]byte, len(data)))
	case n.mistakes["a number of all ones is lost"]:
		return p.word(4) == 0xffff
	}
	return false
}

// gives tells that what somebody holds is given to another, by mistake.
func (n *smallNAT) gives(b *binding, key session) bool {
	sameProtocol := b.key.proto == key.proto && b.lifetime > 0 && n.alive(b)
	closing := len(b.connections) > 0
	for _, c := range b.connections {
		closing = closing && c.phase == over && !c.reset
	}
	return sameProtocol && (n.mistakes["an idle port is taken"] && n.now().Sub(b.last) > time.Minute &&
		key.proto == protoUDP || n.mistakes["a closing port is taken"] && closing ||
		n.mistakes["hosts share the port of IPsec"] && key.inside.Port() == 4500)
}
