package reports

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The sample's lanes are X2, X, the NAT's edges, Y1 and Y2: slots 0 to 5.
func TestEnds(t *testing.T) {
	c := newColumns(lanes())
	for _, test := range []struct {
		side, from, to string
		want           [2]int
	}{
		{"inside", "X", "NAT", [2]int{1, 2}}, {"inside", "NAT", "X2", [2]int{2, 0}},
		{"inside", "X", "X2", [2]int{1, 0}},
		{"outside", "NAT", "Y2", [2]int{3, 5}}, {"outside", "Y1", "NAT", [2]int{4, 3}},
		{"outside", "Y1", "Y2", [2]int{4, 5}},
		// Hosts of the other side are beyond the NAT, and so are strangers.
		{"inside", "X", "Y1", [2]int{1, 2}}, {"outside", "X", "Y1", [2]int{3, 4}},
		{"outside", "Y2", "nobody", [2]int{5, 3}},
		// Nothing is known of the way: a stub beside the NAT.
		{"inside", "NAT", "NAT", [2]int{1, 2}}, {"inside", "Y1", "Y2", [2]int{1, 2}},
		{"outside", "NAT", "NAT", [2]int{4, 3}}, {"outside", "X", "X", [2]int{4, 3}},
		{"inside", "X", "X", [2]int{1, 2}},
	} {
		from, to := c.ends(&Packet{Side: test.side, From: test.from, To: test.to})
		if got := [2]int{from, to}; got != test.want {
			t.Errorf("%s, %s to %s: from slot %d to %d, want %v", test.side, test.from, test.to, from, to, test.want)
		}
	}
}

func TestMet(t *testing.T) {
	for _, test := range []struct {
		rungs []Rung
		want  string
	}{
		{nil, "X2 X NAT Y1 Y2"},
		{rungs(step(0, "s")), "X2 X NAT Y1 Y2"},
		{rungs(step(0, "s"), out(1, "Y2", y2, udp)), "X NAT Y2"},
		{rungs(lost(1, "Y1", y1, udp)), "NAT Y1"},
		{rungs(step(0, "X2: listen(3, 64) = 0"), lost(1, "Y1", y1, udp)), "X2 NAT Y1"},
	} {
		var names []string
		for _, lane := range met(lanes(), test.rungs) {
			names = append(names, lane.Name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}

// TestWiden holds that room is added at the NAT, and only where a label is too
// wide.
func TestWiden(t *testing.T) {
	const endpoint = "192.168.100.100:50000" // needs some 350 with another
	for _, test := range []struct {
		side, from, to, end string
		want                []bool // of the gaps between the slots
	}{
		{"inside", "X", "NAT", "a", []bool{false, false, false, false, false}},
		{"inside", "X", "NAT", endpoint, []bool{false, true, false, false, false}},
		{"inside", "X2", "NAT", endpoint, []bool{false, true, false, false, false}},
		{"inside", "X2", "X", endpoint, []bool{true, false, false, false, false}},
		{"outside", "Y1", "NAT", endpoint, []bool{false, false, false, true, false}},
		{"outside", "NAT", "Y2", endpoint, []bool{false, false, false, true, false}},
		{"outside", "Y1", "Y2", endpoint, []bool{false, false, false, false, true}},
	} {
		c := newColumns(lanes())
		before := append([]float64(nil), c.gaps...)
		p := &Packet{Side: test.side, From: test.from, To: test.to, Src: test.end, Dst: test.end}
		c.widen([]Rung{{Step: "s"}, {Packet: p}, {Packet: p}})
		var got []bool
		for i := range c.gaps {
			got = append(got, c.gaps[i] > before[i])
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s, %s to %s (-want +got):\n%s", test.side, test.from, test.to, diff)
		}
	}
}

func TestColumnsWithoutHosts(t *testing.T) {
	c := newColumns(nil)
	c.place()
	if diff := cmp.Diff([]int{132, 244, 356, 468}, c.x); diff != "" || c.inner != 1 || c.width != 524 {
		t.Errorf("inner edge %d, width %d, places (-want +got):\n%s", c.inner, c.width, diff)
	}
}

// A character that is not ASCII may be as wide as two.
func TestLabelWidth(t *testing.T) {
	for _, test := range []struct {
		packet Packet
		cells  float64
	}{
		{Packet{}, 5}, {Packet{Src: "12", Dst: "345"}, 10}, {Packet{Src: "é", Dst: "漢字"}, 10},
		{Packet{Info: "seven c", Src: "1"}, 7}, {Packet{Info: "info", Rewritten: []string{"src", "quote"}}, 11},
		{Packet{Info: "info", Rewritten: []string{"seq", "ack"}}, 14},
	} {
		if got := labelWidth(&test.packet); got != 6.65*test.cells {
			t.Errorf("%+v: %.2f, want %.2f", test.packet, got, 6.65*test.cells)
		}
	}
}
