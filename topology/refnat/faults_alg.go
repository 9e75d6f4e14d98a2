package refnat

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/natproof/natproof/topology/packet"
)

// ALGFaults are application level gateways that nobody asked for. They write over
// the addresses that they find, and keep the payload's length.
type ALGFaults struct {
	// GatewayByPort rewrites the sender's address in what goes to the port of a protocol
	// that has gateways, such as SIP. Breaks REQ-10.
	GatewayByPort bool `breaks:"rfc4787.req-10 wire.payload" also:"rfc4787.req-10a" tcp:"rfc5382.req-6 wire.payload" tcpalso:"rfc4787.req-10a"` //nolint:lll // a tag cannot be broken
	// GatewayBySourcePort rewrites the sender's address in what comes from such a port. Breaks
	// REQ-10.
	GatewayBySourcePort bool `breaks:"rfc4787.req-10 wire.payload" also:"rfc4787.req-10a" tcp:"rfc5382.req-6 wire.payload" tcpalso:"rfc4787.req-10a"` //nolint:lll // a tag cannot be broken
	// GatewayByContent rewrites the sender's address in what goes out to any port, where the
	// payload begins as a protocol does that has gateways. Breaks REQ-10.
	GatewayByContent bool `breaks:"rfc4787.req-10 wire.payload" also:"rfc4787.req-10a" tcp:"rfc5382.req-6 wire.payload" tcpalso:"rfc4787.req-10a"` //nolint:lll // a tag cannot be broken
	// GatewayInbound rewrites the external address in what comes in, where the payload
	// begins as a protocol does that has gateways. Breaks REQ-10.
	GatewayInbound bool `breaks:"rfc4787.req-10 wire.payload" also:"rfc4787.req-10a" tcp:"rfc5382.req-6 wire.payload" tcpalso:"rfc4787.req-10a"` //nolint:lll // a tag cannot be broken
	// GatewaysTogether has a gateway for every protocol where one for FTP is asked for.
	// Breaks REQ-10 a).
	GatewaysTogether bool `breaks:"rfc4787.req-10a wire.payload" touches:"udp tcp"`
}

// gatewayPorts are those of protocols that have gateways.
var gatewayPorts = []uint16{21, 53, 69, 80, 111, 137, 138, 162, 554, 1719, 1720, 1723, 1900, 2427, 3478, 5060, 6667}

// gatewayStarts are what messages of these protocols begin with. PPTP's is its
// length, type and cookie.
var gatewayStarts = []string{
	"PORT ", "INVITE ", "\x00\x01", "SETUP ", "\x0e\x80", "PRIVMSG ", "\x01\x01\x00\x0c",
	"\x00\xa8\x00\x01\x1a\x2b\x3c\x4d", "SIP/2.0 ", "RTSP/1.0 ", "CRCX ", "GET ", "NOTIFY ",
	"np\x81\x80", "\x00\x2bnp\x81\x80",
	"\x30\x27\x02\x01\x00\x04", "NB\x29\x10", "\x11\x0aNB", "rpcb",
}

func gatewayKnows(payload []byte) bool {
	for _, start := range gatewayStarts {
		if bytes.HasPrefix(payload, []byte(start)) {
			return true
		}
	}
	return false
}

// gatewayOut rewrites the payload of what leaves through m, of a NAT that is asked for FTP's
// gateway or not.
func (f ALGFaults) gatewayOut(d *datagram, e packet.Edit, m *mapping, ftp bool) {
	if f.GatewaysTogether && ftp && d.Destination.Port() != ftpControl && gatewayKnows(d.Payload) ||
		f.GatewayByPort && slices.Contains(gatewayPorts, d.Destination.Port()) ||
		f.GatewayBySourcePort && slices.Contains(gatewayPorts, d.Source.Port()) ||
		f.GatewayByContent && gatewayKnows(d.Payload) {
		overwrite(d, e, m.internal.Addr(), m.external.Addr())
	}
}

// gatewayIn rewrites the payload of what comes in through m.
func (f ALGFaults) gatewayIn(d *datagram, e packet.Edit, m *mapping) {
	if f.GatewayInbound && gatewayKnows(d.Payload) {
		overwrite(d, e, m.external.Addr(), m.internal.Addr())
	}
}

// overwrite replaces an address in all the ways that protocols spell one.
func overwrite(d *datagram, e packet.Edit, before, after netip.Addr) {
	payload := d.Payload
	was, is := spellings(before), spellings(after)
	for i := range was {
		is[i] = append(is[i], was[i]...)[:len(was[i])]
		payload = bytes.ReplaceAll(payload, was[i], is[i])
	}
	e.SetSegment(len(d.Segment)-len(d.Payload), payload)
}

func spellings(addr netip.Addr) [][]byte {
	dotted, number := addr.String(), binary.BigEndian.Uint32(addr.AsSlice())
	return [][]byte{
		[]byte(dotted), []byte(strings.ReplaceAll(dotted, ".", ",")),
		strconv.AppendUint(nil, uint64(number), 10), addr.AsSlice(),
	}
}
