package refnat

import (
	"fmt"

	"github.com/natproof/natproof/topology/packet"
)

// emit sends a rewritten copy of d, in fragments if it does not fit.
func (t *Table) emit(d *datagram, e packet.Edit, to Side) []Packet {
	t.identify(d, e, to)
	mtu := t.mtu(to)
	if len(e.Data()) <= mtu {
		return t.unsound(d, t.missummed(d, t.worn(d, []Packet{{to, e.Data()}})))
	}
	var packets []Packet
	for _, data := range split(e.Data(), mtu) {
		packets = append(packets, Packet{to, data})
	}
	t.faults(d.Protocol).disorder(packets, d, mtu)
	return packets
}

// split cuts a sound packet into fragments in ascending order, RFC 791,
// Section 3.2.
func split(data []byte, mtu int) [][]byte {
	p, err := packet.Parse(data)
	if err != nil {
		panic(err) // it is a copy of what was read
	}
	head := headerOf(&p)
	var list [][]byte
	for offset := 0; offset < len(p.Segment); {
		size := len(p.Segment) - offset
		room := mtu - ipv4Header - len(head.Options)
		more := size > room
		if more {
			size = room &^ 7 // offsets count units of 8 bytes
		}
		list = append(list, must(head.Fragment(p.Segment[offset:offset+size], offset, more)))
		offset += size
		head.Options = copied(p.Options)
	}
	return list
}

const ipv4Header = 20 // without options

// headerOf returns the header of a packet, to be put on another.
func headerOf(p *packet.Packet) packet.Header {
	return packet.Header{
		Source: p.Source.Addr(), Destination: p.Destination.Addr(), Protocol: p.Protocol,
		TTL: p.TTL, TrafficClass: p.TrafficClass, ID: uint16(p.ID), DontFragment: p.DontFragment, Options: p.Options,
	}
}

// copied returns the options that all fragments have, and not the first alone:
// those that are marked so.
func copied(options []byte) []byte {
	const end, noOperation, mark = 0, 1, 0x80
	var kept []byte
	for at := 0; at < len(options) && options[at] != end; {
		size := 1
		if options[at] != noOperation {
			if at+1 == len(options) {
				break
			}
			size = min(max(int(options[at+1]), 2), len(options)-at)
		}
		if options[at]&mark != 0 {
			kept = append(kept, options[at:at+size]...)
		}
		at += size
	}
	for len(kept)%4 != 0 {
		kept = append(kept, end)
	}
	return kept
}

// must returns a packet that was built from what had been read, which cannot
// fail.
func must(data []byte, err error) []byte {
	if err != nil {
		panic(fmt.Sprintf("refnat: %v", err))
	}
	return data
}
