package probe

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/natproof/natproof/probe/stun"
)

// A second address must be one that a server can have and this host may reach.
func TestUnsuited(t *testing.T) {
	for _, test := range []struct{ server, other, want string }{
		{"203.0.113.1:3478", "192.0.2.2:3479", ""},
		{"10.0.0.1:3478", "10.0.0.2:3479", ""},
		{"10.0.0.1:3478", "192.0.2.2:3479", ""},
		{"127.0.0.1:3478", "127.0.0.2:3479", ""},
		{"127.0.0.1:3478", "10.0.0.2:3479", "cannot be reached"},
		{"[fe80::1]:3478", "[fe80::2]:3479", ""},
		{"[fe80::1]:3478", "[fd00::2]:3479", "cannot be reached"},
		{"203.0.113.1:3478", "10.0.0.2:3479", "cannot be reached"},
		{"203.0.113.1:3478", "127.0.0.1:3479", "cannot be reached"},
		{"203.0.113.1:3478", "169.254.0.1:3479", "cannot be reached"},
		{"203.0.113.1:3478", "224.0.0.1:3479", "cannot be reached"},
		{"203.0.113.1:3478", "240.0.0.1:3479", "cannot be reached"},
		{"203.0.113.1:3478", "[2001:db8::1]:3479", "cannot be reached"},
		{"203.0.113.1:3478", "192.0.2.2:0", "no second port"},
		{"203.0.113.1:3478", "192.0.2.2:3478", "no second port"},
	} {
		got := unsuited(netip.MustParseAddrPort(test.server), netip.MustParseAddrPort(test.other))
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s with %s: %q, want %q", test.server, test.other, got, test.want)
		}
	}
}

// An answer has to give an address and a port.
func TestVague(t *testing.T) {
	local := netip.MustParseAddrPort("10.0.0.2:40000")
	for mapped, want := range map[string]bool{
		"198.51.100.1:40000": false, "0.0.0.0:40000": true, "[::]:40000": true, "198.51.100.1:0": true,
	} {
		if got := vague(stun.Response{XORMapped: netip.MustParseAddrPort(mapped)}, local); (got != "") != want {
			t.Errorf("%s: %q, want an objection: %v", mapped, got, want)
		}
	}
}

// Old names need both verdicts, and a NAT must be known to be there or not.
func TestClassic(t *testing.T) {
	for _, test := range []struct {
		nat                Tristate
		mapping, filtering Dependence
		want               string
	}{
		{No, EndpointIndependent, EndpointIndependent, openInternet},
		{No, EndpointIndependent, AddressDependent, firewall},
		{No, EndpointIndependent, NotDetermined, ""},
		{Yes, EndpointIndependent, EndpointIndependent, fullCone},
		{Yes, EndpointIndependent, AddressDependent, restrictedCone},
		{Yes, EndpointIndependent, AddressAndPortDependent, portRestricted},
		{Yes, EndpointIndependent, NotDetermined, ""},
		{Yes, AddressDependent, NotDetermined, symmetric},
		{Yes, NotDetermined, AddressDependent, ""},
		{Unknown, EndpointIndependent, EndpointIndependent, ""},
	} {
		r := &Result{Reachable: true, NAT: test.nat, Mapping: test.mapping, Filtering: test.filtering}
		if got := classic(r); got != test.want {
			t.Errorf("NAT %v, %v, %v: %q, want %q", test.nat, test.mapping, test.filtering, got, test.want)
		}
		if r.Reachable = false; classic(r) != "" {
			t.Errorf("without an answer there is a name, %q", classic(r))
		}
	}
}

// A server at this host's own address is on this host, and not just near.
func TestServerAtOwnAddress(t *testing.T) {
	for _, address := range []string{"192.168.7.1", "198.51.100.9"} {
		own := netip.AddrPortFrom(netip.MustParseAddr(address), 3478)
		r := &Result{home: own, Local: netip.AddrPortFrom(own.Addr(), 40000)}
		if r.place(nil); r.Near != onThisHost {
			t.Errorf("%v: %q", own, r.Near)
		}
	}
}
