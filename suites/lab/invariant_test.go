package lab

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// passages are packets on the two sides of a NAT: what came in from X as "in", and
// what left as each of the others.
func passages(t *testing.T, out ...[]byte) Traffic {
	t.Helper()
	records := []record{{wall: at(1), lab: at(1), inside: true, data: datagram(t, x5000, y80, "data")}}
	for _, data := range out {
		records = append(records, record{wall: at(2), lab: at(2), outgoing: true, data: data})
	}
	return pairUp(records)
}

func TestPairUpCountsCopies(t *testing.T) {
	x1 := netip.AddrPortFrom(external[0][IPv4], 60000)
	same := datagram(t, x1, y80, "data")
	traffic := passages(t, same, same, datagram(t, x1, y80, "other"))
	in := traffic[0]
	for i, copies := range []int{2, 1, 2} {
		if traffic[i].Copy != copies {
			t.Errorf("packet %d is copy %d, want %d", i, traffic[i].Copy, copies)
		}
	}
	if traffic[1].Cause != in || traffic[2].Cause != in || traffic[2].First() != traffic[1] {
		t.Error("the copies are not known by their cause")
	}
	if traffic[3].Cause != nil || traffic[3].Own() || traffic[3].InPieces() {
		t.Error("a packet that nothing caused has a cause")
	}
}

// A second copy is known by its ID, also while another packet with the same data
// is on its way.
func TestPairUpCopiesOfTheSameData(t *testing.T) {
	x1 := netip.AddrPortFrom(external[0][IPv4], 60000)
	packets := func(id uint16, ends ...netip.AddrPort) (both [][]byte) {
		for i := 0; i < len(ends); i += 2 {
			head := packet.Header{Source: ends[i].Addr(), Destination: ends[i+1].Addr(), Protocol: packet.UDP, ID: id}
			data, err := head.Packet(packet.UDPSegment(ends[i], ends[i+1], nil))
			if err != nil {
				t.Fatal(err)
			}
			both = append(both, data)
		}
		return both
	}
	out, in := packets(1, x5000, y80, x1, y80), packets(2, y80, x1, y80, x5000)
	traffic := pairUp([]record{
		{inside: true, data: out[0]}, {data: in[0]},
		{outgoing: true, data: out[1]}, {outgoing: true, data: out[1]}, {inside: true, outgoing: true, data: in[1]},
	})
	if traffic[3].Cause != traffic[0] || traffic[3].Copy != 2 || traffic[4].Cause != traffic[1] {
		t.Error("a copy is taken for the packet that goes the other way")
	}
}

// A NAT that is pinged may answer, once for each ping.
func TestPairUpAnswers(t *testing.T) {
	own := external[0][IPv4]
	sent := uint16(0)
	message := func(kind uint8, from, to netip.Addr, id uint16) record {
		sent++
		head := packet.Header{Source: from, Destination: to, Protocol: packet.ICMP, ID: sent}
		data, err := head.Packet(packet.ICMPSegment(kind, 0, uint32(id)<<16, []byte{byte(id)}))
		if err != nil {
			t.Fatal(err)
		}
		return record{outgoing: kind == 0, data: data}
	}
	traffic := pairUp([]record{
		message(8, y80.Addr(), own, 7), message(0, own, y80.Addr(), 7), message(0, own, y80.Addr(), 7),
		message(0, own, y80.Addr(), 8),
		message(8, y80.Addr(), x5000.Addr(), 9), message(0, x5000.Addr(), y80.Addr(), 9),
	})
	for i, want := range map[int]bool{1: true, 2: false, 3: false, 5: false} {
		if traffic[i].Cause != nil || traffic[i].Own() != want {
			t.Errorf("packet %d: its own: %t, want %t", i, traffic[i].Own(), want)
		}
	}
}

// A packet whose data was changed is known by its ID.
func TestPairUpByID(t *testing.T) {
	x1 := netip.AddrPortFrom(external[0][IPv4], 60000)
	head := packet.Header{Source: x5000.Addr(), Destination: y80.Addr(), Protocol: packet.UDP, ID: 77}
	in, err := head.Packet(packet.UDPSegment(x5000, y80, []byte("a")))
	if err != nil {
		t.Fatal(err)
	}
	head.Source = x1.Addr()
	out, err := head.Packet(packet.UDPSegment(x1, y80, []byte("ab")))
	if err != nil {
		t.Fatal(err)
	}
	traffic := pairUp([]record{{inside: true, data: in}, {outgoing: true, data: out}, {outgoing: true, data: out}})
	if traffic[1].Cause != traffic[0] || traffic[0].dropped {
		t.Error("a changed packet is not known by its ID")
	}
	if traffic[2].Cause != nil {
		t.Error("a second one of the kind is taken for the same")
	}
}

// Of two packets with the same data each is known by its ID, and of two with the
// same ID by its side.
func TestPairUpTellsTwinsApart(t *testing.T) {
	x1 := netip.AddrPortFrom(external[0][IPv4], 60000)
	with := func(id uint16, from, to netip.AddrPort) []byte {
		head := packet.Header{Source: from.Addr(), Destination: to.Addr(), Protocol: packet.UDP, ID: id}
		data, err := head.Packet(packet.UDPSegment(from, to, nil))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	traffic := pairUp([]record{
		{inside: true, data: with(1, x5000, y80)}, {inside: true, data: with(2, x5000, y80)},
		{data: with(2, y80, x1)},
		{outgoing: true, data: with(1, x1, y80)}, {outgoing: true, data: with(2, x1, y80)},
		{inside: true, outgoing: true, data: with(2, y80, x5000)},
	})
	for out, in := range map[int]int{3: 0, 4: 1, 5: 2} {
		if traffic[out].Cause != traffic[in] {
			t.Errorf("packet %d is not known for what packet %d became", out, in)
		}
	}
}

// A packet whose data was changed into that of an earlier one is no copy of it.
func TestPairUpTakesNoForgeryForACopy(t *testing.T) {
	x1 := netip.AddrPortFrom(external[0][IPv4], 60000)
	with := func(id uint16, from, to netip.AddrPort, data string) []byte {
		head := packet.Header{Source: from.Addr(), Destination: to.Addr(), Protocol: packet.UDP, ID: id}
		raw, err := head.Packet(packet.UDPSegment(from, to, []byte(data)))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	traffic := pairUp([]record{
		{inside: true, data: with(1, x5000, y80, "inside")}, {outgoing: true, data: with(1, x1, y80, "inside")},
		{data: with(2, y80, x1, "outside")}, {inside: true, outgoing: true, data: with(2, y80, x5000, "inside")},
	})
	if traffic[3].Cause != traffic[2] || traffic[0].Copy != 1 {
		t.Error("a changed packet is taken for a copy of another")
	}
}

func TestInsideAddress(t *testing.T) {
	x1 := netip.AddrPortFrom(external[0][IPv4], 60000)
	public := packet.Packet{Source: x1, Destination: y80}
	leak := packet.Packet{Source: x5000, Destination: y80}
	back := packet.Packet{Source: y80, Destination: x5000}
	quoting := packet.Packet{Source: x1, Destination: y80, ICMP: &packet.ICMPMessage{Quote: &leak}}
	for _, test := range []struct {
		packet packet.Packet
		want   string
	}{{public, ""}, {leak, "source"}, {back, "destination"}, {quoting, "quoted source"}} {
		p := &Passage{Arrival: Arrival{Packet: test.packet}}
		if addr, where := p.InsideAddress(); where != test.want || addr.IsValid() != (test.want != "") {
			t.Errorf("%s as %q, want %q", addr, where, test.want)
		}
	}
}

func TestFinding(t *testing.T) {
	before := invariants
	defer func() { invariants = before }()
	Always(Invariant{Requirement: "wire.test", Text: "all is well", Broken: func(p *Passage) (string, bool) {
		if string(p.Payload) == "bad" {
			return p.String() + " is bad", true
		}
		return "", p.Outgoing
	}})
	x1 := netip.AddrPortFrom(external[0][IPv4], 60000)
	good := passages(t, datagram(t, x1, y80, "data"))
	bad := passages(t, datagram(t, x1, y80, "data"), datagram(t, x1, y80, "bad"))
	kept, broken := invariants[len(invariants)-1].judge(good), invariants[len(invariants)-1].judge(bad)
	if ok, err := BeKept().Match(kept); !ok || err != nil {
		t.Errorf("good traffic: %t, %v", ok, err)
	}
	if ok, _ := BeKept().Match(broken); ok {
		t.Error("bad traffic is good")
	}
	if got := BeKept().FailureMessage(broken); !strings.Contains(got, "is bad; 1 of 2 packets are like this") {
		t.Errorf("%q", got)
	}
	twice := passages(t, datagram(t, x1, y80, "bad"), datagram(t, x1, y80, "data"), datagram(t, x1, y80, "bad"))
	if f := invariants[len(invariants)-1].judge(twice); len(f.marked) != 2 || f.marked[0] != twice[1] {
		t.Errorf("of two bad packets %d are marked", len(f.marked))
	}
	if _, err := BeKept().Match("traffic"); err == nil {
		t.Error("a string is taken for a finding")
	}
	l := newTestLab(t, "memory", Setup{}, nothing)
	if got := ending(func() { l.Finding("wire.test") }); !strings.Contains(got, "no packet came through") {
		t.Errorf("no traffic: %q", got)
	}
	l.UDP("X:5000").SeenBy(t.Context(), l.UDP("Y1:80"))
	if f := l.Finding("wire.test"); f.Judged != 1 || f.Broken != 0 {
		t.Errorf("one packet: %+v", f)
	}
	if got := ending(func() { l.Finding("wire.none") }); !strings.Contains(got, "no invariant") {
		t.Errorf("another invariant: %q", got)
	}
	got := findings(bad)
	if len(got) != 1 || got[0].Judged != 2 || got[0].Broken != 1 || !strings.Contains(got[0].How, "is bad") {
		t.Errorf("findings %+v", got)
	}
}

// Of fragments, and of a packet that was put together of some, nothing is said about
// what caused them.
func TestPairUpFragments(t *testing.T) {
	l := &Lab{}
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	p := x.To(y.Addr()).Size(3000)
	whole, err := p.packets()
	if err != nil {
		t.Fatal(err)
	}
	fragments, err := p.InFragments(1480).packets()
	if err != nil {
		t.Fatal(err)
	}
	records := []record{{inside: true, data: fragments[0]}, {inside: true, data: fragments[1]}}
	traffic := pairUp(append(records, record{inside: true, data: fragments[2]}, record{outgoing: true, data: whole[0]}))
	for i, p := range traffic {
		if !p.InPieces() || p.Cause != nil {
			t.Errorf("packet %d of %d has a cause, or is in one piece", i, len(traffic))
		}
	}
	out := pairUp([]record{{outgoing: true, data: fragments[0]}, {outgoing: true, data: whole[0]}})
	if out[1].InPieces() {
		t.Error("a packet is taken for one of fragments that only left")
	}
}

func TestPacketHeader(t *testing.T) {
	l := &Lab{}
	y := l.UDP("Y1:80")
	a := sent(t, l.UDP("X:5000").To(y.Addr()).TTL(7).Class(0xb8).Bare().Carrying([]byte{1}))
	if a.TTL != 7 || a.TrafficClass != 0xb8 || len(a.Payload) != 1 {
		t.Errorf("TTL %d, class %#x, %d bytes", a.TTL, a.TrafficClass, len(a.Payload))
	}
}

// What a NAT has put together is known by its data, since the NAT may have numbered it
// anew.
func TestPairUpKnowsWhatWasPutTogether(t *testing.T) {
	x1 := netip.AddrPortFrom(external[0][IPv4], 60000)
	data := []byte(strings.Repeat("data", 100))
	segment := packet.UDPSegment(x5000, y80, data)
	came := packet.Header{Source: x5000.Addr(), Destination: y80.Addr(), Protocol: packet.UDP, ID: 7}
	left := packet.Header{Source: x1.Addr(), Destination: y80.Addr(), Protocol: packet.UDP, ID: 8}
	var records []record
	for _, at := range []int{200, 0} {
		end := min(at+200, len(segment))
		if at == 200 {
			end = len(segment)
		}
		fragment, err := came.Fragment(segment[at:end], at, end < len(segment))
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record{inside: true, data: fragment})
	}
	whole, err := left.Packet(packet.UDPSegment(x1, y80, data))
	if err != nil {
		t.Fatal(err)
	}
	traffic := pairUp(append(records, record{outgoing: true, data: whole}))
	if !traffic[2].InPieces() {
		t.Error("what was put together from fragments is taken for what nothing has caused")
	}
}
