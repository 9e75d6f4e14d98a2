package rfc5508

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5508, Section 7.2. That the same is so of UDP is wire.ttl-expired, by RFC 1812.
var _ = Describe("RFC 5508 7.2, Time Exceeded about TCP:", func() {
	tables.Expired(NewLab(Setup{}), tcp, "rfc5508.req-10a-2")
})

// Some traceroutes send queries.
var _ = Describe("RFC 5508 7.2, Time Exceeded about queries:", func() {
	tables.Expired(NewLab(Setup{}), echo, "rfc5508.req-10a-2")
})

// RFC 1812, Section 4.3.2.8, lets a router be tired of sending errors, by a rate, and not for good.
var _ = Describe("RFC 5508 7.2, Time Exceeded once more:", func() {
	lab := NewLab(Setup{})

	It("a query whose TTL is one is answered also ten seconds after another", Requirement("rfc5508.req-10a-2"),
		Waits(10*time.Second), func(ctx SpecContext) {
			x, y := lab.Echo("X:50400"), lab.Echo("Y1:7")
			lab.Premise(x.HearsExpired(ctx, x.To(y.Addr()).TTL(1)), "no query is answered that expires")

			By("ten seconds pass, and X asks Y1 with a TTL of one again")
			lab.Idle(ctx, 10*time.Second)
			Expect(x.HearsExpired(ctx, x.To(y.Addr()).TTL(1))).To(BeHeard(), "it must be told again")
		})
})
