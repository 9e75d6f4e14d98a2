package lab

import (
	"fmt"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// Outside returns every packet that has been on the NAT's outside wire so far,
// controls included.
func (l *Lab) Outside() []Arrival {
	ginkgo.GinkgoHelper()
	if lost := l.world.lost(); lost > 0 {
		l.Inconclusive(fmt.Sprintf("the taps lost %d packets, so the wire is not known", lost))
	}
	var packets []Arrival
	for _, r := range l.world.records() {
		if !r.inside {
			packets = append(packets, parse(r.data, r.lab))
		}
	}
	return packets
}
