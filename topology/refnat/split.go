package refnat

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// The bits beside the offset in the IP header's word of flags.
const (
	moreFragments = 0x2000
	offsetBits    = 0x1fff
)

// emit sends a rewritten copy of d, in fragments if it does not fit.
func (t *Table) emit(d *datagram, h header, to Side) []Packet {
	mtu := t.mtu(to)
	if len(h.data) <= mtu {
		return []Packet{{to, h.data}}
	}
	packets := split(d, h, to, mtu)
	if t.cfg.Faults.FragmentsReversed && d.largest > mtu {
		slices.Reverse(packets)
	}
	return packets
}

// split cuts a packet into fragments in ascending order, RFC 791, Section 3.2.
func split(d *datagram, h header, to Side, mtu int) []Packet {
	head, payload := h.data[:len(d.Contents)], h.data[len(d.Contents):]
	var packets []Packet
	for offset := 0; offset < len(payload); {
		size := len(payload) - offset
		more := size > mtu-len(head)
		if more {
			// Offsets count units of 8 bytes.
			size = (mtu - len(head)) &^ 7
		}
		packets = append(packets, Packet{to, fragment(head, payload[offset:offset+size], offset, more)})
		offset += size
		if len(packets) == 1 {
			head = laterHeader(d, head)
		}
	}
	return packets
}

// fragment returns one fragment under a copy of head.
func fragment(head, payload []byte, offset int, more bool) []byte {
	data := slices.Concat(head, payload)
	flags := binary.BigEndian.Uint16(data[ipFlags:])&^(moreFragments|offsetBits) | uint16(offset/8)
	if more {
		flags |= moreFragments
	}
	h := header{data: data}
	h.set(ipLength, binary.BigEndian.AppendUint16(nil, uint16(len(data))))
	h.set(ipFlags, binary.BigEndian.AppendUint16(nil, flags))
	return data
}

// laterHeader returns the header for all fragments but the first, which holds
// only the options that are marked to be copied.
func laterHeader(d *datagram, first []byte) []byte {
	head := bytes.Clone(first[:ipHeader])
	for _, option := range d.Options {
		if option.OptionType&0x80 != 0 {
			head = append(head, option.OptionType, option.OptionLength)
			head = append(head, option.OptionData...)
		}
	}
	for len(head)%4 != 0 {
		head = append(head, 0)
	}
	head[0] = 4<<4 | byte(len(head)/4)
	seal(head, ipChecksum)
	return head
}
