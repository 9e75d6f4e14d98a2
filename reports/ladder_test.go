package reports

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDrawPairs(t *testing.T) {
	d := draw(Ladder{Lanes: lanes(), Rungs: rungs(step(0, "go"), out(0.4, "Y1", y1, udp), lost(2, "Y2", y2, udp),
		in(299000, "Y1", y1, udp))})
	var got []string
	for _, r := range d.Rows {
		got = append(got, fmt.Sprintf("%s %q %d", r.Kind, r.Time, len(r.Legs)))
	}
	want := []string{`step "0 ms" 0`, `packet "0.4 ms" 2`, `packet "2.0 ms" 1`, `idle "" 0`, `packet "4 min 59 s" 2`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	var names []string
	for _, lane := range d.Lanes {
		names = append(names, lane.Name)
	}
	if diff := cmp.Diff([]string{"X", "Y1", "Y2"}, names); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
	through := d.Rows[1]
	a, b := through.Legs[0], through.Legs[1]
	if a.X2 != d.Inner || b.X1 != d.Outer || a.X1 >= a.X2 || b.X1 >= b.X2 || !b.SrcNew {
		t.Errorf("the packet does not go through the NAT at %d to %d: %+v, %+v", d.Inner, d.Outer, a, b)
	}
	gone := d.Rows[2].Legs[0]
	if !gone.Dropped || gone.X2 != d.Outer || gone.CrossX <= d.Inner || gone.CrossX >= d.Outer {
		t.Errorf("the dropped packet does not end in the NAT: %+v", gone)
	}
	want1 := "0.5 ms, outside, NAT to Y1: 203.0.113.10:60000 → 203.0.113.101:7, UDP 12 bytes; rewritten: src."
	if d.Sentences[2] != want1 {
		t.Errorf("sentence %q, want %q", d.Sentences[2], want1)
	}
}

// TestDrawRoom holds that every label fits between the ends of its arrow, and
// every arrow into the drawing.
func TestDrawRoom(t *testing.T) {
	long := strings.Repeat("long ", 40)
	for _, packet := range []Packet{
		{Side: "inside", From: "X2", To: "NAT", Src: "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
			Dst: "[2001:db8:eeee:ffff:ffff:ffff:ffff:ffff]:65535", Info: "UDP"},
		{Side: "outside", From: "Y2", To: "NAT", Src: long, Dst: "漢字漢字漢字漢字漢字漢字漢字漢字", Info: long,
			Rewritten: []string{"src", "dst", "quote"}},
		{Side: "inside", From: "X", To: "X2", Src: x, Dst: x1, Info: udp},
		{Side: "inside", From: "NAT", To: "NAT", Src: x, Dst: x1, Info: udp},
		{Side: "outside", From: "nobody", To: "X", Src: x, Dst: x1, Info: udp},
		{},
	} {
		for _, lanes := range [][]Lane{lanes(), lanes()[:2], lanes()[3:], nil} {
			d := draw(Ladder{Lanes: lanes, Rungs: []Rung{{Packet: &packet}, {Step: long}}})
			l := d.Rows[0].Legs[0]
			room := math.Abs(float64(l.X1 - l.X2))
			if need := labelWidth(&packet); room < need {
				t.Errorf("%+v: the label needs %.0f and has %.0f", packet, need, room)
			}
			if min(l.X1, l.X2) < timeWidth || max(l.X1, l.X2) > d.Width {
				t.Errorf("%+v: from %d to %d is outside 0 to %d", packet, l.X1, l.X2, d.Width)
			}
		}
	}
}

func TestDrawBound(t *testing.T) {
	many := Ladder{Lanes: lanes(), Omitted: 5}
	for i := range 1000 {
		many.Rungs = append(many.Rungs, out(float64(i), "Y1", y1, udp)...)
	}
	d := draw(many)
	if d.Cut != 5+2000-maxRungs || len(d.Sentences) != maxRungs {
		t.Errorf("%d cut and %d told, want %d and %d", d.Cut, len(d.Sentences), 5+2000-maxRungs, maxRungs)
	}
}

func TestSpan(t *testing.T) {
	for _, tt := range []struct {
		ms   float64
		want string
	}{
		{0, "0 ms"}, {-1, "0 ms"}, {math.NaN(), "0 ms"}, {0.04, "0.0 ms"}, {0.44, "0.4 ms"}, {9.96, "10 ms"},
		{12.4, "12 ms"},
		{999.6, "1 s"}, {1234, "1.2 s"}, {59_960, "1 min"}, {299_000, "4 min 59 s"}, {7_440_000, "2 h 4 min"},
		{math.Inf(1), "more than a century"}, {1e300, "more than a century"},
	} {
		if got := span(tt.ms); got != tt.want {
			t.Errorf("span(%v) = %q, want %q", tt.ms, got, tt.want)
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
