package suites_test

import (
	"encoding/binary"
	"net/netip"
)

// The bytes of IPv4 packets, as the small NAT of the tests sees them. It has no
// code in common with package packet, so that one does not hide the other's
// mistakes.

const (
	protoICMP = 1
	protoTCP  = 6
	protoUDP  = 17
)

// An ipv4 is an IPv4 packet.
type ipv4 []byte

// readIPv4 takes the packet from a frame's data; ok is false for one that a
// router discards.
func readIPv4(data []byte) (p ipv4, ok bool) {
	p = data
	if len(p) < 20 || p[0]>>4 != 4 || p.header() < 20 {
		return nil, false
	}
	total := p.word(2)
	if total < p.header() || total > len(p) || onesSum(p[:p.header()]) != 0xffff {
		return nil, false
	}
	return p[:total], true
}

func (p ipv4) header() int             { return int(p[0]&15) * 4 }
func (p ipv4) word(at int) int         { return int(binary.BigEndian.Uint16(p[at:])) }
func (p ipv4) addr(at int) netip.Addr  { return netip.AddrFrom4([4]byte(p[at : at+4])) }
func (p ipv4) put(at, value int)       { binary.BigEndian.PutUint16(p[at:], uint16(value)) }
func (p ipv4) source() netip.Addr      { return p.addr(12) }
func (p ipv4) destination() netip.Addr { return p.addr(16) }
func (p ipv4) from() netip.AddrPort {
	return netip.AddrPortFrom(p.source(), p.number(theSource))
}
func (p ipv4) to() netip.AddrPort {
	return netip.AddrPortFrom(p.destination(), p.number(theDestination))
}
func (p ipv4) dontFragment() bool         { return p[6]&0x40 != 0 }
func (p ipv4) fragment() (at int, m bool) { return p.word(6) & 0x1fff * 8, p[6]&0x20 != 0 }

// whole tells that a packet is not a fragment and has the ports of its protocol.
func (p ipv4) whole() bool {
	at, more := p.fragment()
	return at == 0 && !more && len(p) >= p.header()+8 && (p[9] != protoTCP || len(p) >= p.header()+20)
}

// hasPorts tells that a packet has ports, or an identifier in their place.
func (p ipv4) hasPorts() bool { return p[9] == protoUDP || p[9] == protoTCP || p.isQuery() }

// onesSum is the one's complement sum of the Internet checksum.
func onesSum(data []byte) uint16 {
	sum := uint32(0)
	for i := 0; i+1 < len(data); i += 2 {
		sum += uint32(data[i])<<8 | uint32(data[i+1])
	}
	if len(data)%2 == 1 {
		sum += uint32(data[len(data)-1]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// seal computes the header's checksum.
func (p ipv4) seal() {
	p.put(10, 0)
	p.put(10, int(^onesSum(p[:p.header()])))
}

// set writes a value and corrects the checksums at the given places by the
// difference (RFC 1624), so that a wrong one stays wrong.
func (p ipv4) set(at int, value []byte, sums ...int) {
	for i := 0; i < len(value); i += 2 {
		for _, s := range sums {
			sum := uint32(^uint16(p.word(s))) + uint32(^uint16(p.word(at+i))) + uint32(value[i])<<8 + uint32(value[i+1])
			for sum > 0xffff {
				sum = sum>>16 + sum&0xffff
			}
			p.put(s, int(^uint16(sum)))
		}
	}
	copy(p[at:], value)
}

// sum computes the checksum of UDP or TCP.
func (p ipv4) sum() {
	h := p.header()
	at := h + 6
	if p[9] == protoTCP {
		at = h + 16
	}
	p.put(at, 0)
	size := len(p) - h
	pseudo := append(append([]byte{}, p[12:20]...), 0, p[9], byte(size>>8), byte(size))
	p.put(at, int(^onesSum(append(pseudo, p[h:]...))))
	if p[9] == protoUDP && p.word(at) == 0 {
		p.put(at, 0xffff)
	}
}

// A side of a packet is where its source or its destination stands.
type side struct{ addr, port int }

var (
	theSource      = side{12, 0}
	theDestination = side{16, 2}
)

// rewrite puts another endpoint into a packet. In a quote there may be nothing beyond the
// ports.
func (p ipv4) rewrite(s side, to netip.AddrPort) {
	if p[9] == protoICMP {
		p.rewriteQuery(s, to)
		return
	}
	addr := to.Addr().As4()
	port := binary.BigEndian.AppendUint16(nil, to.Port())
	h := p.header()
	if p[9] == protoTCP && len(p) >= h+18 {
		p.set(s.addr, addr[:], 10, h+16)
		p.set(h+s.port, port, h+16)
		return
	}
	if p[9] == protoTCP || len(p) < h+8 || p.word(h+6) == 0 { // no checksum: RFC 768
		p.set(s.addr, addr[:], 10)
		p.set(h+s.port, port)
		return
	}
	p.set(s.addr, addr[:], 10, h+6)
	p.set(h+s.port, port, h+6)
	if p.word(h+6) == 0 {
		p.put(h+6, 0xffff)
	}
}

// icmpError makes the error of an address about a packet.
func icmpError(from netip.Addr, kind, code byte, word int, about ipv4) ipv4 {
	quote := about[:min(len(about), 548)]
	p := make(ipv4, 28, 28+len(quote))
	p[0], p[1], p[8], p[9], p[20], p[21] = 0x45, about[1]&0xfc, 64, protoICMP, kind, code
	p.put(2, 28+len(quote))
	p.put(4, about.word(4))
	p.put(26, word)
	source, destination := from.As4(), about.source().As4()
	copy(p[12:], source[:])
	copy(p[16:], destination[:])
	p = append(p, quote...)
	p.sealICMP()
	p.seal()
	return p
}

func (p ipv4) sealICMP() {
	h := p.header()
	p.put(h+2, 0)
	p.put(h+2, int(^onesSum(p[h:])))
}

// quote is the packet that an ICMP error is about, in place; nil for any other packet, and
// for a damaged one.
func (p ipv4) quote(wrong mistakes) ipv4 {
	h := p.header()
	if p[9] != protoICMP || len(p) < h+8+28 || onesSum(p[h:]) != 0xffff && !wrong["damaged errors are relayed"] {
		return nil
	}
	switch p[h] {
	case 3, 4, 5, 11, 12:
	default:
		return nil
	}
	q := p[h+8:]
	if q[0]>>4 != 4 || q.header() < 20 || len(q) < q.header()+8 || !q.hasPorts() {
		return nil
	}
	if onesSum(q[:q.header()]) != 0xffff && !wrong["quoted headers are not checked"] {
		return nil
	}
	return q
}

// split cuts a packet into fragments that fit.
func (p ipv4) split(mtu int) []ipv4 {
	if len(p) <= mtu {
		return []ipv4{p}
	}
	h := p.header()
	at, more := p.fragment()
	size := (mtu - h) / 8 * 8
	var parts []ipv4
	for i := h; i < len(p); i += size {
		end := min(i+size, len(p))
		part := append(append(ipv4{}, p[:h]...), p[i:end]...)
		part.put(2, len(part))
		offset := (at + i - h) / 8
		if more || end < len(p) {
			offset |= 0x2000
		}
		part.put(6, offset)
		part.seal()
		parts = append(parts, part)
	}
	return parts
}
