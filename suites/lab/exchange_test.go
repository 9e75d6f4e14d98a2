package lab

import (
	"encoding/binary"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// A packet has the checksum that was asked for once it goes between the addresses.
func TestSumming(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	flow := l.Open(t.Context(), l.TCP("X:5000"), l.TCP("Y1:80"), true)
	for _, sum := range []uint16{0, 1, 0x00ff, 0xff00, 0xfffe} {
		for _, p := range []*Packet{
			flow.X.To(flow.Y.Addr()), flow.X.To(flow.Y.Addr()).Carrying([]byte("odd")),
			flow.X.Sending(Segment{Options: []byte{1, 1, 1, 1}}, flow),
		} {
			p.Summing(sum, flow.Mapping, flow.Y.Addr())
			if a := flow.X.Sent(t.Context(), p, flow.Y); a.TCP.Checksum != sum {
				t.Errorf("%s arrives with the checksum %#04x, want %#04x", p, a.TCP.Checksum, sum)
			}
		}
	}
	// One of UDP that is zero is sent as all ones.
	x := l.UDP("X:5000")
	p := x.To(l.UDP("Y1:7").Addr()).ZeroSum(x.Addr(), l.UDP("Y1:7").Addr())
	if sum := binary.BigEndian.Uint16(p.segment()[6:]); sum != 0xffff || p.from.protocol != packet.UDP {
		t.Errorf("%#04x", sum)
	}
}
