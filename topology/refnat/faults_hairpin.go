package refnat

import "github.com/natproof/natproof/topology/packet"

// HairpinFaults are in what is turned around for some of the inside's hosts, and not for
// others.
type HairpinFaults struct {
	// HairpinOfOneAddress turns around what is for the NAT's own address, and for pairs, alone.
	// Breaks REQ-9.
	HairpinOfOneAddress bool `breaks:"rfc4787.req-9" tcp:"rfc5382.req-8"`
	// HairpinNotToPairs turns nothing around that is for a pair. Breaks REQ-9.
	HairpinNotToPairs bool `breaks:"rfc4787.req-9" blinds:"rfc4787.req-9a" tcp:"rfc5382.req-8" tcpblinds:"rfc5382.req-8a" query:"rfc5508.req-7"` //nolint:lll // a tag cannot be broken
	// HairpinShowsPairs shows the inside address of a host that has a pair. Breaks REQ-9 a).
	HairpinShowsPairs bool `breaks:"rfc4787.req-9a" tcp:"rfc5382.req-8a" query:"rfc5508.req-7"`
	// ForwardNotToItself does not serve a forward to its own host. Breaks REQ-9.
	ForwardNotToItself bool `breaks:"rfc4787.req-9" tcp:"rfc5382.req-8"`
	// HairpinWearsOut turns sixteen packets around for an endpoint, and no more. Breaks REQ-9.
	HairpinWearsOut bool `breaks:"rfc4787.req-9" also:"practice.other-ways" tcp:"rfc5382.req-8"`
	// HairpinOfFragmentsDropped turns no datagram around that comes in fragments. Breaks REQ-14.
	HairpinOfFragmentsDropped bool `breaks:"rfc4787.req-14" touches:"udp"`
}

// fewTurns is how many packets HairpinWearsOut turns around.
const fewTurns = 16

// unturned reports whether what x sends to an external endpoint of to is not turned around.
func (t *Table) unturned(d *datagram, x, y packet.Endpoint, to *mapping) bool {
	f := t.faults(x.Protocol).HairpinFaults
	forward, pair := t.forwards[to.internal] == to, to.permanent && t.forwards[to.internal] != to
	if f.HairpinWearsOut {
		t.turned[x]++
	}
	return f.HairpinOfOneAddress && !pair && y.Addr() != t.cfg.External[0] || f.HairpinNotToPairs && pair ||
		f.ForwardNotToItself && forward && x.Addr() == to.internal.Addr() || t.turned[x] > fewTurns ||
		t.faults(x.Protocol).shuts(d, false) ||
		f.HairpinOfFragmentsDropped && d.reassembled() && d.Protocol == packet.UDP
}

// bares reports whether a hairpinned packet from a mapping keeps its source.
func (t *Table) bares(from *mapping) bool {
	return t.faults(from.internal.Protocol).HairpinShowsPairs && from.permanent && t.forwards[from.internal] != from
}
