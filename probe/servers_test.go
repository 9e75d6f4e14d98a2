package probe_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/natproof/natproof/probe"
)

// The list holds servers alone, each of which can be asked.
func TestDefaultServers(t *testing.T) {
	list := probe.DefaultServers()
	if len(list) < 2 {
		t.Errorf("the servers by default are %q, want several", list)
	}
	for _, server := range list {
		host, port, err := probe.ParseServer(server)
		if err != nil || net.JoinHostPort(host, fmt.Sprint(port)) != server {
			t.Errorf("%q is not host:port (%v)", server, err)
		}
	}
}

func TestParseServer(t *testing.T) {
	faces, err := net.Interfaces()
	check(t, err)
	zone := faces[0] // the loopback, if nothing else
	named := "fe80::a%" + zone.Name
	for _, test := range []struct {
		text, host string
		port       uint16 // zero is an error
	}{
		{"stun.example.org", "stun.example.org", 3478},
		{"stun.example.org:19302", "stun.example.org", 19302},
		{"192.0.2.1", "192.0.2.1", 3478},
		{"2001:db8::1", "2001:db8::1", 3478},
		{"[2001:db8::1]", "2001:db8::1", 3478},
		{"[2001:db8::1]:99", "2001:db8::1", 99},
		{fmt.Sprintf("[fe80::a%%%d]:99", zone.Index), named, 99},
		{fmt.Sprintf("[fe80::a%%%d]", zone.Index), named, 3478},
		{fmt.Sprintf("fe80::a%%%d", zone.Index), named, 3478},
		{named, named, 3478},
		{"fe80::a%999999999", "fe80::a%999999999", 3478}, // no such interface
		{"stun.example.org:0", "", 0},
		{"stun.example.org:https", "", 0},
		{"[]", "", 0},
		{"a:b:c", "", 0},
	} {
		host, port, err := probe.ParseServer(test.text)
		if host != test.host || port != test.port || (err != nil) != (test.port == 0) {
			t.Errorf("%s: %q, %d, %v", test.text, host, port, err)
		}
	}
}
