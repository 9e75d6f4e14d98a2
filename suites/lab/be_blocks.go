package lab

import (
	"fmt"

	"github.com/onsi/gomega/types"
)

// LieInBlocks succeeds when each inside host among sightings has its external ports within
// so many of one address that lie side by side, and no two hosts have one in common.
func LieInBlocks(size int) types.GomegaMatcher {
	return sightingMatcher{
		must: fmt.Sprintf("each host must have a block of %d ports for itself", size),
		conflict: func(a, b Sighting) bool {
			apart := int(a.Source.Port()) - int(b.Source.Port())
			apart = max(apart, -apart)
			if a.X.Addr().Addr() == b.X.Addr().Addr() {
				return apart >= size || a.Source.Addr() != b.Source.Addr()
			}
			return a.Source == b.Source
		},
	}
}
