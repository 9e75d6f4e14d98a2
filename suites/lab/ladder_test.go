package lab

import (
	"fmt"
	mathbits "math/bits"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology/packet"
)

func datagram(t testing.TB, source, destination netip.AddrPort, payload string) []byte {
	t.Helper()
	data, err := packet.Header{
		Source: source.Addr(), Destination: destination.Addr(), Protocol: packet.UDP,
	}.Packet(packet.UDPSegment(source, destination, []byte(payload)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var began = time.Unix(1000, 0)

func at(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }

// recorded is a packet that goes out, a control, and one that is not let in.
func recorded(t testing.TB) []record {
	x1 := netip.AddrPortFrom(external[0][IPv4], 60000)
	y2 := netip.AddrPortFrom(Addr("Y2"), 7)
	return []record{
		{wall: at(1), lab: at(1), inside: true, data: datagram(t, x5000, y80, "out")},
		{wall: at(2), lab: at(2), outgoing: true, data: datagram(t, x1, y80, "out")},
		{wall: at(2), lab: at(2), inside: true, data: datagram(t, x5000, y80, controlPrefix+"1")},
		{wall: at(4), lab: at(124), data: datagram(t, y2, x1, "unwanted")},
		{wall: at(4), lab: at(124), data: []byte("no packet")},
	}
}

func TestLadder(t *testing.T) {
	steps := []mark{{at(0), "x sends"}, {at(3), "two minutes later Y2 sends"}}
	l := &Lab{began: began, External: Pool()[:1]}

	got := l.ladder(pairUp(recorded(t)), steps)
	want := reports.Ladder{
		Omitted: 1, // what is no packet
		Lanes: []reports.Lane{
			{Name: "X", Addrs: []string{"192.168.0.5"}, Side: "inside"},
			{Name: "NAT", Addrs: []string{"203.0.113.10"}, Side: "nat"},
			{Name: "Y1", Addrs: []string{"203.0.113.101"}, Side: "outside"},
			{Name: "Y2", Addrs: []string{"203.0.113.102"}, Side: "outside"},
		},
		Rungs: []reports.Rung{
			{AtMS: 1000, Step: "x sends"},
			{AtMS: 1000, Packet: &reports.Packet{
				Side: "inside", From: "X", To: "NAT", Info: "UDP 3 bytes",
				Src: "192.168.0.5:5000", Dst: "203.0.113.101:80", Frame: 1,
			}},
			{AtMS: 2000, Packet: &reports.Packet{
				Side: "outside", From: "NAT", To: "Y1", Info: "UDP 3 bytes",
				Src: "203.0.113.10:60000", Dst: "203.0.113.101:80", Rewritten: []string{"src"},
				Forwarded: true, Frame: 2,
			}},
			{AtMS: 124000, Step: "two minutes later Y2 sends"},
			{AtMS: 124000, Packet: &reports.Packet{
				Side: "outside", From: "Y2", To: "NAT", Info: "UDP 8 bytes",
				Src: "203.0.113.102:7", Dst: "203.0.113.10:60000", Dropped: true, Frame: 4,
			}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ladder (-want +got):\n%s", diff)
	}
}

// A copy stands beside what it was let out for, also where the clocks of the two sides say that
// it was there before.
func TestCopyBesideItsOriginal(t *testing.T) {
	records := recorded(t)
	records[0].wall, records[1].wall = at(2), at(1)
	l := &Lab{began: began, External: Pool()[:1]}
	traffic := pairUp([]record{records[0], records[1], records[3]})
	got := l.ladder(Traffic{traffic[1], traffic[0], traffic[2]}, nil).Rungs
	if len(got) != 3 || got[0].Packet.Side != "inside" || !got[1].Packet.Forwarded || got[2].Packet.Forwarded {
		t.Errorf("%+v", got)
	}
}

// Many packets that are alike make one rung, but for those that have to be seen.
func TestCrowdInLadder(t *testing.T) {
	var records []record
	for i := range 9 {
		x := netip.AddrPortFrom(x5000.Addr(), uint16(5000+i))
		records = append(records, record{wall: at(i), lab: at(i), inside: true, data: datagram(t, x, y80, "out")})
	}
	l := &Lab{began: began}
	traffic := pairUp(records)
	got := l.ladder(traffic, nil).Rungs
	want := []reports.Rung{{Packet: &reports.Packet{
		Side: "inside", From: "X", To: "NAT", Src: "192.168.0.5:…", Dst: "203.0.113.101:80", Info: "UDP",
		Dropped: true, Frame: 1, Times: 9,
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rungs (-want +got):\n%s", diff)
	}
	got = l.ladder(traffic, nil, traffic[6]).Rungs
	if len(got) != 4 || got[0].Packet.Times != 6 || got[1].Packet.Frame != 7 {
		t.Errorf("%d rungs, of which the first stands for %d", len(got), got[0].Packet.Times)
	}
}

// What was to come is drawn behind what was sent, and controls that follow one another are
// one rung.
func TestDecidedInLadder(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	x1 := x.SeenBy(t.Context(), y)
	heard := x.Hears(t.Context(), l.UDP("Y2:80").To(netip.AddrPortFrom(x1.Addr(), x1.Port()+1)))
	m := heard.missing("X:5000 should hear it")
	l.miss = &m
	got := l.decide("it must be let in\nX:5000 should hear it")
	if len(got) != 1 || !strings.HasPrefix(got[0].Expected, "it must be let in: X:5000 hears") ||
		!strings.HasPrefix(got[0].Actual, "nothing") || !strings.Contains(got[0].Stimulus, "from Y2:80 to") {
		t.Errorf("%+v", got)
	}
	var told []string
	for _, r := range l.ladder(l.paired(), nil).Rungs {
		switch {
		case r.Control != "":
			told = append(told, r.Control)
		case r.Expected != nil:
			told = append(told,
				fmt.Sprintf("expected: %s from %s to %s", r.Expected.To, r.Expected.Src, r.Expected.Dst))
		default:
			told = append(told, fmt.Sprintf("%s from %s, decided: %t", r.Packet.Side, r.Packet.From, r.Decided))
		}
	}
	want := []string{
		"inside from X, decided: false", "outside from NAT, decided: false",
		"X and Y2 hear each other",
		"outside from Y2, decided: true", "expected: X from 203.0.113.102:80 to 192.168.0.5:5000",
		"X and Y2 hear each other",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("rungs (-want +got):\n%s", diff)
	}
}

// A long ladder keeps both ends, and says how much it leaves out.
func TestLongLadder(t *testing.T) {
	var records []record
	for i := range 2*ladderEnd + 5 {
		host := []string{"Y1", "Y2"}[mathbits.OnesCount(uint(i))%2] // no pattern comes three times in a row
		y := netip.AddrPortFrom(Addr(host), 80)
		records = append(records, record{wall: at(i), lab: at(i), inside: true, data: datagram(t, x5000, y, "out")})
	}
	l := &Lab{began: began}
	got := l.ladder(pairUp(records), nil)
	if len(got.Rungs) != 2*ladderEnd || got.Omitted != 5 {
		t.Errorf("%d rungs, %d omitted", len(got.Rungs), got.Omitted)
	}
	first, second := got.Rungs[ladderEnd-1].AtMS, got.Rungs[ladderEnd].AtMS
	if first != 1000*(ladderEnd-1) || second != 1000*(ladderEnd+5) {
		t.Errorf("the gap is from %v to %v ms", first, second)
	}
}

// A packet in the capture says which step it belongs to and what the NAT made of
// it.
func TestCaptureComments(t *testing.T) {
	steps := []mark{{at(0), "x sends"}, {at(3), "Y2 sends"}}
	var got []string
	for _, r := range captured(pairUp(recorded(t)), steps) {
		got = append(got, r.Interface+": "+strings.ReplaceAll(r.Comment, "\n", "; "))
	}
	want := []string{
		"inside: step: x sends",
		"outside: the NAT rewrote src; the packet came in from 192.168.0.5:5000 to 203.0.113.101:80",
		"inside: the NAT let nothing of this packet out",
		"outside: step: Y2 sends; the NAT let nothing of this packet out",
		"outside: ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
}

// What a lab leaves is what the report shows.
func TestEvidence(t *testing.T) {
	l := newTestLab(t, "memory", Setup{OutsideMTU: 1000}, nothing)
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	y.Hears(t.Context(), x.To(y.Addr()))
	l.Idle(t.Context(), time.Minute)
	var e Evidence
	e.keep(l, types.SpecReport{LeafNodeText: "a spec"}, t.TempDir())
	e.take(l)
	if e.Err != nil || e.Capture != reports.CapturePath("", "a spec") || len(e.Ladder.Rungs) != 4 { // two of controls
		t.Errorf("error %v, capture %q, %d rungs", e.Err, e.Capture, len(e.Ladder.Rungs))
	}
	if e.Idle != time.Minute || len(e.Observed) != 1 || !strings.Contains(e.Policy, "outside MTU 1000") {
		t.Errorf("%v passed, observed %q, policy %q", e.Idle, e.Observed, e.Policy)
	}
	e = Evidence{}
	if e.keep(l, types.SpecReport{LeafNodeText: "a spec"}, "/dev/null"); e.Err == nil {
		t.Error("a capture that cannot be written is no error")
	}
}

// FuzzLadder: whatever comes off the wire can be drawn and captured.
func FuzzLadder(f *testing.F) {
	f.Add(datagram(f, x5000, y80, "hello"))
	f.Add([]byte{0x45})
	f.Fuzz(func(t *testing.T, data []byte) {
		traffic := pairUp([]record{{data: data, inside: true}, {data: data, outgoing: true}})
		(&Lab{}).ladder(traffic, nil, traffic[0])
		captured(traffic, nil)
		_ = traffic[0].String()
	})
}
