package refnat

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// A told is an ICMP error with what it quotes.
type told struct {
	Side
	Src, Dst           string
	Type, Code         uint8
	Word               uint16 // the MTU, where there is one
	QuoteSrc, QuoteDst string
}

// errors returns the ICMP errors among the packets that left.
func (l *lab) errors(list []seen) []told {
	l.Helper()
	var errors []told
	for _, s := range list {
		if s.ip.Protocol != layers.IPProtocolICMPv4 {
			continue
		}
		data := s.ip.Payload
		var quote layers.IPv4
		if err := quote.DecodeFromBytes(data[8:], gopacket.NilDecodeFeedback); err != nil {
			l.Fatalf("quote: %v", err)
		}
		if !valid(quote.Contents) {
			l.Errorf("quoted IP header has a wrong checksum: %x", quote.Contents)
		}
		errors = append(errors, told{
			s.Side, s.src, s.to, data[0], data[1], binary.BigEndian.Uint16(data[6:]),
			portAt(addrAt(data, 20), quote.Payload, 0).String(),
			portAt(addrAt(data, 24), quote.Payload, 2).String(),
		})
	}
	return errors
}

func TestErrorIn(t *testing.T) {
	for _, kind := range [][2]uint8{{3, 0}, {3, 1}, {3, 3}, {3, 4}, {3, 13}, {4, 0}, {11, 0}, {11, 1}, {12, 0}} {
		for _, length := range []int{ipHeader + udpHeader, 60} {
			l := newLab(t, behaving(Behaviour{Filtering: AddressAndPortDependent}))
			l.mapped(z40000, y1)
			sent := l.send(Inside, udp(x40000, y1, size(60)))[0]
			before := l.table.Mappings(l.now)

			got := l.send(Outside, quoting(router, "203.0.113.1", kind[0], kind[1], sent.data[:length]))
			want := []told{{Inside, router, "10.0.0.2", kind[0], kind[1], 1234, x40000, y1}}
			if diff := cmp.Diff(want, l.errors(got)); diff != "" {
				t.Errorf("%v (-want +got):\n%s", kind, diff)
			}
			// The quote is what x sent, but for the hop.
			quote := got[0].ip.Payload[8:]
			original := udp(x40000, y1, size(60), ttl(63))
			if diff := cmp.Diff(original[:length], quote); diff != "" {
				t.Errorf("%v: quote (-want +got):\n%s", kind, diff)
			}
			equal := cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })
			if diff := cmp.Diff(before, l.table.Mappings(l.now), equal); diff != "" {
				t.Errorf("%v: mappings (-before +after):\n%s", kind, diff)
			}
		}
	}
}

func TestErrorInDropped(t *testing.T) {
	l := newLab(t)
	sent := l.send(Inside, udp(x40000, y1))[0].data
	change := func(f func(packet []byte)) []byte {
		packet := quoting(router, "203.0.113.1", 3, 3, sent)
		f(packet)
		return packet
	}
	for name, packet := range map[string][]byte{
		"redirect":       quoting(router, "203.0.113.1", 5, 1, sent),
		"echo reply":     quoting(router, "203.0.113.1", 0, 0, sent),
		"other endpoint": quoting(router, "203.0.113.1", 3, 3, udp("203.0.113.1:9", y1)),
		"private quote":  quoting(router, "203.0.113.1", 3, 3, udp(x40000, y1)),
		"short quote":    quoting(router, "203.0.113.1", 3, 3, sent[:27]),
		"checksum":       change(func(p []byte) { p[22] ^= 1 }),
		"quoted checksum": quoting(router, "203.0.113.1", 3, 3, func() []byte {
			quote := append([]byte(nil), sent...)
			quote[ipChecksum] ^= 1
			return quote
		}()),
	} {
		if got := l.send(Outside, packet); len(got) != 0 {
			t.Errorf("%s: sent on as %+v", name, got)
		}
	}
	if !l.alive(y1, "203.0.113.1:40000") {
		t.Error("the mapping has ended")
	}
}

func TestErrorOut(t *testing.T) {
	l := newLab(t, pool, func(c *Config) {
		c.Static = []Pair{{netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("203.0.113.9")}}
	})
	x1, z1 := l.mapped(x40000, y1), l.mapped(z40000, y1)
	delivered := l.send(Outside, udp(y2, z1))[0].data
	want := told{Outside, "203.0.113.2", "198.51.100.2", 3, 3, 1234, y2, z1}
	for from, source := range map[string]string{
		"10.0.0.3": "203.0.113.2", // the receiver itself
		"10.0.0.7": "203.0.113.1", // a router without a mapping
		"10.0.0.9": "203.0.113.9", // a router with a static one
	} {
		want.Src = source
		got := l.errors(l.send(Inside, quoting(from, "198.51.100.2", 3, 3, delivered)))
		if diff := cmp.Diff([]told{want}, got); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", from, diff)
		}
	}

	hairpinned := l.send(Inside, udp(x40000, z1))[0].data
	got := l.errors(l.send(Inside, quoting("10.0.0.3", "203.0.113.1", 3, 3, hairpinned)))
	want = told{Inside, "203.0.113.2", "10.0.0.2", 3, 3, 1234, x40000, z1}
	if diff := cmp.Diff([]told{want}, got); diff != "" {
		t.Errorf("hairpinned to %s (-want +got):\n%s", x1, diff)
	}

	unknown := udp(y1, "10.0.0.6:99")
	if got := l.send(Inside, quoting("10.0.0.6", "198.51.100.1", 3, 3, unknown)); len(got) != 0 {
		t.Errorf("error about no mapping sent on as %+v", got)
	}
}

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
		if len(got) > 1 || len(test.want) > 0 && len(got[0].data) > 576 {
			t.Errorf("%s: %d packets left", test.name, len(got))
		}
		if len(test.want) > 0 && len(l.table.Mappings(l.now)) != 1 {
			t.Errorf("%s: a refused packet made a mapping", test.name)
		}
	}
}
