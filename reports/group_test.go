package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocuments: chapters come by their numbers, then RFCs by theirs, and the rest last.
func TestDocuments(t *testing.T) {
	run := &Run{Results: []Result{
		{Requirement: "beyond"}, {Requirement: "b", RFC: 10}, {Requirement: "a-2", RFC: 9},
		{Requirement: "a-1", RFC: 9},
		{Requirement: "z", RFC: 9, Chapter: "10. Ten"}, {Requirement: "y", Chapter: "2. Two"},
		{Requirement: "x", RFC: 7, Chapter: "2. Two"},
	}}
	var got []string
	for _, doc := range run.documents() {
		got = append(got, doc.Name())
		for _, r := range doc.Requirements {
			got = append(got, r.ID)
		}
	}
	want := []string{"2. Two", "x", "y", "10. Ten", "z", "RFC 9", "a-1", "a-2", "RFC 10", "b",
		"Beyond the RFCs", "beyond"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
