package stun

import (
	"net/netip"
	"strings"
	"testing"
)

func TestConfigCheck(t *testing.T) {
	addrs := func(all ...string) (list []netip.Addr) {
		for _, a := range all {
			list = append(list, netip.MustParseAddr(a))
		}
		return list
	}
	public := func(local, known string) map[netip.Addr]netip.Addr {
		return map[netip.Addr]netip.Addr{netip.MustParseAddr(local): netip.MustParseAddr(known)}
	}
	for _, test := range []struct {
		cfg  Config
		want string // of the error, "" for none
	}{
		{Config{}, ""},
		{Config{Primary: addrs("192.0.2.1", "2001:db8::1"), Alternate: addrs("192.0.2.2")}, ""},
		{Config{Primary: addrs("0.0.0.0")}, "primary address 0.0.0.0"},
		{Config{Primary: addrs("0.1.2.3")}, "primary address 0.1.2.3"},
		{Config{Primary: addrs("255.255.255.255")}, "primary address 255.255.255.255"},
		{Config{Primary: addrs("224.0.0.1")}, "primary address 224.0.0.1"},
		{Config{Primary: addrs("::ffff:192.0.2.1")}, "primary address ::ffff:192.0.2.1"},
		{Config{Primary: addrs("192.0.2.1"), Alternate: addrs("::")}, "alternate address ::"},
		{Config{Primary: addrs("192.0.2.1", "192.0.2.2")}, "primary address 192.0.2.2"},
		{Config{Primary: addrs("192.0.2.1"), Alternate: addrs("2001:db8::1")}, "alternate address 2001:db8::1"},
		{Config{Primary: addrs("192.0.2.1"), Alternate: addrs("192.0.2.1")}, "alternate address 192.0.2.1"},

		{Config{Primary: addrs("10.0.0.5"), Public: public("10.0.0.5", "192.0.2.1")}, ""},
		{Config{Primary: addrs("10.0.0.5"), Alternate: addrs("10.0.0.6"), Public: public("10.0.0.6", "192.0.2.1")}, ""},
		{Config{Primary: addrs("10.0.0.5"), Public: public("10.0.0.5", "0.0.0.0")}, "public address 0.0.0.0"},
		{Config{Primary: addrs("10.0.0.5"), Public: public("10.0.0.5", "::ffff:1.2.3.4")},
			"public address ::ffff:1.2.3.4"},
		{Config{Primary: addrs("10.0.0.5"), Public: public("10.0.0.5", "2001:db8::1")},
			"public address 2001:db8::1 is of another family"},
		{Config{Primary: addrs("10.0.0.5"), Public: public("10.0.0.7", "192.0.2.1")}, "10.0.0.7, which is neither"},
		{Config{Primary: addrs("10.0.0.5"), Alternate: addrs("10.0.0.6"), Public: public("10.0.0.6", "10.0.0.5")},
			"alternate address 10.0.0.6"},

		{Config{Peer: "192.0.2.1:3480", Secret: secret}, ""},
		{Config{Peer: "peer.example:3480", Secret: secret}, ""},
		{Config{Peer: "[2001:db8::1]:3480", Secret: secret}, ""},
		{Config{Peer: "192.0.2.1", Secret: secret}, "host:port"},
		{Config{Peer: "192.0.2.1:", Secret: secret}, "host:port"},
		{Config{Peer: "192.0.2.1:0", Secret: secret}, "host:port"},
		{Config{Peer: "192.0.2.1:65536", Secret: secret}, "host:port"},
		{Config{Peer: ":3480", Secret: secret}, "host:port"},
		{Config{Peer: "192.0.2.1:3480", Secret: secret[:15]}, "15 bytes"},
		{Config{Peer: "192.0.2.1:3480", Secret: secret[:16]}, ""},
		{Config{Peer: "192.0.2.1:3480", Secret: secret, Alternate: addrs("127.0.0.2")}, "no other"},

		{Config{Port: 7, AlternatePort: 7}, "alternate port 7"},
		{Config{SourceRate: -1}, "source rate -1"},
		{Config{MaxConns: -1}, "-1 as the most connections"},
		{Config{Workers: -1}, "-1 workers"},
		{Config{Workers: maxWorkers}, ""},
	} {
		err := test.cfg.Check()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want an error with %q", test.cfg, err, test.want)
		}
	}
	// Systems other than Linux have one worker, whatever number is asked for.
	if err := (Config{Workers: maxWorkers + 1}).Check(); (err != nil) != manySockets {
		t.Errorf("%d workers: %v", maxWorkers+1, err)
	}
}
