package refnat

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
)

func TestRouterErrors(t *testing.T) {
	mtus := func(c *Config) { c.InsideMTU, c.OutsideMTU = 1400, 1000 }
	for _, test := range []struct {
		name   string
		from   Side
		packet []byte
		want   []told
	}{
		{"out, TTL", Inside, udp("10.0.0.9:1", y1, ttl(1)),
			[]told{{Inside, "10.0.0.1", "10.0.0.9", 11, 0, 0, "10.0.0.9:1", y1}}},
		{"out, DF", Inside, udp("10.0.0.9:1", y1, size(1001), dontFragment),
			[]told{{Inside, "10.0.0.1", "10.0.0.9", 3, 4, 1000, "10.0.0.9:1", y1}}},
		{"out, DF, fits", Inside, udp("10.0.0.9:1", y1, size(1000), dontFragment), nil},
		{"in, TTL", Outside, udp(y2, "203.0.113.1:40000", ttl(1)),
			[]told{{Outside, "203.0.113.1", "198.51.100.2", 11, 0, 0, y2, "203.0.113.1:40000"}}},
		{"in, DF", Outside, udp(y2, "203.0.113.1:40000", size(1401), dontFragment),
			[]told{{Outside, "203.0.113.1", "198.51.100.2", 3, 4, 1400, y2, "203.0.113.1:40000"}}},
		{"in, TTL, no mapping", Outside, udp(y2, "203.0.113.1:9", ttl(1)), nil},
		{"hairpin, DF", Inside, udp("10.0.0.9:1", "203.0.113.1:40000", size(1401), dontFragment),
			[]told{{Inside, "10.0.0.1", "10.0.0.9", 3, 4, 1400, "10.0.0.9:1", "203.0.113.1:40000"}}},
	} {
		l := newLab(t, mtus)
		l.mapped(x40000, y1)
		got := l.send(test.from, test.packet)
		if diff := cmp.Diff(test.want, l.errors(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if len(got) > 1 || len(test.want) > 0 && len(got[0].Data) > 576 {
			t.Errorf("%s: %d packets left", test.name, len(got))
		}
		if len(test.want) > 0 && len(l.mappings()) != 1 {
			t.Errorf("%s: a refused packet made a mapping", test.name)
		}
	}
}

// The NAT's own errors can be told apart, and are not about what may be an error.
func TestOwnErrors(t *testing.T) {
	l := newLab(t, behaving(Behaviour{Translation: Transparent}))
	one, other := l.send(Inside, udp(x40000, y1, ttl(1))), l.send(Inside, udp(x40000, y1, ttl(1)))
	if len(one) != 1 || len(other) != 1 || one[0].ID == other[0].ID {
		t.Errorf("two errors are %+v and %+v", one, other)
	}
	for name, test := range map[string]struct {
		segment []byte
		want    int
	}{
		"echo":          {packet.ICMPSegment(8, 0, 0, nil), 1},
		"error":         {packet.ICMPSegment(3, 3, 0, udp(y1, x40000)), 0},
		"of other type": {packet.ICMPSegment(40, 0, 0, nil), 0},
		"cut off":       {packet.ICMPSegment(8, 0, 0, nil)[:4], 0},
	} {
		head := packet.Header{
			Source: netip.MustParseAddr("10.0.0.2"), Destination: netip.MustParseAddr(router),
			Protocol: packet.ICMP, TTL: 1,
		}
		if got := l.table.Outbound(must(head.Packet(test.segment)), l.now); len(got) != test.want {
			t.Errorf("%s: %d packets left, want %d", name, len(got), test.want)
		}
	}
}
