package tables

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A Message is one of a protocol that tells its peer an address, as gateways look
// for it: whole, from the first byte on.
type Message func(told netip.AddrPort) []byte

// FTP is the PORT command (RFC 959, Section 4.1.2).
func FTP(told netip.AddrPort) []byte {
	octets := strings.ReplaceAll(told.Addr().String(), ".", ",")
	return fmt.Appendf(nil, "PORT %s,%d,%d\r\n", octets, told.Port()>>8, told.Port()&0xff)
}

// SIP is an INVITE with a session description (RFC 3261, RFC 4566) over a transport.
func SIP(transport string) Message {
	return func(told netip.AddrPort) []byte {
		addr, body := told.Addr(), sdp(told.Addr())
		return fmt.Appendf(nil, "INVITE sip:y@example.com SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK1\r\n"+
			"Max-Forwards: 70\r\nFrom: <sip:x@example.com>;tag=1\r\nTo: <sip:y@example.com>\r\nCall-ID: 1@%s\r\n"+
			"CSeq: 1 INVITE\r\nContact: <sip:x@%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
			transport, told, addr, told, len(body), body)
	}
}

// sdp describes a session whose media go to an address (RFC 4566).
func sdp(addr netip.Addr) string {
	return fmt.Sprintf("v=0\r\no=x 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\n",
		addr)
}

// TFTP is a read request (RFC 1350, Section 5) of a file with the address's name.
func TFTP(told netip.AddrPort) []byte { return fmt.Appendf(nil, "\x00\x01%s\x00octet\x00", told) }

// H323 is the begin of a RegistrationRequest (H.225.0) with a call signalling and
// a RAS address, in which an address is four bytes and a port two.
func H323(told netip.AddrPort) []byte {
	transport := binary.BigEndian.AppendUint16(told.Addr().AsSlice(), told.Port())
	return slices.Concat([]byte("\x0e\x80\x00\x01\x06\x00\x08\x91\x4a\x00\x04\x80\x01\x00"), transport,
		[]byte("\x01\x00"), transport, []byte("\x22\xc0\xb5\x00\x53\x00"))
}

// H225 is the begin of a Setup (Q.931, H.225.0) in a TPKT (RFC 1006) with the caller's
// call signalling address.
func H225(told netip.AddrPort) []byte {
	transport := binary.BigEndian.AppendUint16(told.Addr().AsSlice(), told.Port())
	user := slices.Concat([]byte("\x05\x20\xa8\x06\x00\x08\x91\x4a\x00\x04\x00"), transport,
		[]byte("\x00\x00\x00\x10\x00"), transport, []byte("\x00\x00\x00"))
	call := slices.Concat([]byte("\x08\x02\x00\x01\x05\x04\x03\x88\x93\xa5\x7e"),
		binary.BigEndian.AppendUint16(nil, uint16(len(user))), user)
	return append(binary.BigEndian.AppendUint16([]byte("\x03\x00"), uint16(4+len(call))), call...)
}

// RTSP is a SETUP (RFC 2326, Section 10.4).
func RTSP(told netip.AddrPort) []byte {
	return fmt.Appendf(nil, "SETUP rtsp://example.com/a RTSP/1.0\r\nCSeq: 3\r\n"+
		"Transport: RTP/AVP;unicast;destination=%s;client_port=%d-%d\r\n\r\n", told.Addr(), told.Port(), told.Port()+1)
}

// IRC offers a file directly, with the address as one decimal number.
func IRC(told netip.AddrPort) []byte {
	return fmt.Appendf(nil, "PRIVMSG y :\x01DCC SEND a.txt %d %d 100\x01\r\n",
		binary.BigEndian.Uint32(told.Addr().AsSlice()), told.Port())
}

// PPTP is an Outgoing-Call-Request (RFC 2637, Section 2.7) whose phone number is
// the address, in words and in bytes.
func PPTP(told netip.AddrPort) []byte {
	head := []byte("\x00\xa8\x00\x01\x1a\x2b\x3c\x4d\x00\x07\x00\x00\x00\x01\x00\x01" +
		"\x00\x00\x01\x2c\x05\xf5\xe1\x00\x00\x00\x00\x03\x00\x00\x00\x03\x00\x40\x00\x00")
	number := append(fmt.Append(nil, told), told.Addr().AsSlice()...)
	whole := make([]byte, 168)
	copy(whole, head)
	whole[37] = byte(len(number))
	copy(whole[40:], number)
	return whole
}

// STUN is a Binding response with MAPPED-ADDRESS (RFC 8489, Section 14.1).
func STUN(told netip.AddrPort) []byte {
	m := []byte("\x01\x01\x00\x0c\x21\x12\xa4\x42natproof-txn\x00\x01\x00\x08\x00\x01")
	m = binary.BigEndian.AppendUint16(m, told.Port())
	return append(m, told.Addr().AsSlice()...)
}
