package reports

import (
	"fmt"
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

// TestDrawCalls holds that a call stands on the side of its host, and is marked if it decided.
func TestDrawCalls(t *testing.T) {
	wrong := step(0, "Y2: recvfrom(3) = nothing")
	wrong.Decided = true
	d := draw(Ladder{Lanes: lanes(), Rungs: []Rung{step(0, "X2: close(3) = 0"), step(0, "begin"), wrong}}, false)
	var got []string
	for _, r := range d.Rows {
		got = append(got, fmt.Sprintf("%s %d %s%d %s %s %t", r.Kind, r.Number, r.Side, r.Slot, r.Host, r.Text,
			r.Decided))
	}
	want := []string{
		"call 1 in0 X2 close(3) = 0 false", "step 2 0  begin false", "call 3 out0 Y2 recvfrom(3) = nothing true",
	}
	if diff := cmp.Diff(want, got); diff != "" || !d.Decides {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
