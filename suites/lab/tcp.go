package lab

import (
	"net/netip"

	"github.com/natproof/natproof/topology/packet"
)

// Flags are the control bits of a segment of TCP.
type Flags = packet.Flags

// The control bits of TCP, by the names that a spec writes.
const (
	FIN = packet.FIN
	SYN = packet.SYN
	RST = packet.RST
	PSH = packet.PSH
	ACK = packet.ACK
	URG = packet.URG
	ECE = packet.ECE
	CWR = packet.CWR
	AE  = packet.AE
	// Data is what a segment in the middle of a connection has.
	Data = PSH | ACK
)

// A peering is an endpoint of TCP and whom it sees at the other end.
type peering struct{ local, remote netip.AddrPort }

// A tcpEnd is what one end of a connection knows of it. No stack stands behind an
// endpoint: an end follows what is sent and received, answers nothing by itself,
// and is not ended by a RST, so that a spec can go on after one that was lost or
// forged.
type tcpEnd struct {
	// initial and next are the sequence numbers of its SYN and of what it sends
	// next; opened: a SYN was sent.
	initial, next uint32
	opened        bool
	// theirInitial and theirNext are those of the other end; heard: its SYN came.
	theirInitial, theirNext uint32
	heard                   bool
	// acked: the other end has acknowledged the SYN.
	acked bool
}

// end returns what the endpoint knows of its connection to remote, which begins
// with the first packet.
func (e *Endpoint) end(remote netip.AddrPort) *tcpEnd {
	if e.lab.ends == nil {
		e.lab.ends = map[peering]*tcpEnd{}
	}
	key := peering{e.Addr(), remote}
	if e.lab.ends[key] == nil {
		e.lab.ends[key] = &tcpEnd{}
	}
	return e.lab.ends[key]
}

// Forgets makes the next segment between two ends the first of a new connection,
// as after both have closed the old one.
func (f *Flow) Forgets() {
	f.X.Forgets(f.Y.Addr())
	f.Y.Forgets(f.Mapping)
}

// Forgets makes the next segment that an endpoint of TCP sends to remote the first of
// a new connection, whatever it has received from there.
func (e *Endpoint) Forgets(remote netip.AddrPort) { delete(e.lab.ends, peering{e.Addr(), remote}) }

// natural is what an end sends when nobody says what: a SYN, a SYN-ACK where a SYN
// came, the same again until it is acknowledged, and then data.
func (c *tcpEnd) natural() packet.Flags {
	switch {
	case !c.heard:
		return SYN
	case !c.opened || !c.acked:
		return SYN | ACK
	}
	return Data
}

// header is that of a segment with such flags, before what a spec changes in it.
// A SYN is sent again with the number that it had.
func (c *tcpEnd) header(flags packet.Flags, fresh uint32) packet.TCPHeader {
	h := packet.TCPHeader{Flags: flags, Seq: c.next, Window: 65535}
	switch {
	case !c.opened:
		h.Seq = fresh
	case flags&SYN != 0:
		h.Seq = c.initial
	}
	if flags&ACK != 0 {
		h.Ack = c.theirNext
	}
	return h
}

// sent notes a segment that leaves.
func (c *tcpEnd) sent(h packet.TCPHeader, payload int) {
	if h.Flags&RST != 0 {
		return
	}
	if h.Flags&SYN != 0 && (!c.opened || h.Seq != c.initial) {
		c.initial, c.next, c.opened, c.acked = h.Seq, h.Seq, true, false
	}
	if c.opened {
		c.next = furthest(c.next, after(h, payload))
	}
}

// received notes a segment that has come in. A SYN with another number than the
// last one begins a new connection.
func (c *tcpEnd) received(h packet.TCPHeader, payload int) {
	if h.Flags&RST != 0 {
		return
	}
	if h.Flags&SYN != 0 && (!c.heard || h.Seq != c.theirInitial) {
		if c.heard && h.Flags&ACK == 0 {
			*c = tcpEnd{}
		}
		c.theirInitial, c.theirNext, c.heard = h.Seq, h.Seq, true
	}
	if c.heard {
		c.theirNext = furthest(c.theirNext, after(h, payload))
	}
	if h.Flags&ACK != 0 && c.opened && h.Ack-c.initial-1 < 1<<31 {
		c.acked = true
	}
}

// after is the sequence number behind a segment.
func after(h packet.TCPHeader, payload int) uint32 {
	end := h.Seq + uint32(payload)
	if h.Flags&SYN != 0 {
		end++
	}
	if h.Flags&FIN != 0 {
		end++
	}
	return end
}

// furthest returns the later of two sequence numbers, which wrap around.
func furthest(a, b uint32) uint32 {
	if b-a < 1<<31 {
		return b
	}
	return a
}

// follow has the ends of connections know what arrives at a host of theirs.
func (l *Lab) follow(a *Arrival) {
	if a.TCP == nil || a.TCP.Cut || a.Damage != "" {
		return
	}
	if end := l.ends[peering{a.Destination, a.Source}]; end != nil {
		end.received(*a.TCP, len(a.Payload))
		return
	}
	// An end that is first heard of by what it receives.
	if p, ok := placeAt(a.Destination.Addr()); ok {
		at := &Endpoint{l, p, packet.TCP, a.Destination.Port()}
		at.end(a.Source).received(*a.TCP, len(a.Payload))
	}
}
