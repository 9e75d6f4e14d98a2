package router_test

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe/router"
)

// Where the fields of PEER are (RFC 6887, Sections 7.1 and 12.1).
const (
	peerHeader   = "02020000" + "00000001" + "00000000000000000000ffffc0a80102"
	peerNonce    = "0102030405060708090a0b0c"
	peerProtocol = "11000000"
	peerPorts    = "1388" + "0000"
	peerExternal = "00000000000000000000ffff00000000"
	peerRemote   = "0d960000" + "00000000000000000000ffffcb00710b"
	peerAnswered = "02820000" + "00000078" + "00000000000000000000000000000000"
	peerRefused  = "02820004" + "00000078" + "00000000000000000000000000000000"
	peerAssigned = "00000000000000000000ffffcb007107"
)

func peerRequest() []byte {
	return router.PeerRequest(netip.MustParseAddrPort("192.168.1.2:5000"), netip.MustParseAddrPort("203.0.113.11:3478"),
		[12]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
}

func TestPeerRequest(t *testing.T) {
	const want = peerHeader + peerNonce + peerProtocol + peerPorts + peerExternal + peerRemote
	if diff := cmp.Diff(want, hex.EncodeToString(peerRequest())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPeerAnswers(t *testing.T) {
	type answer struct {
		Result   byte
		External string
		OK       bool
	}
	none := answer{0, "invalid IP", false}
	for _, test := range []struct {
		name, bytes string
		want        answer
	}{
		{"success", peerAnswered + peerNonce + peerProtocol + "13888235" + peerAssigned + peerRemote,
			answer{0, "203.0.113.7", true}},
		{"success, with an option",
			peerAnswered + peerNonce + peerProtocol + "13888235" + peerAssigned + peerRemote + "80000000",
			answer{0, "203.0.113.7", true}},
		{"IPv6", peerAnswered + peerNonce + peerProtocol + "13888235" + "20010db8000000000000000000000001" + peerRemote,
			answer{0, "2001:db8::1", true}},
		{"miniupnpd 2.3.1",
			"028200000000007800000004000000000000000000000000" + "0102030405060708090a0b0c11000000" +
				"1388138800000000000000000000ffffcb0071010d96000000000000000000000000ffffcb00710b",
			answer{0, "203.0.113.1", true}},
		{"miniupnpd 2.3.1, which refuses",
			"028200080000001e00000004000000000000000000000000" + "0102030405060708090a0b0c11000000" +
				"1388000000000000000000000000ffffcb0071010d96000000000000000000000000ffffcb00710b",
			answer{8, "invalid IP", true}},
		{"refusal", peerRefused + peerNonce + peerProtocol + peerPorts + peerExternal + peerRemote,
			answer{4, "invalid IP", true}},
		{"bare refusal", peerRefused, answer{4, "invalid IP", true}},
		{"bare success", peerAnswered, none},
		{"cut", peerAnswered + peerNonce + peerProtocol + "13888235" + peerAssigned + peerRemote[:8], none},
		{"of another nonce",
			peerAnswered + "0102030405060708090a0b0d" + peerProtocol + "13888235" + peerAssigned + peerRemote, none},
		{"a refusal of another nonce",
			peerRefused + "0102030405060708090a0b0d" + peerProtocol + peerPorts + peerExternal + peerRemote, none},
		{"of TCP", peerAnswered + peerNonce + "06000000" + "13888235" + peerAssigned + peerRemote, none},
		{"of another port", peerAnswered + peerNonce + peerProtocol + "13898235" + peerAssigned + peerRemote, none},
		{"of another server's port",
			peerAnswered + peerNonce + peerProtocol + "13888235" + peerAssigned + "0d970000" + peerRemote[8:], none},
		{"of another server",
			peerAnswered + peerNonce + peerProtocol + "13888235" + peerAssigned +
				peerRemote[:len(peerRemote)-2] + "0c", none},
		{"to MAP", "0281" + peerAnswered[4:] + peerNonce + peerProtocol + "13888235" + peerAssigned + peerRemote, none},
		{"of another version",
			"01" + peerAnswered[2:] + peerNonce + peerProtocol + "13888235" + peerAssigned + peerRemote, none},
		{"a request", peerHeader + peerNonce + peerProtocol + peerPorts + peerExternal + peerRemote, none},
		{"nothing", "", none},
	} {
		b, err := hex.DecodeString(test.bytes)
		check(t, err)
		result, external, ok := router.ParsePeerAnswer(b, peerRequest())
		if diff := cmp.Diff(test.want, answer{result, external.String(), ok}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Only what repeats the request tells an address.
func FuzzPeerAnswer(f *testing.F) {
	request := peerRequest()
	for _, seed := range []string{peerAnswered + peerNonce + peerProtocol + "13888235" + peerAssigned + peerRemote,
		peerRefused} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		given := slices.Clone(b)
		result, external, ok := router.ParsePeerAnswer(b, request)
		if !bytes.Equal(b, given) {
			t.Errorf("%x was changed", given)
		}
		if external.IsValid() && (!ok || result != 0 || !bytes.Contains(b, request[24:36])) {
			t.Errorf("%x gives %v", b, external)
		}
	})
}
