package rfc4787

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 7. A gateway gives itself away by rewriting addresses that it
// finds in a payload. It looks at packets to its protocol's port, or at payloads
// that begin as its protocol does, so each payload is a whole message of its
// protocol, and is sent to that port and to another.
var _ = Describe("RFC 4787 7, application level gateways:", func() {
	lab := NewLab(Setup{})
	const other = 30303 // no protocol's port

	DescribeTable("a payload with an address of X in it is not altered,", Requirement("rfc4787.req-10"),
		func(ctx SpecContext, port uint16, message message) {
			x := lab.UDP("X:40404")
			for _, y := range []*Endpoint{lab.UDPAt("Y1", port), lab.UDPAt("Y1", other)} {
				x1 := x.SeenBy(ctx, y)
				By(fmt.Sprintf("X:40404 tells %s its address, and is told its mapping", y))
				out, in := message(x.Addr()), message(x1)
				Expect(y.Hears(ctx, x.To(y.Addr()).Saying(out))).To(Carry(out), "what X:40404 tells %s", y)
				Expect(x.Hears(ctx, y.To(x1).Saying(in))).To(Carry(in), "what %s tells X:40404", y)
			}
		},
		Entry("FTP", uint16(21), ftp),
		Entry("SIP", uint16(5060), sip),
		Entry("TFTP", uint16(69), tftp),
		Entry("H.323 RAS", uint16(1719), h323),
		Entry("RTSP", uint16(554), rtsp),
		Entry("IRC", uint16(6667), irc),
		Entry("PPTP", uint16(1723), pptp),
		Entry("STUN", uint16(3478), stun),
	)
})
