package rfc5382

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5382, Section 6: gateways "that affect TCP" are off by default, "except for
// FTP", which therefore is not among them. Their messages are sent when a connection
// is open.
var _ = Describe("RFC 5382 6, application level gateways:", func() {
	lab := NewLab(Setup{})
	tables.Gateways(lab, (*Lab).TCP, "rfc5382.req-6",
		Entry("SIP", uint16(5060), tables.SIP("TCP")),
		Entry("SIP, an answer", uint16(5060), tables.SIPAnswer("TCP")),
		Entry("H.323 call signalling", uint16(1720), tables.H225),
		Entry("RTSP", uint16(554), tables.RTSP),
		Entry("RTSP, an answer", uint16(554), tables.RTSPAnswer),
		Entry("HTTP", uint16(80), tables.HTTP),
		Entry("DNS, an answer", uint16(53), tables.DNSOverTCP),
		Entry("IRC", uint16(6667), tables.IRC),
		Entry("PPTP", uint16(1723), tables.PPTP),
		Entry("STUN", uint16(3478), tables.STUN),
	)
})
