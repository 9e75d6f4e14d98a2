package stun

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A table of 16 has 2 places for a source and 4 for a site of IPv6, and a
// newcomer to a full table takes the place of the connection that was idle
// longest.
func TestConnTable(t *testing.T) {
	var counts counters
	table := newConnTable(16, &counts)
	var places []*place
	var evicted []string
	enter := func(a string) bool {
		p := table.enter(netip.MustParseAddr(a), func() { evicted = append(evicted, a) })
		if p != nil {
			places = append(places, p)
		}
		return p != nil
	}
	for _, test := range []struct {
		source string
		want   bool
	}{
		{"2001:db8::1", true},
		{"2001:db8::2", true},
		{"2001:db8::3", false}, // its network of 64 bits has two
		{"2001:db8::1", false}, // and so has each of its addresses
		{"2001:db8:0:1::", true},
		{"2001:db8:0:2::", true},
		{"2001:db8:0:3::", false}, // its network of 48 bits has four
		{"2001:db8:1::", true},
		{"192.0.2.1", true},
		{"::ffff:192.0.2.1", true},
		{"192.0.2.1", false},
		{"192.0.2.2", true},
	} {
		if got := enter(test.source); got != test.want {
			t.Errorf("%s enters: %v, want %v", test.source, got, test.want)
		}
	}
	for i := range byte(8) {
		enter(netip.AddrFrom4([4]byte{198, 51, 100, i}).String())
	}
	places[0].touch()
	for _, a := range []string{"203.0.113.1", "203.0.113.2"} {
		if !enter(a) {
			t.Errorf("%s does not enter a full table", a)
		}
	}
	if diff := cmp.Diff([]string{"2001:db8::2", "2001:db8:0:1::"}, evicted); diff != "" {
		t.Errorf("evicted (-want +got):\n%s", diff)
	}
	if n := counts[tcp6][Evicted].Load(); n != 2 || table.len() != 16 {
		t.Errorf("%d evictions are counted and %d connections are left, want 2 and 16", n, table.len())
	}
	if !enter("2001:db8:0:1::") {
		t.Error("who was evicted does not enter again")
	}
	for _, p := range places { // those who were evicted leave too
		p.leave()
	}
	if len(table.of) != 0 || table.len() != 0 {
		t.Errorf("%d sources with %d connections are left, want none", len(table.of), table.len())
	}
}

// A connection that leaves twice, as one that is evicted does, makes room once.
func TestConnTableLeftTwice(t *testing.T) {
	table := newConnTable(16, new(counters))
	one := table.enter(loopback, nil)
	two := table.enter(loopback, nil)
	one.leave()
	one.leave()
	if n := table.of[sourceOf(loopback)]; n != 1 || table.len() != 1 {
		t.Errorf("%d places of %d connections are taken, want 1 of 1", n, table.len())
	}
	two.leave()
}

// A client that holds all connections and asks nothing keeps nobody out.
func TestEviction(t *testing.T) {
	s := serve(t, Config{MaxConns: 4})
	at := s.Endpoints()[0]
	connect := func(local string) net.Conn {
		conn := dial(t, netip.AddrPortFrom(netip.MustParseAddr(local), 0), at)
		askTCP(t, conn, request8489(t))
		return conn
	}
	first, second := connect("127.0.0.1"), connect("127.0.0.1")
	third, fourth := connect("127.0.0.2"), connect("127.0.0.2")
	askTCP(t, first, request8489(t))
	fifth := connect("127.0.0.3")
	for _, conn := range []net.Conn{first, third, fourth, fifth} {
		askTCP(t, conn, request8489(t))
	}
	if err := second.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := second.Read(make([]byte, 1)); n != 0 || err == nil || isTimeout(err) {
		t.Errorf("read %d bytes, error %v, want the connection closed that was idle longest", n, err)
	}
	if diff := cmp.Diff(Load{Conns: 4, MaxConns: 4}, s.Load()); diff != "" {
		t.Errorf("load (-want +got):\n%s", diff)
	}
	if n := count(s, Evicted, "tcp4"); n != 1 {
		t.Errorf("%d connections are evicted, want 1", n)
	}
}
