package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 4787, Section 7.
var _ = Describe("RFC 4787 7, application level gateways:", func() {
	lab := NewLab(Setup{})
	tables.Gateways(lab, (*Lab).UDP, "rfc4787.req-10",
		Entry("FTP", uint16(21), tables.FTP),
		Entry("SIP", uint16(5060), tables.SIP("UDP")),
		Entry("TFTP", uint16(69), tables.TFTP),
		Entry("H.323 RAS", uint16(1719), tables.H323),
		Entry("RTSP", uint16(554), tables.RTSP),
		Entry("IRC", uint16(6667), tables.IRC),
		Entry("PPTP", uint16(1723), tables.PPTP),
		Entry("STUN", uint16(3478), tables.STUN),
	)
})
