package nat

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/refnat"
)

// The NAT in memory is one like any other to look up, and a table to use.
func TestMemory(t *testing.T) {
	driver, err := Lookup("memory:mapping-by-address")
	if err != nil {
		t.Fatal(err)
	}
	inMemory, ok := driver.(InMemory)
	if !ok {
		t.Fatalf("%T is not in memory", driver)
	}
	if starter, err := driver.Prepare(t.Context()); err == nil {
		t.Errorf("it is prepared as %T", starter)
	}
	site := Site{
		Inside:  Interface{Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}},
		Outside: Interface{Prefixes: []netip.Prefix{netip.MustParsePrefix("203.0.113.1/24")}},
	}
	table, err := inMemory.Table(site, Policy{Pool: []netip.Addr{netip.MustParseAddr("203.0.113.9")}})
	if err != nil {
		t.Fatal(err)
	}
	// An IPv4 header of UDP with nothing in it, from 10.0.0.2 to 203.0.113.50.
	packet := []byte{0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 203, 0, 113, 50, 15, 160, 0, 7, 0, 8, 0, 0}
	fillChecksum(packet[:20])
	out := table.Outbound(packet, time.Unix(0, 0))
	if len(out) != 1 || out[0].Side != refnat.Outside || string(out[0].Data[12:16]) != "\xcb\x00\x71\x09" {
		t.Errorf("got %x, want one packet from the pool", out)
	}
	again := netip.MustParsePrefix("203.0.113.3/24")
	site.Outside.Prefixes = []netip.Prefix{again}
	if err := inMemory.Change(table, site, Policy{}); err != nil {
		t.Error(err)
	}
	out = table.Outbound(packet, time.Unix(1, 0))
	if len(out) != 1 || string(out[0].Data[12:16]) != "\xcb\x00\x71\x03" {
		t.Errorf("got %x, want one packet from %v", out, again)
	}
	site.Outside.Prefixes = []netip.Prefix{netip.MustParsePrefix("2001:db8::1/64")}
	if _, err := inMemory.Table(site, Policy{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("IPv6 outside: got %v, want %v", err, ErrUnsupported)
	}
}

// A bad policy makes no table.
func TestBadPoliciesInMemory(t *testing.T) {
	driver, err := Lookup("memory")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range badPolicies() {
		_, err := driver.(InMemory).Table(policySite, test.policy)
		if want := test.policy.Check(policySite); err == nil || err.Error() != want.Error() {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
}

func fillChecksum(header []byte) {
	var sum uint32
	for i := 0; i < len(header); i += 2 {
		sum += uint32(header[i])<<8 | uint32(header[i+1])
	}
	sum = sum>>16 + sum&0xffff
	sum = ^(sum>>16 + sum)
	header[10], header[11] = byte(sum>>8), byte(sum)
}
