package lab

import (
	"time"

	"github.com/natproof/natproof/topology/nat"
)

// JustBefore is how long to be idle so that d is not quite over when a packet is
// sent after it: as little before as the lab's clock allows. The aged clock counts
// in seconds. On the others but the virtual one, the sending itself takes time.
func (l *Lab) JustBefore(d time.Duration) time.Duration {
	if l.world.clock() == nat.Virtual {
		return d - time.Millisecond
	}
	return d - time.Second
}
