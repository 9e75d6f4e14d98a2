package tables

import (
	"context"

	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
)

// Closes has both ends finish. Where a segment is lost they send theirs again, as hosts do:
// a connection of which one end is open keeps its port for hours.
func Closes(ctx context.Context, flow *Flow) {
	GinkgoHelper()
	const tries = 3
	for range tries {
		play := flow.Plays(ctx, FromX(FIN|ACK), FromY(FIN|ACK), FromX(ACK))
		if passed, err := BePassed().Match(play); passed && err == nil {
			return
		}
	}
}
