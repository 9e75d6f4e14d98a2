package lab

import (
	"strings"
	"testing"

	"github.com/onsi/gomega"
)

// A reason holds all of what was observed, however long that is.
func TestNothingIsCut(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	for _, want := range []string{long + "y", "y" + long} {
		got := gomega.Equal(want).FailureMessage(long)
		if !strings.Contains(got, want) || !strings.Contains(got, long) {
			t.Errorf("the message has %d bytes and not both texts", len(got))
		}
	}
}
