package rfc5508

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5508, Section 4.3. That errors leave the mappings of UDP and TCP alone is asked by
// RFC 4787, REQ-12, and by RFC 5382, REQ-10.
var _ = Describe("RFC 5508 4.3, a query session that an ICMP error is about:", func() {
	lab := NewLab(Setup{})

	DescribeTable("it does not end with errors,", Requirement("rfc5508.req-6"), func(ctx SpecContext, inside bool) {
		x, y := lab.Echo("X:2100"), lab.Echo("Y1:7")
		about := x.ArrivesAt(ctx, y)
		x1, from := about.Source, []string{"Y1", "R"}
		if inside {
			about, from = y.Sent(ctx, y.To(x1), x), []string{"X", "Ri"}
		}
		By(fmt.Sprintf("%v send errors of every kind about it", from))
		for _, kind := range []struct{ kind, codes uint8 }{{3, 16}, {4, 1}, {5, 4}, {11, 2}, {12, 3}} {
			for code := range kind.codes {
				for _, host := range from {
					lab.ICMPError(host, kind.kind, code, 0, about).Sends(ctx)
				}
			}
		}
		By("Y1 replies")
		Expect(x.Hears(ctx, y.To(x1))).To(BeHeard(), "the session must not be deleted")
	},
		Entry("from outside, about a request", false),
		Entry("from inside, about a reply", true),
	)

	// The lifetime is not known beforehand, so flows are opened for a series of windows,
	// as for the refresh of a UDP mapping (RFC 4787, Section 4.3).
	It("its timer is not restarted by an error", Requirement("rfc5508.req-6"), func(ctx SpecContext) {
		By("X opens query sessions with Y1")
		refreshed := lab.AcrossLifetime(ctx, lab.Echo("X:2201"), lab.Echo("Y1:7"), func(flow *Flow) {
			By("R sends Time Exceeded about a request of the session, and X about a reply")
			lab.ICMPError("R", 11, 0, 0, flow.Unsent()).Sends(ctx)
			lab.ICMPError("X", 3, 1, 0, flow.Y.To(flow.X.Addr()).Unsent()).Sends(ctx)
		})
		Expect(refreshed.AtEnd).NotTo(BeHeard(), "an error must not refresh the session")
	})
})
