package rfc4787

import (
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 7. A gateway gives itself away by rewriting addresses that it
// finds in a payload, so each payload carries X's, in words and in bytes.
var _ = Describe("RFC 4787 7, application level gateways:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a payload with X's address in it is not altered,", Requirement("rfc4787.req-10"),
		func(ctx SpecContext, port uint16, format string) {
			x, y := lab.UDPAt("X", port), lab.UDPAt("Y1", port)
			x1 := x.SeenBy(ctx, y)
			payload := slices.Concat(fmt.Appendf(nil, format, x.Addr()), x.Addr().Addr().AsSlice())

			By(fmt.Sprintf("X:%d sends it to Y1:%d", port, port))
			Expect(y.Hears(ctx, x.To(y.Addr()).Carrying(payload))).To(BeHeardFrom(x1),
				"every byte must arrive as it was sent")
		},
		Entry("SIP", uint16(5060), "INVITE sip:y@example.com SIP/2.0\r\nContact: <sip:x@%s>\r\n\r\n"),
		Entry("TFTP", uint16(69), "\x00\x01%s\x00octet\x00"),
		Entry("H.323 RAS", uint16(1719), "\x0e\x80%s"),
		Entry("STUN", uint16(3478), "\x01\x01\x00\x0c\x21\x12\xa4\x42%s"),
	)
})
