package rfc5382

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5382, Section 7.1, which means by "port overloading" what RFC 4787 does.
var _ = Describe("RFC 5382 7.1, port assignment:", func() {
	lab := NewLab(Setup{})
	tables.PortOverloading(lab, (*Lab).TCP, "rfc5382.req-7", 40000)
	tables.PortsAlike(lab, (*Lab).TCP, "rfc5382.req-7")

	// LAST_ACK: X has closed last, and the acknowledgment of that is to come.
	tables.PortHeld(lab, (*Lab).TCP, "rfc5382.req-7", 20*time.Second, func(ctx context.Context, f *Flow) {
		lab.PremisePassed(f.Plays(ctx, FromY(FIN|ACK), FromX(ACK), FromX(FIN|ACK)),
			"the connection cannot be closed (rfc5382.req-2)")
	}, FromY(ACK))
})
