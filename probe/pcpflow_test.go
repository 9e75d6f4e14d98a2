package probe_test

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
)

// Where the fields of PEER are (RFC 6887, Sections 7.1 and 12.1).
const (
	header    = "02020000" + "00000001" + "00000000000000000000ffffc0a80102"
	nonce     = "0102030405060708090a0b0c"
	protocol  = "11000000"
	ports     = "1388" + "0000"
	external  = "00000000000000000000ffff00000000"
	remote    = "0d960000" + "00000000000000000000ffffcb00710b"
	answered  = "02820000" + "00000078" + "00000000000000000000000000000000"
	refusedBy = "02820004" + "00000078" + "00000000000000000000000000000000"
	assigned  = "00000000000000000000ffffcb007107"
)

func peerRequest() []byte {
	return probe.PeerRequest(netip.MustParseAddrPort("192.168.1.2:5000"), netip.MustParseAddrPort("203.0.113.11:3478"),
		[12]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
}

func TestPeerRequest(t *testing.T) {
	if diff := cmp.Diff(header+nonce+protocol+ports+external+remote, hex.EncodeToString(peerRequest())); diff != "" {
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
		{"success", answered + nonce + protocol + "13888235" + assigned + remote, answer{0, "203.0.113.7", true}},
		{"success, with an option", answered + nonce + protocol + "13888235" + assigned + remote + "80000000", answer{0, "203.0.113.7", true}},
		{"IPv6", answered + nonce + protocol + "13888235" + "20010db8000000000000000000000001" + remote, answer{0, "2001:db8::1", true}},
		{"miniupnpd 2.3.1", "028200000000007800000004000000000000000000000000" + "0102030405060708090a0b0c110000001388138800000000000000000000ffffcb0071010d96000000000000000000000000ffffcb00710b", answer{0, "203.0.113.1", true}},
		{"miniupnpd 2.3.1, which refuses", "028200080000001e00000004000000000000000000000000" + "0102030405060708090a0b0c110000001388000000000000000000000000ffffcb0071010d96000000000000000000000000ffffcb00710b", answer{8, "invalid IP", true}},
		{"refusal", refusedBy + nonce + protocol + ports + external + remote, answer{4, "invalid IP", true}},
		{"bare refusal", refusedBy, answer{4, "invalid IP", true}},
		{"bare success", answered, none},
		{"cut", answered + nonce + protocol + "13888235" + assigned + remote[:8], none},
		{"of another nonce", answered + "0102030405060708090a0b0d" + protocol + "13888235" + assigned + remote, none},
		{"a refusal of another nonce", refusedBy + "0102030405060708090a0b0d" + protocol + ports + external + remote, none},
		{"of TCP", answered + nonce + "06000000" + "13888235" + assigned + remote, none},
		{"of another port", answered + nonce + protocol + "13898235" + assigned + remote, none},
		{"of another server's port", answered + nonce + protocol + "13888235" + assigned + "0d970000" + remote[8:], none},
		{"of another server", answered + nonce + protocol + "13888235" + assigned + remote[:len(remote)-2] + "0c", none},
		{"to MAP", "0281" + answered[4:] + nonce + protocol + "13888235" + assigned + remote, none},
		{"of another version", "01" + answered[2:] + nonce + protocol + "13888235" + assigned + remote, none},
		{"a request", header + nonce + protocol + ports + external + remote, none},
		{"nothing", "", none},
	} {
		b, err := hex.DecodeString(test.bytes)
		check(t, err)
		result, external, ok := probe.ParsePeerAnswer(b, peerRequest())
		if diff := cmp.Diff(test.want, answer{result, external.String(), ok}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Only what repeats the request tells an address.
func FuzzPeerAnswer(f *testing.F) {
	request := peerRequest()
	for _, seed := range []string{answered + nonce + protocol + "13888235" + assigned + remote, refusedBy} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		given := slices.Clone(b)
		result, external, ok := probe.ParsePeerAnswer(b, request)
		if !bytes.Equal(b, given) {
			t.Errorf("%x was changed", given)
		}
		if external.IsValid() && (!ok || result != 0 || !bytes.Contains(b, request[24:36])) {
			t.Errorf("%x gives %v", b, external)
		}
	})
}
