package topology

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parseFrame reads a frame as a port does.
func parseFrame(frame []byte) (sighting, bool) {
	if len(frame) < 14 {
		return sighting{}, false
	}
	switch uint16(frame[12])<<8 | uint16(frame[13]) {
	case etherTypeARP:
		return parseARP(frame[14:])
	case etherTypeIPv6:
		return parseND(frame[14:], mac(frame[6:12]))
	}
	return sighting{}, false
}

func TestNeighbourRoundTrip(t *testing.T) {
	const none4, none6 = "0.0.0.0", "::"
	for _, test := range []struct {
		name, asker, asked string
		asksAt, answersAt  mac // where the frames go
	}{
		{"ARP", "192.0.2.1", "192.0.2.2", broadcast, mac{2, 1}},
		{"ARP probe", none4, "192.0.2.2", broadcast, mac{2, 1}},
		{"ND", "2001:db8::1", "2001:db8::12:3456", mac{0x33, 0x33, 0xff, 0x12, 0x34, 0x56}, mac{2, 1}},
		{"ND from nowhere", none6, "2001:db8::2", mac{0x33, 0x33, 0xff, 0, 0, 2}, mac{0x33, 0x33, 0, 0, 0, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			asker := binding{netip.MustParseAddr(test.asker), mac{2, 1}}
			asked := binding{netip.MustParseAddr(test.asked), mac{2, 2}}
			frame, err := question(asker, asked.addr)
			check(t, frame, err, test.asksAt, sighting{sender: asker, asks: asked.addr})
			frame, err = answer(asked, asker)
			check(t, frame, err, test.answersAt, sighting{sender: asked})
		})
	}
}

func check(t *testing.T, frame []byte, err error, to mac, want sighting) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got := mac(frame[:6]); got != to {
		t.Errorf("frame goes to %x, want %x", got, to)
	}
	got, ok := parseFrame(frame)
	whole := cmp.AllowUnexported(sighting{}, binding{})
	if diff := cmp.Diff(want, got, whole, cmp.Comparer(sameAddr)); !ok || diff != "" {
		t.Errorf("parsed %v (-want +got):\n%s", ok, diff)
	}
}

func sameAddr(a, b netip.Addr) bool { return a == b }

// The frames are laid out as RFC 826 and RFC 4861, Section 4.3, have it.
func TestNeighbourVectors(t *testing.T) {
	self4 := binding{netip.MustParseAddr("192.0.2.1"), mac{2, 0, 0, 0, 0, 1}}
	self6 := binding{netip.MustParseAddr("2001:db8::1"), mac{2, 0, 0, 0, 0, 1}}
	for _, test := range []struct {
		name string
		self binding
		addr string
		want string
	}{
		{"ARP", self4, "192.0.2.2", "ffffffffffff020000000001" + "0806" +
			"0001080006040001" + "020000000001c0000201" + "000000000000c0000202" +
			strings.Repeat("00", 18)}, // the least that Ethernet carries
		{"ND", self6, "2001:db8::2", "3333ff000002020000000001" + "86dd" +
			"6000000000203aff" + "20010db8000000000000000000000001" + "ff0200000000000000000001ff000002" +
			"87001c2700000000" + "20010db8000000000000000000000002" + "0101020000000001"},
	} {
		frame, err := question(test.self, netip.MustParseAddr(test.addr))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, hex.EncodeToString(frame)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// What a router may have forwarded, and what is cut short, is not believed.
func TestNeighbourRefuses(t *testing.T) {
	self := binding{netip.MustParseAddr("2001:db8::1"), mac{2, 1}}
	frame, err := question(self, netip.MustParseAddr("2001:db8::2"))
	if err != nil {
		t.Fatal(err)
	}
	for length := range frame[:14+ipv6HeaderLen+20] {
		if _, ok := parseFrame(frame[:length]); ok {
			t.Errorf("believed the first %d bytes", length)
		}
	}
	frame[14+7]-- // hop limit
	if _, ok := parseFrame(frame); ok {
		t.Error("believed hop limit 254")
	}
}

// An ARP message that is neither a question nor an answer asks nobody.
func TestNeighbourOfAnotherKind(t *testing.T) {
	self := binding{netip.MustParseAddr("192.0.2.1"), mac{2, 1}}
	frame, err := question(self, netip.MustParseAddr("192.0.2.2"))
	if err != nil {
		t.Fatal(err)
	}
	frame[14+7] = 3 // reverse ARP
	if s, ok := parseFrame(frame); !ok || s.asks.IsValid() {
		t.Errorf("got %v, %v, want that it asks nobody", s, ok)
	}
}

func FuzzNeighbour(f *testing.F) {
	for _, test := range []struct{ a, b string }{{"192.0.2.1", "192.0.2.2"}, {"2001:db8::1", "2001:db8::2"}} {
		a := binding{netip.MustParseAddr(test.a), mac{2, 1}}
		b := binding{netip.MustParseAddr(test.b), mac{2, 2}}
		for _, make := range []func() ([]byte, error){
			func() ([]byte, error) { return question(a, b.addr) },
			func() ([]byte, error) { return answer(b, a) },
		} {
			frame, err := make()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(frame)
		}
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		s, ok := parseFrame(frame)
		if !ok || !s.asks.IsValid() {
			return
		}
		self := binding{s.asks, mac{2, 2}}
		reply, err := answer(self, s.sender)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := parseFrame(reply); !ok || got.sender != self {
			t.Errorf("answer %x reads as %v, %v", reply, got, ok)
		}
	})
}
