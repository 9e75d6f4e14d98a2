package lab

import (
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
		Omitted: 2, // the control, and what is no packet
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
				Src: "192.168.0.5:5000", Dst: "203.0.113.101:80",
			}},
			{AtMS: 2000, Packet: &reports.Packet{
				Side: "outside", From: "NAT", To: "Y1", Info: "UDP 3 bytes",
				Src: "203.0.113.10:60000", Dst: "203.0.113.101:80", Rewritten: []string{"src"},
			}},
			{AtMS: 124000, Step: "two minutes later Y2 sends"},
			{AtMS: 124000, Packet: &reports.Packet{
				Side: "outside", From: "Y2", To: "NAT", Info: "UDP 8 bytes",
				Src: "203.0.113.102:7", Dst: "203.0.113.10:60000", Dropped: true,
			}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ladder (-want +got):\n%s", diff)
	}
}

// A long ladder keeps both ends, and says how much it leaves out.
func TestLongLadder(t *testing.T) {
	var records []record
	for i := range 2*ladderEnd + 5 {
		records = append(records, record{wall: at(i), lab: at(i), inside: true, data: datagram(t, x5000, y80, "out")})
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
	if e.Err != nil || e.Capture != reports.CapturePath("a spec") || len(e.Ladder.Rungs) != 2 {
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
		(&Lab{}).ladder(traffic, nil)
		captured(traffic, nil)
		_ = traffic[0].String()
	})
}
