package stun

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	pion "github.com/pion/stun/v2"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ap(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// Requests of RFC 5769.
const (
	sampleRequest = `00010058 2112a442 b7e7a701bc34d686fa87dfae
		80220010 5354554e207465737420636c69656e74 00240004 6e0001ff
		80290008 932ff9b151263b36 00060009 6576746a3a68367659202020
		00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf`
	longTermRequest = `00010060 2112a442 78ad3433c6ad72c029da412e
		00060012 e3839ee38388e383aae38383e382afe382b90000
		0015001c 662f2f3439396b3935346436 4f4c33346f4c39465354767936347341
		0014000b 6578616d706c652e6f726700
		00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666`
)

// Answers of RFC 5769, and of coturn 4.6.1 on loopback addresses.
func TestParseVectors(t *testing.T) {
	for _, test := range []struct {
		name, packet string
		want         Response
	}{
		{"RFC 5769, 2.2", `0101003c 2112a442 b7e7a701bc34d686fa87dfae
			8022000b 7465737420766563746f7220 00200008 0001a147e112a643
			00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96`,
			Response{XORMapped: ap("192.0.2.1:32853"), Software: "test vector", Padding: -1}},
		{"RFC 5769, 2.3", `01010048 2112a442 b7e7a701bc34d686fa87dfae
			8022000b 7465737420766563746f7220 00200014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9
			00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 80280004 c8fb0b4c`,
			Response{XORMapped: ap("[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
				Software: "test vector", Padding: -1}},
		{"coturn, bare request",
			`010100482112a4420102030405060708090a0b0c002000080001937c5e12a443000100080001b26e7f000001
			802b0008000186ae7f000001802c0008000186af7f00000280220014436f7475726e2d342e362e312027476f72737427`,
			Response{Mapped: ap("127.0.0.1:45678"), XORMapped: ap("127.0.0.1:45678"), Origin: ap("127.0.0.1:34478"),
				Other: ap("127.0.0.2:34479"), Software: "Coturn-4.6.1 'Gorst'", Padding: -1}},
		{"coturn, CHANGE-REQUEST",
			`010100482112a4420102030405060708090a0b0c002000080001937c5e12a443000100080001b26e7f000001
			802b0008000186af7f000002802c0008000186af7f00000280220014436f7475726e2d342e362e312027476f72737427`,
			Response{Mapped: ap("127.0.0.1:45678"), XORMapped: ap("127.0.0.1:45678"), Origin: ap("127.0.0.2:34479"),
				Other: ap("127.0.0.2:34479"), Software: "Coturn-4.6.1 'Gorst'", Padding: -1}},
		{"coturn, unknown attribute",
			`0111003c2112a4420102030405060708090a0b0c0009001800000414556e6b6e6f776e20417474726962757465000000
			000a00027001000080220014436f7475726e2d342e362e312027476f72737427`,
			Response{Code: 420, Reason: "Unknown Attribute\x00\x00\x00", Unknown: []pion.AttrType{0x7001},
				Software: "Coturn-4.6.1 'Gorst'", Padding: -1}},
		{"coturn, RFC 3489", `01010040c30102030102030405060708090a0b0c000100080001b26e7f000001000400080001 86ae7f000001
			000500080001 86af7f00000280220018436f7475726e2d342e362e312027476f7273742700000000`,
			Response{Mapped: ap("127.0.0.1:45678"), Origin: ap("127.0.0.1:34478"), Other: ap("127.0.0.2:34479"),
				Software: "Coturn-4.6.1 'Gorst'\x00\x00\x00\x00", Padding: -1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			packet := unhex(t, test.packet)
			got, err := Parse(packet)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, compareResponses); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.ID != TransactionID(packet[4:20]) {
				t.Errorf("ID %x", got.ID)
			}
			packet[len(packet)-1]++
			if _, err := Parse(packet); strings.HasPrefix(test.name, "RFC 5769") && err == nil {
				t.Error("a wrong FINGERPRINT is taken")
			}
		})
	}
}

// The requests of RFC 5769 are signed, by users that a reflector does not know
// and does not need to. PRIORITY of ICE is not for it.
func TestAnswerVectors(t *testing.T) {
	var r responder
	here := &site{at: [4]netip.AddrPort{ap("192.0.2.7:3478")}}
	room := make([]byte, maxPacket)
	got := r.answer(unhex(t, sampleRequest), room, ap("192.0.2.1:32853"), 0, here)
	want := "01110038 2112a442 b7e7a701bc34d686fa87dfae" +
		"00090015 00000414 556e6b6e6f776e20417474726962757465 000000 000a0002 00240000" +
		"80220008 6e617470726f6f66 80280004"
	text := hex.EncodeToString(got.bytes)
	if got.event != Unknown || !strings.HasPrefix(text, hex.EncodeToString(unhex(t, want))) {
		t.Errorf("event %v, answer\n%s, want\n%x", got.event, text, unhex(t, want))
	}
	got = r.answer(unhex(t, longTermRequest), room, ap("192.0.2.1:32853"), 0, here)
	answer, err := Parse(got.bytes)
	if err != nil || answer.XORMapped != ap("192.0.2.1:32853") || answer.Code != 0 {
		t.Errorf("%+v, %v", answer, err)
	}
}

// A client of RFC 3489 gets the three addresses that it knows, and its own 16
// bytes back.
func TestClassic(t *testing.T) {
	var r responder
	here := &site{pair: true, at: [4]netip.AddrPort{
		ap("192.0.2.7:3478"), ap("192.0.2.7:3479"), ap("192.0.2.8:3478"), ap("192.0.2.8:3479"),
	}}
	request := unhex(t, "00010008 000102030405060708090a0b0c0d0e0f 00030004 00000006")
	got := r.answer(request, make([]byte, maxPacket), ap("192.0.2.1:32853"), 0, here)
	want := unhex(t, `01010024 000102030405060708090a0b0c0d0e0f
		00010008 00018055c0000201 00040008 00010d97c0000208 00050008 00010d97c0000208`)
	if diff := cmp.Diff(want, got.bytes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.from != 3 {
		t.Errorf("answered from %d, want 3", got.from)
	}
	m := request8489(t, Classic{}, ChangeRequest{})
	if !IDOf(m).IsClassic() || IDOf(request8489(t)).IsClassic() {
		t.Error("RFC 3489 and RFC 8489 are not told apart")
	}
}

// RFC 3489 has no padding of attributes: a reason ends in spaces, and an attribute
// is named twice to fill four bytes.
func TestClassicErrors(t *testing.T) {
	for _, test := range []struct{ request, want string }{
		{"00010008 000102030405060708090a0b0c0d0e0f 70010004 00000000",
			"01110024 000102030405060708090a0b0c0d0e0f " +
				"00090018 00000414 556e6b6e6f776e20417474726962757465202020 000a0004 70017001"},
		{"00010004 000102030405060708090a0b0c0d0e0f 00030000",
			"01110014 000102030405060708090a0b0c0d0e0f 00090010 00000400 426164205265717565737420"},
	} {
		var r responder
		src := ap("192.0.2.1:1")
		got := r.answer(unhex(t, test.request), make([]byte, maxPacket), src, 0, pairOf(src.Addr()))
		if diff := cmp.Diff(unhex(t, test.want), got.bytes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.request, diff)
		}
	}
}

func TestAttributesRoundTrip(t *testing.T) {
	addr4, addr6 := ap("192.0.2.1:65535"), ap("[2001:db8::1]:1")
	for _, a := range []netip.AddrPort{addr4, addr6} {
		setters := []pion.Setter{ChangeRequest{IP: true}, ResponsePort(7), Padding(5), UnknownAttributes{1, 0x7fff}}
		addresses := []pion.AttrType{pion.AttrMappedAddress, pion.AttrXORMappedAddress, pion.AttrOtherAddress,
			pion.AttrResponseOrigin, pion.AttrSourceAddress, pion.AttrChangedAddress}
		for _, one := range addresses {
			setters = append(setters, Address{one, a})
		}
		in := new(pion.Message)
		if err := Decode(in, request8489(t, setters...).Raw); err != nil {
			t.Fatal(err)
		}
		var (
			change  ChangeRequest
			port    ResponsePort
			padding Padding
			unknown UnknownAttributes
		)
		if err := in.Parse(&change, &port, &padding, &unknown); err != nil {
			t.Fatal(err)
		}
		for _, one := range addresses {
			got := Address{Type: one}
			if err := got.GetFrom(in); err != nil || got.AddrPort != a {
				t.Errorf("%v: read %v, wrote %v: %v", one, got, a, err)
			}
		}
		if (change != ChangeRequest{IP: true}) || port != 7 || padding != 5 {
			t.Errorf("read %+v, %d, %d", change, port, padding)
		}
		if diff := cmp.Diff(UnknownAttributes{1, 0x7fff}, unknown); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
