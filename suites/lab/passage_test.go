package lab

import (
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// Of a long spec both ends are kept, and nothing seems dropped for the cut.
func TestTrafficEnds(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	y := l.UDP("Y1:7")
	l.Attempt(t.Context(), l.Sessions("X", 2000, 2*evidenceEnd, y)...)
	records := l.world.records()
	if len(records) != 4*evidenceEnd {
		t.Fatalf("%d records", len(records))
	}
	passages := pairUp(records).ends(nil)
	if len(passages) != 2*evidenceEnd {
		t.Fatalf("%d passages", len(passages))
	}
	for i, p := range passages {
		if p.dropped || p.Outgoing && p.Cause == nil {
			t.Errorf("passage %d of %s has lost its other half", i, p)
		}
	}
	if first := pairUp(records[:10]).ends(nil); len(first) != 10 || first[0].wall.After(time.Now()) {
		t.Errorf("%d passages of 10 records", len(first))
	}
}

// What is told of a TCP header is what a NAT has no business with.
func TestHeaderChange(t *testing.T) {
	header := func(seq uint32, mss byte) *Passage {
		return &Passage{Arrival: Arrival{Packet: packet.Packet{Source: x5000, Destination: y80, TCP: &packet.TCPHeader{
			Seq: seq, Flags: SYN, Window: 100, Options: []byte{2, 4, 5, mss},
		}}}}
	}
	in, out := header(7, 180), header(9, 172)
	out.cameOf(in)
	if want := "seq 7 as 9, options [02 04 05 b4] as [02 04 05 ac]"; out.HeaderChange() != want {
		t.Errorf("%q, want %q", out.HeaderChange(), want)
	}
	if in.HeaderChange() != "" {
		t.Errorf("%q of what came in", in.HeaderChange())
	}
}

// An error of the NAT's own is not taken for one that came in before and was dropped.
func TestOwnErrorAfterAnother(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, y := l.UDP("X:5000"), l.UDP("Y1:7")
	arrived := x.ArrivesAt(t.Context(), y)
	l.ICMPError("Y1", 3, 3, 0, arrived).FromPort(9).Sends(t.Context())
	if heard := x.HearsExpired(t.Context(), x.To(y.Addr()).TTL(1)); heard.Arrival == nil {
		t.Fatal("X is not told")
	}
	if own := l.OwnErrors(11); own != 1 {
		t.Errorf("%d errors of the NAT's own, want 1", own)
	}
}

// A segment whose numbers have all changed has no known cause, and no second one has either
// for the same that came in.
func TestPairUpSegments(t *testing.T) {
	x1 := netip.AddrPortFrom(external[0][IPv4], 60000)
	segment := func(from netip.AddrPort, id uint16, seq uint32) []byte {
		h := packet.Header{Source: from.Addr(), Destination: y80.Addr(), Protocol: packet.TCP, ID: id}
		data, err := h.Packet(packet.TCPSegment(from, y80, packet.TCPHeader{Flags: ACK, Seq: seq}, []byte("data")))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	traffic := pairUp([]record{
		{inside: true, data: segment(x5000, 1, 100)},
		{outgoing: true, data: segment(x1, 7, 900)},
		{outgoing: true, data: segment(x1, 8, 901)},
	})
	if !traffic[1].InPieces() || traffic[2].InPieces() || traffic[2].Cause != nil {
		t.Errorf("unknown: %t and %t, want the first alone", traffic[1].InPieces(), traffic[2].InPieces())
	}
}
