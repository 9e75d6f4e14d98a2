package stun

import (
	"net/netip"
	"strings"
	"testing"
)

// A client's address is good for both servers of a pair, or only where both are
// in the same part of the net as the client.
func TestSharedBy(t *testing.T) {
	for _, test := range []struct {
		saw, other string // what the servers are known by
		yes, no    string // clients
	}{
		{
			"9.0.0.1", "9.9.0.1",
			"99.0.0.7 9.0.0.1 172.32.0.7 9.255.255.255 223.255.255.255",
			"9.9.0.1 203.0.113.7 127.0.0.1 127.255.0.1 10.0.0.7 172.16.0.7 172.31.0.7 " +
				"192.168.7.5 100.64.0.7 100.127.0.7 " +
				"169.254.0.7 192.0.0.1 0.0.0.0 0.1.2.3 224.0.0.1 240.0.0.1 255.255.255.255",
		},
		{"127.0.0.1", "127.0.0.2", "127.0.0.1 127.0.0.2 127.0.0.9 99.0.0.7", "10.0.0.7 169.254.0.7 255.255.255.255"},
		{"10.0.0.1", "192.168.1.1", "10.0.0.7 172.16.0.7 99.0.0.7", "192.168.1.1 127.0.0.1 100.64.0.7"},
		{"10.0.0.1", "9.9.0.1", "99.0.0.7", "10.0.0.7 127.0.0.1"},
		{"9.9.0.1", "10.0.0.1", "99.0.0.7", "10.0.0.7 127.0.0.1"},
		{"192.0.2.1", "198.51.100.1", "203.0.113.7 192.0.2.1 10.0.0.7", "198.51.100.1 127.0.0.1 100.64.0.7"},
		{"100.64.0.1", "100.64.0.2", "100.64.0.7", "10.0.0.7"},
		{
			"2600:9::1", "2600:9::2",
			"2600:9::7 2600:9::1",
			"2600:9::2 2001:db8::7 ::1 :: fd00::7 fe80::7 fe80::7%eth0 fec0::7 ff02::1 64:ff9b::a00:7 64:ff9b:1::7",
		},
		{"fd00::1", "fd00::2", "fd00::7 2600:9::7", "fd00::2 ::1 fe80::7"},
		{"::1", "::1", "::1", "fd00::7"},
	} {
		for clients, want := range map[string]bool{test.yes: true, test.no: false} {
			for client := range strings.FieldsSeq(clients) {
				got := sharedBy(netip.MustParseAddr(client), netip.MustParseAddr(test.saw),
					netip.MustParseAddr(test.other))
				if got != want {
					t.Errorf("%s, seen by %s: the same to %s is %v, want %v", client, test.saw, test.other, got, want)
				}
			}
		}
	}
}
