package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// However long a reason is, its beginning and its end are shown.
func TestAbridged(t *testing.T) {
	lines := strings.Split("abcdefgh", "")
	for most, want := range map[int][]string{
		8: lines, 7: {"a", "b", "c", "d", "e", "… 2 lines more", "h"}, 3: {"a", "… 6 lines more", "h"},
	} {
		if diff := cmp.Diff(want, abridged(lines, most)); diff != "" {
			t.Errorf("%d lines (-want +got):\n%s", most, diff)
		}
	}
}

// The first line of a reason may say no more than the clause. So the line that CI
// systems show goes on.
func TestJUnitMessageHoldsTheObservation(t *testing.T) {
	run := &Run{Results: []Result{{Requirement: "a", Level: Must, Verdict: Fail,
		Reason: "the mapping must not depend on the destination\nX:5 is 203.0.113.10:6 toward Y1, and :7 toward Y2"}}}
	var junit bytes.Buffer
	if err := WriteJUnit(&junit, run, Rules{}, ""); err != nil {
		t.Fatal(err)
	}
	want := `message="the mapping must not depend on the destination X:5 is 203.0.113.10:6 toward Y1, and :7 toward Y2"`
	if !strings.Contains(junit.String(), want) {
		t.Errorf("JUnit has no %s:\n%s", want, junit.String())
	}
}
