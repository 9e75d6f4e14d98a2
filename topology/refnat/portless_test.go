package refnat

import (
	"net/netip"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// What has no ports passes by a pair alone.
func TestPortless(t *testing.T) {
	const gre = packet.Protocol(47)
	l := newLab(t, func(c *Config) {
		c.Static = []Pair{{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("203.0.113.2")}}
	})
	for _, test := range []struct {
		from              Side
		src, dst          string
		wantSrc, wantDest string // empty: nothing leaves
	}{
		{Inside, "10.0.0.2", "198.51.100.1", "203.0.113.2", "198.51.100.1"},
		{Outside, "198.51.100.2", "203.0.113.2", "198.51.100.2", "10.0.0.2"},
		{Inside, "10.0.0.3", "198.51.100.1", "", ""},
		{Outside, "198.51.100.2", "203.0.113.1", "", ""},
	} {
		head := packet.Header{
			Source: netip.MustParseAddr(test.src), Destination: netip.MustParseAddr(test.dst), Protocol: gre,
		}
		data, err := head.Packet([]byte{0, 0, 8, 0, 'x'})
		if err != nil {
			t.Fatal(err)
		}
		var src, dst string
		if out := l.send(test.from, data); len(out) > 0 {
			src, dst = out[0].Source.Addr().String(), out[0].Destination.Addr().String()
		}
		if src != test.wantSrc || dst != test.wantDest {
			t.Errorf("%s to %s leaves from %q to %q, want from %q to %q", test.src, test.dst, src, dst,
				test.wantSrc, test.wantDest)
		}
	}
}
