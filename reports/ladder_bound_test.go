package reports

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The bounds of a drawing stand here as numbers, so that a change is seen.

func TestDrawAtMost200Rungs(t *testing.T) {
	for n, cut := range map[int]int{199: 3, 200: 3, 201: 4, 400: 203} {
		ladder := Ladder{Lanes: lanes(), Omitted: 3}
		for i := range n {
			ladder.Rungs = append(ladder.Rungs, step(0, fmt.Sprint(i)))
		}
		if d := draw(ladder); d.Cut != cut || len(d.Rows) != min(n, 200) {
			t.Errorf("of %d rungs %d are drawn and %d are cut, want %d", n, len(d.Rows), d.Cut, cut)
		}
	}
}

func TestDrawLabelsAreCut(t *testing.T) {
	leg := func(endpoint, info string) leg {
		packet := Packet{Side: "inside", From: "X", To: "NAT", Src: endpoint, Dst: endpoint, Info: info}
		return draw(Ladder{Lanes: lanes(), Rungs: []Rung{{Packet: &packet}}}).Rows[0].Legs[0]
	}
	endpoint, info := strings.Repeat("é", 48), strings.Repeat("i", 60)
	if l := leg(endpoint, info); l.Src != endpoint || l.Dst != endpoint || l.Info != info {
		t.Errorf("cut to %q, %q and %q", l.Src, l.Dst, l.Info)
	}
	endpoint, info = endpoint+"é", info+"i"
	l := leg(endpoint, info)
	if want := strings.Repeat("é", 47) + "…"; l.Src != want || l.Dst != want {
		t.Errorf("endpoints %q and %q, want %q", l.Src, l.Dst, want)
	}
	if want := strings.Repeat("i", 59) + "…"; l.Info != want {
		t.Errorf("info %q, want %q", l.Info, want)
	}
	if want := endpoint + " → " + endpoint + ", " + info; l.Tip != want {
		t.Errorf("tip %q, want the whole: %q", l.Tip, want)
	}
}

func TestDrawLaneNamesAreCut(t *testing.T) {
	d := draw(Ladder{Lanes: []Lane{
		{Name: strings.Repeat("x", 14), Addrs: []string{strings.Repeat("1", 17), "second"}, Side: "inside"},
		{Name: strings.Repeat("n", 15), Addrs: []string{strings.Repeat("2", 10), strings.Repeat("3", 10)}, Side: "nat"},
		{Name: strings.Repeat("y", 15), Addrs: []string{strings.Repeat("4", 18)}, Side: "outside"},
		{Name: "Y2", Side: "outside"},
	}})
	var got []string
	for _, l := range d.Lanes {
		got = append(got, l.Name, l.Addr, l.Addrs)
	}
	want := []string{strings.Repeat("x", 14), strings.Repeat("1", 17), strings.Repeat("1", 17) + ", second",
		strings.Repeat("y", 13) + "…", strings.Repeat("4", 16) + "…", strings.Repeat("4", 18), "Y2", "", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
	if want := strings.Repeat("n", 13) + "…"; d.NATName != want {
		t.Errorf("NAT %q, want %q", d.NATName, want)
	}
	if want := strings.Repeat("2", 10) + " 33333…"; d.NATAddr != want {
		t.Errorf("NAT's addresses %q, want %q", d.NATAddr, want)
	}
}

func TestDrawIdle(t *testing.T) {
	for _, test := range []struct {
		at   []float64
		want string
	}{
		{[]float64{0, 499.9}, "step step"},
		{[]float64{0, 500}, "step idle step"},
		{[]float64{500}, "idle step"},
		{[]float64{1000, 600, 1400}, "idle step step step"}, // time does not run backwards
		{[]float64{1000, 600, 1500}, "idle step step idle step"},
	} {
		var ladder Ladder
		for _, at := range test.at {
			ladder.Rungs = append(ladder.Rungs, step(at, "s"))
		}
		var kinds []string
		d := draw(ladder)
		y := headHeight
		for _, r := range d.Rows {
			kinds = append(kinds, r.Kind)
			if r.Y != y {
				t.Errorf("%v: a row begins at %d, and the one before it ends at %d", test.at, r.Y, y)
			}
			y += r.Height
		}
		if got := strings.Join(kinds, " "); got != test.want {
			t.Errorf("%v: %s, want %s", test.at, got, test.want)
		}
		if d.Foot != y+10 || d.Height != y+12 {
			t.Errorf("%v: the rows end at %d, the lanes at %d, the drawing at %d", test.at, y, d.Foot, d.Height)
		}
	}
	// The packet that crosses the NAT takes the time with it.
	d := draw(Ladder{Lanes: lanes(), Rungs: rungs(out(0, "Y1", y1, udp), step(500.05, "s"), step(1000, "s"))})
	if len(d.Rows) != 3 {
		t.Errorf("%d rows, want 3 without an idle one", len(d.Rows))
	}
}

func TestCrosses(t *testing.T) {
	pair := func(change func(a, b *Rung)) bool {
		both := out(100, "Y1", y1, udp)
		both[1].AtMS = 100
		change(&both[0], &both[1])
		return crosses(both[0], both[1])
	}
	for name, test := range map[string]struct {
		want   bool
		change func(a, b *Rung)
	}{
		"at the same time":          {true, func(a, b *Rung) {}},
		"just before 20 ms":         {true, func(a, b *Rung) { b.AtMS += 19.99 }},
		"after 20 ms":               {false, func(a, b *Rung) { b.AtMS += 20 }},
		"before it was sent":        {false, func(a, b *Rung) { b.AtMS -= 0.01 }},
		"a step":                    {false, func(a, b *Rung) { b.Packet = nil }},
		"the first dropped":         {false, func(a, b *Rung) { a.Packet.Dropped = true }},
		"the second dropped":        {false, func(a, b *Rung) { b.Packet.Dropped = true }},
		"on the same side":          {false, func(a, b *Rung) { b.Packet.Side = a.Packet.Side }},
		"of another kind":           {false, func(a, b *Rung) { b.Packet.Info = "TCP" }},
		"with another destination":  {false, func(a, b *Rung) { b.Packet.Dst = y2 }},
		"with the source unchanged": {true, func(a, b *Rung) { b.Packet.Src, b.Packet.Dst = x, y2 }},
	} {
		if got := pair(test.change); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text string
		n    int
		want []string
	}{
		{"", 30, []string{""}},
		{"a step in one line", 30, []string{"a step in one line"}},
		{"nine nine nine ninet", 20, []string{"nine nine nine ninet"}},
		{"nine nine nine ninety", 20, []string{"nine nine nine", "ninety"}},
		{"nine nine nine ninety", 1, []string{"nine nine nine", "ninety"}}, // 20 at least
		{"éééé éééé éééé ééééé", 20, []string{"éééé éééé éééé ééééé"}},
		{strings.Repeat("w", 25) + " v", 20, []string{strings.Repeat("w", 19) + "…", "v"}},
		{"v " + strings.Repeat("w", 25), 20, []string{"v", strings.Repeat("w", 19) + "…"}},
		{"aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb cccccccccccccccc", 20,
			[]string{"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"}},
		{"aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb cccccccccccccccccc dddd", 20,
			[]string{"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccccc …"}},
		{"aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb ccccccccccccccccccc dddd", 20,
			[]string{"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "ccccccccccccccccc… …"}},
	} {
		if diff := cmp.Diff(test.want, wrap(test.text, test.n, stepLines)); diff != "" {
			t.Errorf("%q by %d (-want +got):\n%s", test.text, test.n, diff)
		}
	}
}

// TestDrawStepFits holds that a step's text stays inside the drawing, which has
// so many characters a line as its width lets it.
func TestDrawStepFits(t *testing.T) {
	d := draw(Ladder{Lanes: lanes(), Rungs: rungs(step(0, strings.Repeat("word ", 60)))})
	r := d.Rows[0]
	if len(r.Lines) != 3 || r.Height != 14+3*19 || r.Box() != r.Height-8 || r.Number != 1 {
		t.Errorf("%d lines in a row of %d with a box of %d, number %d", len(r.Lines), r.Height, r.Box(), r.Number)
	}
	room := float64(d.Width - 76 - 40) // beside the times and the number
	if wide := 7.6 * float64(len(r.Lines[0])); wide > room || wide < room-7.6*float64(len("word ")) {
		t.Errorf("the first line takes %.1f of %.1f", wide, room)
	}
}
