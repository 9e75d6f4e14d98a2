package reports

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCallOf(t *testing.T) {
	for step, want := range map[string]string{
		"X: close(3) = 0": "X|close(3) = 0", "Y1:  listen(3,\n64)": "Y1|listen(3, 64)",
		"NAT: reads": "", "X3: close(3)": "", "X:5000 sends": "", "X": "", "": "",
	} {
		got := ""
		if host, call, ok := callOf(step, lanes()); ok {
			got = host + "|" + call
		}
		if got != want {
			t.Errorf("%q: %q, want %q", step, got, want)
		}
	}
}

// TestDrawCalls holds that a call stands beside all lanes of its side, with a line to its own.
func TestDrawCalls(t *testing.T) {
	long := "getsockopt(3, TCP_INFO) = LISTEN, 0 segments not acknowledged"
	d := draw(Ladder{Lanes: lanes(), Rungs: []Rung{
		step(0, "X2: close(3) = 0"), step(0, "X: "+long), step(0, "begin"),
		step(0, "Y1: close(4) = 0"), step(0, "Y2: "+long),
	}})
	var got []string
	if lines := draw(Ladder{Lanes: lanes(), Rungs: []Rung{
		step(0, "Y2: recvfrom(3) = \"a datagram of some size\" from 203.0.113.10:50000, and these are the last words"),
	}}).Rows[0].Lines; len(lines) < 4 || !strings.HasSuffix(lines[len(lines)-1], "words") {
		t.Errorf("the end of a call is cut: %q", lines)
	}
	for _, r := range d.Rows {
		got = append(got, fmt.Sprint(r.Kind, " ", r.Number, " ", strings.Join(r.Lines, "|")))
	}
	want := []string{
		"call 1 close(3) = 0", "call 2 X: getsockopt(3, TCP_INFO)|= LISTEN, 0 segments not|acknowledged",
		"step 3 begin",
		"call 4 Y1: close(4) = 0", "call 5 getsockopt(3, TCP_INFO) =|LISTEN, 0 segments not|acknowledged",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	first, last := d.Lanes[0].X, d.Lanes[len(d.Lanes)-1].X
	for i, lane := range []int{0, 1, -1, 2, 3} {
		if lane < 0 {
			continue
		}
		c := d.Rows[i].Call
		inside := c.X >= timeWidth && c.X+c.Width < first
		outside := c.X > last && c.X+c.Width <= d.Width
		if c.Lane != d.Lanes[lane].X || inside != (lane < 2) || outside != (lane >= 2) {
			t.Errorf("row %d: %+v beside the lanes %d to %d of %d", i, *c, first, last, d.Width)
		}
	}
	if y := d.Rows[1].Y + d.Rows[1].Height; d.Rows[2].Y != y || d.Rows[1].Call.TextHeight >= d.Rows[1].Height {
		t.Errorf("the third row begins at %d, want %d", d.Rows[2].Y, y)
	}
}

// TestCallRoom: without calls a drawing is no wider, and a word that is long is cut at last.
func TestCallRoom(t *testing.T) {
	width := func(step string) int {
		return draw(Ladder{Lanes: lanes(), Rungs: rungs(Rung{Step: step}, out(1, "Y1", y1, udp))}).Width
	}
	plain := width("X begins")
	for step, wider := range map[string]bool{"X: f": false, "X: " + strings.Repeat("f", 40): true} {
		if got := width(step) > plain; got != wider {
			t.Errorf("%s: wider %t", step, got)
		}
	}
	if a, b := width("X: "+strings.Repeat("f", 40)), width("X: "+strings.Repeat("f", 400)); a != b {
		t.Errorf("%d and %d pixels for words of 40 and 400 characters", a, b)
	}
}
