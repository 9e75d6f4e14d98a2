package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// gateways are the protocols over UDP that gateways are made for, beside FTP.
func gateways() []TableEntry {
	return []TableEntry{
		Entry("SIP", uint16(5060), tables.SIP("UDP")),
		Entry("TFTP", uint16(69), tables.TFTP),
		Entry("H.323 RAS", uint16(1719), tables.H323),
		Entry("RTSP", uint16(554), tables.RTSP),
		Entry("IRC", uint16(6667), tables.IRC),
		Entry("PPTP", uint16(1723), tables.PPTP),
		Entry("STUN", uint16(3478), tables.STUN),
	}
}

// rarer are protocols that fewer gateways are made for, and answers of others.
func rarer() []TableEntry {
	return []TableEntry{
		Entry("FTP", uint16(21), tables.FTP),
		Entry("SIP, an answer", uint16(5060), tables.SIPAnswer("UDP")),
		Entry("MGCP", uint16(2427), tables.MGCP),
		Entry("DNS, an answer", uint16(53), tables.DNS),
		Entry("SNMP", uint16(162), tables.SNMP),
		Entry("NetBIOS, a name", uint16(137), tables.NetBIOSName),
		Entry("NetBIOS, a datagram", uint16(138), tables.NetBIOSDatagram),
		Entry("SSDP", uint16(1900), tables.SSDP),
		Entry("rpcbind, an answer", uint16(111), tables.RPCBind),
	}
}

// RFC 4787, Section 7.
var _ = Describe("RFC 4787 7, application level gateways:", func() {
	lab := NewLab(Setup{})
	tables.Gateways(lab, (*Lab).UDP, "rfc4787.req-10", append(gateways(), rarer()...)...)
})

// REQ-10 a): "If a NAT includes ALGs, it is RECOMMENDED that the NAT allow the NAT
// administrator to enable or disable each ALG separately." Who has FTP's enabled, which
// rfc3022.ftp-alg judges, has not enabled the others.
var _ = Describe("RFC 4787 7, application level gateways, with FTP's switched on:", func() {
	lab := NewLab(Setup{Policy: tables.FTPPolicy()})
	tables.Gateways(lab, (*Lab).UDP, "rfc4787.req-10a", gateways()...)
})

var _ = Describe("RFC 4787 7, application level gateways of TCP, with FTP's switched on:", func() {
	lab := NewLab(Setup{Policy: tables.FTPPolicy()})
	tables.Gateways(lab, (*Lab).TCP, "rfc4787.req-10a",
		Entry("SIP", uint16(5060), tables.SIP("TCP")),
		Entry("RTSP", uint16(554), tables.RTSP),
	)
})
