package tables

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// SIPAnswer is the answer to an INVITE, by which the one who is called says where it is.
func SIPAnswer(transport string) Message {
	return func(told netip.AddrPort) []byte {
		body := sdp(told.Addr())
		return fmt.Appendf(nil, "SIP/2.0 200 OK\r\nVia: SIP/2.0/%s y.example.com;branch=z9hG4bK1\r\n"+
			"From: <sip:y@example.com>;tag=1\r\nTo: <sip:x@example.com>;tag=2\r\nCall-ID: 1@example.com\r\n"+
			"CSeq: 1 INVITE\r\nContact: <sip:x@%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
			transport, told, len(body), body)
	}
}

// RTSPAnswer is the answer to a SETUP, by which a server says where it sends from.
func RTSPAnswer(told netip.AddrPort) []byte {
	return fmt.Appendf(nil, "RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1\r\n"+
		"Transport: RTP/AVP;unicast;source=%s;client_port=5000-5001;server_port=%d-%d\r\n\r\n",
		told.Addr(), told.Port(), told.Port()+1)
}

// MGCP is a CreateConnection with a session description (RFC 3435, Section 3.2).
func MGCP(told netip.AddrPort) []byte {
	return fmt.Appendf(nil, "CRCX 1204 line/1@[%s] MGCP 1.0\r\nC: 1\r\nM: sendrecv\r\n\r\n%s",
		told.Addr(), sdp(told.Addr()))
}

// HTTP is a request that names its host by address (RFC 9112, Section 3.2).
func HTTP(told netip.AddrPort) []byte {
	return fmt.Appendf(nil, "GET /a?from=%s HTTP/1.1\r\nHost: %s\r\n\r\n", told, told)
}

// SSDP announces where a device is described (UPnP Device Architecture 1.1, Section 1.2.2).
func SSDP(told netip.AddrPort) []byte {
	return fmt.Appendf(nil, "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\n"+
		"LOCATION: http://%s/x.xml\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nUSN: uuid:1\r\n\r\n", told)
}

// DNS is an answer with an address (RFC 1035, Section 4.1), which RFC 2694 has a gateway for.
func DNS(told netip.AddrPort) []byte {
	const head = "np\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"         // an answer to one question
	const question = "\x01x\x07example\x00\x00\x01\x00\x01"           // the address of x.example
	const answer = "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" // that it has, for a minute
	return append([]byte(head+question+answer), told.Addr().AsSlice()...)
}

// DNSOverTCP is DNS behind its length (RFC 1035, Section 4.2.2).
func DNSOverTCP(told netip.AddrPort) []byte {
	m := DNS(told)
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...)
}

// SNMP is a trap with the agent's address (RFC 1157, Section 4.1.6), which RFC 2962 has a
// gateway for. It is in BER: each field behind its type and its length.
func SNMP(told netip.AddrPort) []byte {
	const version, community, enterprise = "\x02\x01\x00", "\x04\x06public", "\x06\x07\x2b\x06\x01\x04\x01\xbf\x08"
	const coldStart, uptime, bindings = "\x02\x01\x00\x02\x01\x00", "\x43\x01\x07", "\x30\x00"
	agent := slices.Concat([]byte("\x40\x04"), told.Addr().AsSlice())
	trap := slices.Concat([]byte(enterprise), agent, []byte(coldStart+uptime+bindings))
	trap = slices.Concat([]byte{0xa4, byte(len(trap))}, trap)
	all := slices.Concat([]byte(version+community), trap)
	return slices.Concat([]byte{0x30, byte(len(all))}, all)
}

// A NetBIOS name is 16 bytes, each of which is spelled as two letters.
const netbiosX, netbiosY = "\x20FICACACACACACACACACACACACACACAAA\x00", "\x20FJCACACACACACACACACACACACACACACA\x00"

// NetBIOSName registers a name for an address (RFC 1002, Section 4.2.2).
func NetBIOSName(told netip.AddrPort) []byte {
	const head = "NB\x29\x10\x00\x01\x00\x00\x00\x00\x00\x01"
	const record = "\x00\x20\x00\x01\xc0\x0c\x00\x20\x00\x01\x00\x00\x00\x00\x00\x06\x00\x00"
	return slices.Concat([]byte(head+netbiosX+record), told.Addr().AsSlice())
}

// NetBIOSDatagram says who it is from (RFC 1002, Section 4.4.1).
func NetBIOSDatagram(told netip.AddrPort) []byte {
	const text = "natproof"
	m := slices.Concat([]byte("\x11\x0aNB"), told.Addr().AsSlice())
	m = binary.BigEndian.AppendUint16(m, told.Port())
	m = binary.BigEndian.AppendUint16(m, uint16(len(netbiosX+netbiosY+text)))
	return append(m, "\x00\x00"+netbiosX+netbiosY+text...)
}

// RPCBind answers at which endpoint a program is, as six numbers (RFC 1833, Section 2.2.1).
func RPCBind(told netip.AddrPort) []byte {
	universal := fmt.Sprintf("%s.%d.%d", told.Addr(), told.Port()>>8, told.Port()&0xff)
	m := []byte("rpcb\x00\x00\x00\x01" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00")
	m = binary.BigEndian.AppendUint32(m, uint32(len(universal)))
	return append(m, universal+"\x00\x00\x00"[:(4-len(universal)%4)%4]...)
}
