package suites_test

import (
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// TestCapturePaths: a run could not keep the captures of two specs at one path.
func TestCapturePaths(t *testing.T) {
	of := map[string]string{}
	for _, r := range suites.Requirements() {
		for _, spec := range r.Specs {
			path := reports.CapturePath(r.ID, spec)
			if other, taken := of[path]; taken {
				t.Errorf("%q and %q have the same capture, %s", other, spec, path)
			}
			of[path] = spec
		}
	}
}
