package reports

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDrawPairs(t *testing.T) {
	expected := Rung{AtMS: 299000, Expected: &Packet{Side: "inside", From: "NAT", To: "X2", Src: y1, Dst: x, Info: udp}}
	d := draw(Ladder{Lanes: lanes(), Rungs: rungs(step(0, "go"), out(0.4, "Y1", y1, udp), lost(2, "Y2", y2, udp),
		Rung{AtMS: 2, Control: "X and Y1 hear each other"}, in(299000, "Y1", y1, udp), expected)}, false)
	var got []string
	for _, r := range d.Rows {
		text := fmt.Sprintf("%s %q", r.Kind, r.Time)
		for _, l := range r.Legs {
			text += ": " + l.Class()
		}
		got = append(got, text)
	}
	want := []string{
		`step "0 ms"`, `packet "0.4 ms": leg in h1 right: leg out h0 right`, `packet "2.0 ms": leg out h1 left dropped`,
		`control "2.0 ms"`, `idle ""`, `packet "4 min 59 s": leg out h0 left: leg in h1 left`,
		`packet "": leg in h0 left expected`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(d.Inside) != 2 || len(d.Outside) != 2 || d.Ins() != 2 || d.Outs() != 2 || d.NATAddr != "203.0.113.10" {
		t.Errorf("lanes %+v, %+v beside %s", d.Inside, d.Outside, d.NATAddr)
	}
	if !d.Rows[1].Through() || d.Rows[2].Through() || !d.Rows[2].Gone() || !d.Expects || d.Decides || d.Filters {
		t.Errorf("%+v", d)
	}
	want1 := "outside, NAT to Y1: 203.0.113.10:60000 → 203.0.113.101:7, UDP 12 bytes; rewritten: src"
	if tip := d.Rows[1].Legs[1].Tip; tip != want1 {
		t.Errorf("tip %q, want %q", tip, want1)
	}
}

// A packet of a side that has none of its ends is drawn beside the NAT.
func TestDrawEnds(t *testing.T) {
	for _, test := range []struct{ side, from, to, want string }{
		{"inside", "X", "NAT", "leg in h1 right"}, {"inside", "NAT", "X2", "leg in h0 left"},
		{"outside", "NAT", "Y2", "leg out h1 right"}, {"outside", "Y1", "NAT", "leg out h0 left"},
		{"inside", "X", "Y1", "leg in h1 right"}, {"outside", "X", "Y1", "leg out h0 right"},
		{"inside", "NAT", "NAT", "leg in h1 right"}, {"outside", "NAT", "NAT", "leg out h0 left"},
		{"", "nobody", "", "leg in h1 right"},
	} {
		d := &drawing{}
		d.lanes(lanes())
		p := &Packet{Side: test.side, From: test.from, To: test.to}
		if got := d.leg(p, Rung{Packet: p}, false).Class(); got != test.want {
			t.Errorf("%q, %s to %s: %s, want %s", test.side, test.from, test.to, got, test.want)
		}
	}
	d := draw(Ladder{Rungs: []Rung{{Packet: &Packet{}}, {Step: "s"}, {}}}, true)
	if d.Ins() != 1 || d.Outs() != 1 || len(d.Rows) != 3 {
		t.Errorf("without lanes: %+v", d)
	}
}

// More hosts than the style has places for share the last.
func TestDrawManyLanes(t *testing.T) {
	d := &drawing{}
	var many []Lane
	for i := range 20 {
		many = append(many, Lane{Name: fmt.Sprint(i), Side: "outside"})
	}
	d.lanes(many)
	if d.Outs() != maxSide || d.Outside[19].Slot != maxSide-1 || d.Outside[3].Slot != 3 {
		t.Errorf("%d places, %+v", d.Outs(), d.Outside)
	}
}

func TestDrawBound(t *testing.T) {
	many := Ladder{Lanes: lanes(), Omitted: 5}
	for i := range 1000 {
		many.Rungs = append(many.Rungs, out(float64(i), "Y1", y1, udp)...)
	}
	if d := draw(many, false); d.Cut != 5+2000-maxRungs || len(d.Rows) != maxRungs/2 {
		t.Errorf("%d cut and %d drawn, want %d and %d", d.Cut, len(d.Rows), 5+2000-maxRungs, maxRungs/2)
	}
}

func TestFilter(t *testing.T) {
	for _, test := range []struct {
		packet Packet
		want   string
	}{
		{Packet{Src: x, Dst: y1, Info: udp}, ""},
		{Packet{Src: x, Dst: y1, Info: udp, Frame: 3}, "frame.number == 3 && ip.src == 192.168.0.5 && " +
			"udp.srcport == 5000 && ip.dst == 203.0.113.101 && udp.dstport == 7"},
		{Packet{Src: "[fd00::5]:5000", Dst: "2001:db8::1", Info: "TCP SYN", Frame: 1},
			"frame.number == 1 && ipv6.src == fd00::5 && tcp.srcport == 5000 && ipv6.dst == 2001:db8::1"},
		{Packet{Src: x, Dst: "203.0.113.101", Info: "ICMP 8/0", Frame: 1},
			"frame.number == 1 && ip.src == 192.168.0.5 && ip.dst == 203.0.113.101"},
		{Packet{Src: x, Dst: y1, Info: "UDP fragment 0 to 8 of ID 1", Frame: 1},
			"frame.number == 1 && ip.src == 192.168.0.5 && ip.dst == 203.0.113.101"},
		{Packet{Src: "192.168.0.5:…", Dst: "NAT:…", Info: "UDP", Frame: 4, Times: 9},
			"frame.number >= 4 && ip.src == 192.168.0.5"},
		{Packet{Src: "[fd00::5]:…", Dst: "no address", Info: "", Frame: 4},
			"frame.number == 4 && ipv6.src == fd00::5"},
	} {
		if got := filterOf(&test.packet); got != test.want {
			t.Errorf("%+v: %q, want %q", test.packet, got, test.want)
		}
	}
}

func TestNatural(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"req-9", "req-10", -1}, {"req-10", "req-10", 0}, {"req-10.2", "req-10.10", -1}, {"req-9a", "req-9b", -1},
		{"req", "req-1", -1}, {"b", "a", 1}, {"req-1", "req-a", -1}, {"", "", 0},
	} {
		if got := natural(tt.a, tt.b); got != tt.want {
			t.Errorf("natural(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := natural(tt.b, tt.a); got != -tt.want {
			t.Errorf("natural(%q, %q) = %d, want %d", tt.b, tt.a, got, -tt.want)
		}
	}
}
