package reports

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The bounds of a drawing stand here as numbers, so that a change is seen.

func TestDrawAtMost240Rungs(t *testing.T) {
	for n, cut := range map[int]int{239: 3, 240: 3, 241: 4, 440: 203} {
		ladder := Ladder{Lanes: lanes(), Omitted: 3}
		for i := range n {
			ladder.Rungs = append(ladder.Rungs, step(0, fmt.Sprint(i)))
		}
		if d := draw(ladder, false); d.Cut != cut || len(d.Rows) != min(n, 240) {
			t.Errorf("of %d rungs %d are drawn and %d are cut, want %d", n, len(d.Rows), d.Cut, cut)
		}
	}
}

func TestDrawLabelsAreCut(t *testing.T) {
	endpoint, info := strings.Repeat("é", 48), strings.Repeat("i", 150)
	if l := legOf(&Packet{Src: endpoint, Dst: endpoint, Info: info}); l.Src != endpoint || l.Dst != endpoint ||
		l.Info != info {
		t.Errorf("cut to %q, %q and %q", l.Src, l.Dst, l.Info)
	}
	endpoint, info = endpoint+"é", info+"i"
	l := legOf(&Packet{Src: endpoint, Dst: endpoint, Info: info})
	if want := strings.Repeat("é", 47) + "…"; l.Src != want || l.Dst != want {
		t.Errorf("endpoints %q and %q, want %q", l.Src, l.Dst, want)
	}
	if want := strings.Repeat("i", 149) + "…"; l.Info != want {
		t.Errorf("info %q, want %q", l.Info, want)
	}
	if !strings.Contains(l.Tip, endpoint+" → "+endpoint+", "+info) {
		t.Errorf("tip %q has not the whole", l.Tip)
	}
	if l := legOf(&Packet{Info: "UDP fragment", Times: 8000}); l.Info != "8,000 × UDP fragment" {
		t.Errorf("a crowd is %q", l.Info)
	}
}

func TestDrawLaneNamesAreCut(t *testing.T) {
	d := draw(Ladder{Lanes: []Lane{
		{Name: strings.Repeat("x", 14), Addrs: []string{strings.Repeat("1", 17), "second"}, Side: "inside"},
		{Name: strings.Repeat("n", 15), Addrs: []string{strings.Repeat("2", 10), strings.Repeat("3", 10)}, Side: "nat"},
		{Name: strings.Repeat("y", 15), Addrs: []string{strings.Repeat("4", 18)}, Side: "outside"},
		{Name: "Y2", Side: "outside"},
	}}, false)
	var got []string
	for _, l := range append(d.Inside, d.Outside...) {
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
	if want := strings.Repeat("2", 10) + " +1"; d.NATAddr != want {
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
		for _, r := range draw(ladder, false).Rows {
			kinds = append(kinds, r.Kind)
		}
		if got := strings.Join(kinds, " "); got != test.want {
			t.Errorf("%v: %s, want %s", test.at, got, test.want)
		}
	}
	// The packet that crosses the NAT takes the time with it.
	d := draw(Ladder{Lanes: lanes(), Rungs: rungs(out(0, "Y1", y1, udp), step(500.05, "s"), step(1000, "s"))}, false)
	if len(d.Rows) != 3 {
		t.Errorf("%d rows, want 3 without an idle one", len(d.Rows))
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
