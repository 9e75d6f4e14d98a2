package lab

import (
	"fmt"
	"slices"

	ginkgo "github.com/onsi/ginkgo/v2"
)

const crowd = "crowd"

// Crowd labels a spec that moves packets by the thousands. Such specs are run one
// after another, since each takes as much time as a dozen others and most of a
// worker's memory.
var Crowd = ginkgo.Label(crowd)

// HasCrowd reports whether Crowd is among the labels of a spec.
func HasCrowd(labels []string) bool { return slices.Contains(labels, crowd) }

// needsCrowd breaks a spec that moves a crowd and does not say so.
func (l *Lab) needsCrowd() {
	report := ginkgo.CurrentSpecReport()
	if report.LeafNodeText != "" && !HasCrowd(report.Labels()) {
		l.breaks("spec", fmt.Errorf("%s needs the label Crowd", report.LeafNodeLocation))
	}
}
