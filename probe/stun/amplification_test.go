package stun

import (
	"net/netip"
	"testing"

	pion "github.com/pion/stun/v2"
)

// Headers of UDP and IP, which the victim of an amplifier receives as well.
const (
	overIPv4 = 8 + 20
	overIPv6 = 8 + 40
)

// The table of docs/serve.md: how much longer an answer is than the shortest
// request of its kind, alone and with the headers. A longer request has no longer
// answer, save for PADDING, which adds no more than it has.
func TestAmplification(t *testing.T) {
	for _, test := range []struct {
		name    string
		setters []pion.Setter
		v4, v6  [2]int
	}{
		{name: "bare", v4: [2]int{20, 68}, v6: [2]int{20, 116}},
		{name: "RFC 3489", setters: []pion.Setter{Classic{}}, v4: [2]int{20, 56}, v6: [2]int{20, 92}},
		{name: "FINGERPRINT", setters: []pion.Setter{pion.Fingerprint}, v4: [2]int{28, 76}, v6: [2]int{28, 124}},
		{name: "CHANGE-REQUEST", setters: []pion.Setter{ChangeRequest{IP: true}},
			v4: [2]int{28, 68}, v6: [2]int{28, 116}},
		{name: "RESPONSE-PORT", setters: []pion.Setter{ResponsePort(9)}, v4: [2]int{28, 68}, v6: [2]int{28, 116}},
		{name: "PADDING 0", setters: []pion.Setter{Padding(0)}, v4: [2]int{24, 72}, v6: [2]int{24, 120}},
		{name: "PADDING 1500", setters: []pion.Setter{Padding(1500)}, v4: [2]int{1524, 1524}, v6: [2]int{1524, 1524}},
		{name: "unknown attribute", setters: []pion.Setter{pion.RawAttribute{Type: 0x7001}},
			v4: [2]int{24, 56}, v6: [2]int{24, 56}},
		{name: "RFC 3489, unknown", setters: []pion.Setter{Classic{}, pion.RawAttribute{Type: 0x7001}},
			v4: [2]int{24, 56}, v6: [2]int{24, 56}},
		{name: "empty CHANGE-REQUEST", setters: []pion.Setter{pion.RawAttribute{Type: pion.AttrChangeRequest}},
			v4: [2]int{24, 40}, v6: [2]int{24, 40}},
		{name: "empty RESPONSE-PORT", setters: []pion.Setter{pion.RawAttribute{Type: pion.AttrResponsePort}},
			v4: [2]int{24, 40}, v6: [2]int{24, 40}},
		{name: "FINGERPRINT, PADDING 0", setters: []pion.Setter{Padding(0), pion.Fingerprint},
			v4: [2]int{32, 80}, v6: [2]int{32, maxAnswer}},
		{name: "indication", setters: []pion.Setter{pion.NewType(pion.MethodBinding, pion.ClassIndication)},
			v4: [2]int{20, 0}, v6: [2]int{20, 0}},
	} {
		for version, want := range [][2]int{test.v4, test.v6} {
			src, over := ap("192.0.2.1:32853"), overIPv4
			if version == 1 {
				src, over = ap("[2001:db8::1]:32853"), overIPv6
			}
			request := request8489(t, test.setters...).Raw
			var r responder
			answer := r.answer(request, make([]byte, maxPacket), src, 0, pairOf(src.Addr())).bytes
			got := [2]int{len(request), len(answer)}
			if got != want {
				t.Errorf("%s, %v: %d bytes are answered with %d, want %d with %d", test.name, src.Addr(),
					got[0], got[1], want[0], want[1])
			}
			if len(answer) > 0 {
				t.Logf("%-22s IPv%d: %4d -> %4d bytes, factor %.2f, with headers %.2f", test.name,
					4+2*version, got[0], got[1],
					float64(got[1])/float64(got[0]), float64(got[1]+over)/float64(got[0]+over))
			}
		}
	}
}

// pairOf is a site with four endpoints of an address's family.
func pairOf(a netip.Addr) *site {
	one, two := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.8")
	if a.Is6() {
		one, two = netip.MustParseAddr("2001:db8::7"), netip.MustParseAddr("2001:db8::8")
	}
	return &site{pair: true, at: [4]netip.AddrPort{
		netip.AddrPortFrom(one, 3478), netip.AddrPortFrom(one, 3479),
		netip.AddrPortFrom(two, 3478), netip.AddrPortFrom(two, 3479),
	}}
}

func BenchmarkAnswer(b *testing.B) {
	for name, setters := range map[string][]pion.Setter{
		"bare":        nil,
		"fingerprint": {pion.Fingerprint},
		"change":      {ChangeRequest{IP: true, Port: true}},
		"classic":     {Classic{}},
		"unknown":     {pion.RawAttribute{Type: 0x7001}},
	} {
		b.Run(name, func(b *testing.B) {
			request := request8489(b, setters...).Raw
			src := ap("192.0.2.1:32853")
			here, room := pairOf(src.Addr()), make([]byte, maxPacket)
			var r responder
			b.ReportAllocs()
			for b.Loop() {
				if len(r.answer(request, room, src, 0, here).bytes) == 0 {
					b.Fatal("no answer")
				}
			}
		})
	}
}

func TestAnswerDoesNotAllocate(t *testing.T) {
	request := request8489(t, ChangeRequest{Port: true}, pion.Fingerprint).Raw
	src := ap("192.0.2.1:32853")
	here, room := pairOf(src.Addr()), make([]byte, maxPacket)
	var r responder
	if n := testing.AllocsPerRun(100, func() { r.answer(request, room, src, 0, here) }); n != 0 {
		t.Errorf("an answer allocates %v times", n)
	}
}
