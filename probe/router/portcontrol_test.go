package router_test

import (
	"encoding/hex"
	"net/netip"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe/router"
)

func TestPCPRequest(t *testing.T) {
	// RFC 6887, Section 7.1: version, opcode, reserved, lifetime, client.
	want := "02000000" + "00000000" + "00000000000000000000ffffc0a80102"
	if diff := cmp.Diff(want, hex.EncodeToString(router.PCPRequest(netip.MustParseAddr("192.168.1.2")))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestControlAnswers(t *testing.T) {
	type answer struct {
		Version  byte
		Result   uint16
		External string
		OK       bool
	}
	for _, test := range []struct {
		name, bytes string
		want        answer
	}{
		{"NAT-PMP", "00800000" + "00000010" + "cb007107", answer{0, 0, "203.0.113.7", true}},
		{"NAT-PMP without a line", "00800003" + "00000010" + "00000000", answer{0, 3, "invalid IP", true}},
		{"NAT-PMP that is asked for PCP", "00800001" + "00000010", answer{0, 1, "invalid IP", true}},
		{"NAT-PMP, cut", "00800000" + "00000010", answer{0, 0, "invalid IP", false}},
		{"NAT-PMP, of another request", "00810000" + "00000010" + "cb007107", answer{0, 0, "invalid IP", false}},
		{"PCP", "02800000" + "00000000" + "00000010" + "000000000000000000000000", answer{2, 0, "invalid IP", true}},
		{"PCP that forbids", "02800002" + "00000000" + "00000010" + "000000000000000000000000",
			answer{2, 2, "invalid IP", true}},
		{"PCP of another version", "01800001" + "00000000" + "00000010" + "000000000000000000000000",
			answer{1, 1, "invalid IP", true}},
		{"PCP, cut", "02800000" + "00000000", answer{0, 0, "invalid IP", false}},
		{"PCP, a request", "02000000" + "00000000" + "00000010" + "000000000000000000000000",
			answer{0, 0, "invalid IP", false}},
		{"nothing", "", answer{0, 0, "invalid IP", false}},
	} {
		b, err := hex.DecodeString(test.bytes)
		check(t, err)
		version, result, external, ok := router.ParseControlAnswer(b)
		if diff := cmp.Diff(test.want, answer{version, result, external.String(), ok}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func FuzzControlAnswer(f *testing.F) {
	for _, seed := range []string{
		"008000000000001000000000", "0080000100000010", "028000000000000000000010000000000000000000000000",
	} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		version, _, external, ok := router.ParseControlAnswer(b)
		if external.IsValid() && (!ok || version != 0 || !external.Is4()) {
			t.Errorf("%x gives %v of version %d", b, external, version)
		}
		if ok && (len(b) < 4 || b[1] != 0x80) {
			t.Errorf("%x is no answer to what is asked", b)
		}
	})
}

func FuzzDeviceLocation(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.1:5000/root.xml\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nLOCATION: http://[::ffff:192.168.1.1]/\r\n\r\n"))
	home := netip.MustParseAddr("192.168.1.1")
	f.Add([]byte("HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.1@example.org/\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		location := router.DeviceLocation(b, home)
		if location == "" {
			return
		}
		if u, err := url.Parse(location); err != nil || u.Scheme != "http" || !toRouter(u, home) {
			t.Errorf("%q leads to %q", b, location)
		}
	})
}

func TestDeviceLocation(t *testing.T) {
	home := netip.MustParseAddr("192.168.1.1")
	for _, test := range []struct{ answer, want string }{
		{"HTTP/1.1 200 OK\r\nST: x\r\nLOCATION: http://192.168.1.1:5000/root.xml\r\n\r\n",
			"http://192.168.1.1:5000/root.xml"},
		{"HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.9:5000/root.xml\r\n\r\n", ""},
		{"HTTP/1.1 200 OK\r\nLOCATION: http://router/root.xml\r\n\r\n", ""},
		{"HTTP/1.1 200 OK\r\nLOCATION: file:///etc/passwd\r\n\r\n", ""},
		{"HTTP/1.1 404 Not Found\r\nLOCATION: http://192.168.1.1/\r\n\r\n", ""},
		{"HTTP/1.1 200 OK\r\n\r\n", ""},
		{"nonsense", ""},
	} {
		if got := router.DeviceLocation([]byte(test.answer), home); got != test.want {
			t.Errorf("%q leads to %q, want %q", test.answer, got, test.want)
		}
	}
}
