package refnat

import (
	"net/netip"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// TCPOpeningFaults are in how TCP sessions begin.
type TCPOpeningFaults struct {
	// MappingByConnection makes a new mapping for a connection that begins after those
	// before it have ended. Breaks REQ-1 of RFC 5382.
	MappingByConnection bool `breaks:"rfc5382.req-1" blinds:"rfc5382.req-5-est"`
	// CrossingSYNDropped drops the SYN from outside that meets one from inside. Breaks
	// REQ-2a of RFC 5382.
	CrossingSYNDropped bool `breaks:"rfc5382.req-2a" blinds:"rfc5382.req-4-simopen rfc5382.req-5-est"`
	// CrossingSYNACKDropped drops the inside's answer to a SYN from outside that has met its
	// own. Breaks REQ-2a of RFC 5382.
	CrossingSYNACKDropped bool `breaks:"rfc5382.req-2a" blinds:"rfc5382.req-4-simopen rfc5382.req-5-est"`
	// UnsolicitedReset answers a SYN that is not let in with a RST at once. Breaks REQ-4
	// of RFC 5382.
	UnsolicitedReset bool `breaks:"rfc5382.req-4 rfc5382.req-4-icmp rfc5382.req-4-simopen"`
	// UnsolicitedUnreachable answers a SYN that is not let in with an ICMP error at once,
	// and again when it is time to. Breaks REQ-4 of RFC 5382.
	UnsolicitedUnreachable bool `breaks:"rfc5382.req-4 rfc5382.req-4-simopen"`
	// UnsolicitedHasty answers a SYN that is not let in with an ICMP error after five
	// seconds, if it is not met by then, and again when it is time to. Breaks REQ-4 of RFC
	// 5382.
	UnsolicitedHasty bool `breaks:"rfc5382.req-4"`
	// CallsAnsweredAnyway sends the error for a SYN that is not let in, even if it has been
	// met. Breaks REQ-4 of RFC 5382.
	CallsAnsweredAnyway bool `breaks:"rfc5382.req-4-simopen"`
	// CallsNeverAnswered drops every SYN that is not let in, in silence. Breaks REQ-4 of RFC
	// 5382.
	CallsNeverAnswered bool `breaks:"rfc5382.req-4-icmp"`
	// SilenceIgnored answers a SYN that is not let in, although it is told not to. Breaks
	// REQ-4a of RFC 5382.
	SilenceIgnored bool `breaks:"rfc5382.req-4a"`
	// StrangersRefused filters by address, which is sound, and answers a SYN that a mapping
	// does not let in with an ICMP error after five seconds. Breaks REQ-4 of RFC 5382.
	StrangersRefused bool `breaks:"rfc5382.req-4" also:"rfc6888.req-7"`
	// StrangersForgotten filters by address, which is sound, and never answers a SYN that a
	// mapping does not let in. Breaks REQ-4 of RFC 5382.
	StrangersForgotten bool `breaks:"rfc5382.req-4-icmp" also:"rfc6888.req-7"`
	// StrangersTold filters by address, which is sound, and answers a SYN that a mapping
	// does not let in, although it is told not to. Breaks REQ-4 of RFC 5382.
	StrangersTold bool `breaks:"rfc5382.req-4a" also:"rfc6888.req-7"`
	// StrangersAnsweredAnyway filters by address, which is sound, and sends the error for a
	// SYN that a mapping does not let in, even if it has been met. Breaks REQ-4 of RFC 5382.
	StrangersAnsweredAnyway bool `breaks:"rfc5382.req-4-simopen" also:"rfc6888.req-7"`
}

func (f TCPOpeningFaults) behaviour(b Behaviour) Behaviour {
	if f.StrangersRefused || f.StrangersForgotten || f.StrangersTold || f.StrangersAnsweredAnyway {
		b.Filtering = max(b.Filtering, AddressDependent)
	}
	b.Silent = (b.Silent || f.CallsNeverAnswered) && !f.SilenceIgnored
	return b
}

// hastyPatience is how long UnsolicitedHasty waits.
const hastyPatience = 5 * time.Second

// silent reports whether a call that is not let in is dropped without a word.
func (t *Table) silent(c call) bool {
	f, mapped := t.faults(packet.TCP).TCPOpeningFaults, t.inward(c.external) != nil
	if mapped && f.StrangersTold {
		return false
	}
	return t.behaviour(packet.TCP).Silent || mapped && f.StrangersForgotten
}

// hasty returns what answers a SYN at once, or sees to what answers it too soon.
func (t *Table) hasty(d, kept *datagram, c call, now time.Time) []Packet {
	switch f := t.faults(packet.TCP).TCPOpeningFaults; {
	case f.UnsolicitedReset:
		return t.reset(c, d.TCP.Seq)
	case f.UnsolicitedUnreachable:
		return t.complain(d, layers.ICMPv4CodePort)
	case f.UnsolicitedHasty, f.StrangersRefused && t.inward(c.external) != nil:
		t.agenda.at(now.Add(hastyPatience), func(time.Time) []Packet {
			if t.held[c] == nil {
				return nil // it has been met
			}
			return t.complain(kept, layers.ICMPv4CodePort)
		})
	}
	return nil
}

// reset returns the RST that refuses a SYN of that sequence number.
func (t *Table) reset(c call, seq uint32) []Packet {
	if !t.own[c.external.Addr()] {
		return nil
	}
	t.packetID++
	head := packet.Header{
		Source: c.external.Addr(), Destination: c.remote.Addr(), Protocol: packet.TCP, ID: t.packetID,
	}
	header := packet.TCPHeader{Ack: seq + 1, Flags: packet.RST | packet.ACK}
	return []Packet{{Outside, must(head.Packet(
		packet.TCPSegment(c.external.AddrPort, c.remote.AddrPort, header, nil)))}}
}

// crosses reports whether a segment of a simultaneous open is dropped.
func (f TCPOpeningFaults) crosses(d *datagram, s *tcpSession) bool {
	if s == nil || !s.wrong.called[Inside] {
		return false
	}
	switch d.TCP.Flags & (packet.SYN | packet.ACK) {
	case packet.SYN:
		return f.CrossingSYNDropped && d.from == Outside
	case packet.SYN | packet.ACK:
		return f.CrossingSYNACKDropped && d.from == Inside
	}
	return false
}

// renews reports whether a packet needs a mapping of its own in place of m, which is
// nil if there is none. That is kept apart then, for what may still come in.
func (t *Table) renews(m *mapping, p *packet.Packet) bool {
	if m == nil || p.TCP == nil || !t.faults(p.Protocol).MappingByConnection || p.TCP.Flags&packet.SYN == 0 {
		return false
	}
	l, ok := m.life.(*tcpLife)
	if !ok || l.sessions[p.DestinationEndpoint()] != nil && l.sessions[p.DestinationEndpoint()].state != tcpBothFIN {
		return false
	}
	for _, s := range l.sessions {
		if s.state != tcpBothFIN && s.state != tcpTrans {
			return false
		}
	}
	delete(t.mappings, m.key)
	m.key.remote = indexOf(at(netip.IPv4Unspecified(), packet.TCP, m.external.Port()))
	t.mappings[m.key] = m
	return true
}
