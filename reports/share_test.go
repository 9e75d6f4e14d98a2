package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestShares: each requirement counts once, with those that have no spec.
func TestShares(t *testing.T) {
	run := sample()
	var got []string
	rfcs, chapters := shares(run, rfcsFirst(run.documents()))
	for _, share := range append(rfcs, chapters...) {
		got = append(got, share.Name+": "+share.Told)
	}
	want := []string{
		"RFC 4787: 1 failed at level MUST, 1 failed at a weaker level, 1 undecided, 2 not judged, 1 passed",
		"RFC 5382: 1 undecided, 1 passed",
		"RFC 5508: 1 not judged, 4 passed",
		"3. Default ports: 1 undecided",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
