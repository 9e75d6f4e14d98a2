package refnat

import (
	"bytes"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

const (
	// synPatience is how long an unsolicited SYN waits for one of the other direction,
	// RFC 5382, REQ-4.
	synPatience = 6 * time.Second
	// heldSYNs bounds what waits, and with it how many errors leave: so many in
	// synPatience. What a flood brings beyond is dropped, which REQ-4a allows under
	// attack.
	heldSYNs = 1024
)

// A call is an external endpoint and who has sent a SYN to it.
type call struct{ external, remote packet.Endpoint }

// holdSYN takes a segment that no mapping lets in. A SYN is kept until it is either
// met by one from inside or answered: the sender may be one half of a simultaneous
// open, and the other half late. All else is dropped.
func (t *Table) holdSYN(d *datagram, now time.Time) []Packet {
	if d.Damage != "" || d.TCP.Flags&(packet.SYN|packet.ACK|packet.RST|packet.FIN) != packet.SYN {
		return nil
	}
	c := call{d.DestinationEndpoint(), d.SourceEndpoint()}
	if t.held[c] != nil && t.faults(packet.TCP).RepeatedCallRefused {
		return t.reset(c, d.TCP.Seq)
	}
	if t.silent(c) || t.held[c] != nil || len(t.held) >= heldSYNs {
		return nil // what is sent again has its place already
	}
	// What a packet's bytes are is the caller's; only what the error repeats is kept.
	kept := &datagram{from: d.from, Packet: packet.Packet{
		Source: d.Source, Destination: d.Destination, Protocol: d.Protocol, Data: bytes.Clone(d.quote()),
	}}
	early := t.hasty(d, kept, c, now)
	t.held[c] = t.agenda.at(now.Add(synPatience), func(time.Time) []Packet {
		delete(t.held, c)
		return t.complain(kept, layers.ICMPv4CodePort)
	})
	return early
}

// releaseSYN drops the SYN of a call that has become a session.
func (t *Table) releaseSYN(c call) {
	if held := t.held[c]; held != nil {
		t.agenda.cancel(held)
		delete(t.held, c)
	}
}
