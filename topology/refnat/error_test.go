package refnat

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
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
		if !s.IsError() {
			continue
		}
		quote := s.Quote()
		errors = append(errors, told{
			s.Side, s.src, s.to, s.ICMP.Type, s.ICMP.Code, uint16(s.ICMP.Word),
			quote.Source.String(), quote.Destination.String(),
		})
	}
	return errors
}

func TestErrorIn(t *testing.T) {
	for _, kind := range [][2]uint8{{3, 0}, {3, 1}, {3, 3}, {3, 4}, {3, 13}, {4, 0}, {11, 0}, {11, 1}, {12, 0}} {
		for _, length := range []int{28, 60} {
			l := newLab(t, behaving(Behaviour{Filtering: AddressAndPortDependent}))
			l.mapped(z40000, y1)
			sent := l.send(Inside, udp(x40000, y1, size(60)))[0]
			before := l.mappings()

			got := l.send(Outside, quoting(router, "203.0.113.1", kind[0], kind[1], sent.Data[:length]))
			want := []told{{Inside, router, "10.0.0.2", kind[0], kind[1], 1234, x40000, y1}}
			if diff := cmp.Diff(want, l.errors(got)); diff != "" {
				t.Errorf("%v (-want +got):\n%s", kind, diff)
			}
			// The quote is what x sent, but for the hop.
			quote := got[0].Segment[8:]
			original := udp(x40000, y1, size(60), ttl(63))
			if diff := cmp.Diff(original[:length], quote); diff != "" {
				t.Errorf("%v: quote (-want +got):\n%s", kind, diff)
			}
			if diff := cmp.Diff(before, l.mappings()); diff != "" {
				t.Errorf("%v: mappings (-before +after):\n%s", kind, diff)
			}
		}
	}
}

func TestErrorInDropped(t *testing.T) {
	l := newLab(t)
	sent := l.send(Inside, udp(x40000, y1))[0].Data
	change := func(f func(data []byte)) []byte {
		data := quoting(router, "203.0.113.1", 3, 3, sent)
		f(data)
		return data
	}
	for name, data := range map[string][]byte{
		"redirect":       quoting(router, "203.0.113.1", 5, 1, sent),
		"echo reply":     quoting(router, "203.0.113.1", 0, 0, sent),
		"other endpoint": quoting(router, "203.0.113.1", 3, 3, udp("203.0.113.1:9", y1)),
		"private quote":  quoting(router, "203.0.113.1", 3, 3, udp(x40000, y1)),
		"short quote":    quoting(router, "203.0.113.1", 3, 3, sent[:27]),
		"checksum":       change(func(p []byte) { p[22] ^= 1 }),
		"quoted checksum": quoting(router, "203.0.113.1", 3, 3, func() []byte {
			quote := append([]byte(nil), sent...)
			quote[10] ^= 1
			return quote
		}()),
	} {
		if got := l.send(Outside, data); len(got) != 0 {
			t.Errorf("%s: sent on as %+v", name, got)
		}
	}
	if !l.alive(y1, "203.0.113.1:40000") {
		t.Error("the mapping has ended")
	}
}

func TestErrorOut(t *testing.T) {
	l := newLab(t, pooled, func(c *Config) {
		c.Static = []Pair{{netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("203.0.113.9")}}
	})
	x1, z1 := l.mapped(x40000, y1), l.mapped(z40000, y1)
	delivered := l.send(Outside, udp(y2, z1))[0].Data
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

	hairpinned := l.send(Inside, udp(x40000, z1))[0].Data
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

// An error is translated only if it comes to the address, from either side, that
// the packet it quotes was sent from.
func TestErrorToAnother(t *testing.T) {
	l := newLab(t, pooled)
	sent := l.send(Inside, udp(x40000, y1))[0].Data
	if got := l.send(Outside, quoting(router, "203.0.113.2", 3, 3, sent)); len(got) != 0 {
		t.Errorf("an error to another of the NAT's addresses becomes %v", ends(got))
	}
	delivered := l.send(Outside, udp(y1, "203.0.113.1:40000"))[0].Data
	if got := l.send(Inside, quoting("10.0.0.2", "198.51.100.2", 3, 3, delivered)); len(got) != 0 {
		t.Errorf("an error to another host outside becomes %v", ends(got))
	}
	if got := l.send(Inside, quoting("10.0.0.2", "198.51.100.1", 5, 1, delivered)); len(got) != 0 {
		t.Errorf("a redirect from inside becomes %v", ends(got))
	}
}

// An error from a foreign address is not taken for the inside's or the NAT's own.
func TestErrorFromForeignSource(t *testing.T) {
	l := newLab(t)
	sent := l.send(Inside, udp(x40000, y1))[0].Data
	for _, source := range []string{"10.0.0.9", "203.0.113.1", "224.0.0.1"} {
		if got := l.send(Outside, quoting(source, "203.0.113.1", 3, 3, sent)); len(got) != 0 {
			t.Errorf("an error from %s becomes %v", source, ends(got))
		}
	}
	delivered := l.send(Outside, udp(y1, "203.0.113.1:40000"))[0].Data
	for _, source := range []string{"10.0.0.1", "10.1.0.2"} {
		if got := l.send(Inside, quoting(source, "198.51.100.1", 3, 3, delivered)); len(got) != 0 {
			t.Errorf("an error from %s becomes %v", source, ends(got))
		}
	}
	// A firewall leaves the address of a router in the inside alone.
	l = newLab(t, behaving(Behaviour{Translation: NoTranslation}))
	l.mapped(x40000, y1)
	delivered = l.send(Outside, udp(y1, x40000))[0].Data
	got := l.errors(l.send(Inside, quoting("10.0.0.7", "198.51.100.1", 3, 3, delivered)))
	if len(got) != 1 || got[0].Src != "10.0.0.7" || got[0].QuoteDst != x40000 {
		t.Errorf("through a firewall: %+v", got)
	}
}

// An error loses a hop as any packet, and one that has none left is dropped.
func TestErrorHops(t *testing.T) {
	l := newLab(t)
	sent := l.send(Inside, udp(x40000, y1))[0].Data
	delivered := l.send(Outside, udp(y1, "203.0.113.1:40000"))[0].Data
	for _, test := range []struct {
		ttl  uint8
		want int
	}{{1, 0}, {2, 1}} {
		out, in := quoting("10.0.0.2", "198.51.100.1", 3, 3, delivered), quoting(router, "203.0.113.1", 3, 3, sent)
		for side, data := range [][]byte{out, in} {
			p, _ := read(Inside, data)
			p.EditOf(data).SetTTL(test.ttl)
			got := l.send(Side(side), data)
			if len(got) != test.want || len(got) == 1 && got[0].TTL != 1 {
				t.Errorf("side %d, TTL %d: %d packets left", side, test.ttl, len(got))
			}
		}
	}
}

// A damaged transport in the quote is no reason to drop an error (RFC 5508,
// REQ-3c), and stays as it is.
func TestErrorQuotesDamage(t *testing.T) {
	l := newLab(t)
	sent := l.send(Inside, udp(x40000, y1))[0].Data
	sent[len(sent)-1]++
	packets := l.table.Inbound(quoting(router, "203.0.113.1", 3, 3, sent), l.now)
	if len(packets) != 1 {
		t.Fatalf("%d packets left", len(packets))
	}
	p, err := packet.Parse(packets[0].Data)
	if err != nil || p.Quote().Source.String() != x40000 || p.Damage == "" {
		t.Errorf("quote from %v, damage %q, error %v", p.Quote().Source, p.Damage, err)
	}
}

// A whole hairpinning NAT sends nothing that is about a mapping it does not have.
func TestErrorOutHairpin(t *testing.T) {
	for _, hairpin := range []Hairpin{HairpinExternalSource, HairpinNone} {
		l := newLab(t, behaving(Behaviour{Hairpin: hairpin}))
		l.mapped(z40000, y1)
		about := udp("203.0.113.1:5000", z40000)
		if got := l.send(Inside, quoting("10.0.0.3", "203.0.113.1", 3, 3, about)); len(got) != 0 {
			t.Errorf("%v: an error about no mapping becomes %v", hairpin, ends(got))
		}
		l.mapped("10.0.0.2:5000", y1)
		want := 1
		if hairpin == HairpinNone {
			want = 0
		}
		if got := l.send(Inside, quoting("10.0.0.3", "203.0.113.1", 3, 3, about)); len(got) != want {
			t.Errorf("%v: an error becomes %v", hairpin, ends(got))
		}
	}
}

// An error about what is not translated passes for nobody, not even for a host
// that has an external address of its own.
func TestErrorAboutOthers(t *testing.T) {
	l := newLab(t, func(c *Config) {
		c.Static = []Pair{{netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("203.0.113.9")}}
	})
	for _, test := range []struct {
		quote []byte
		want  int
	}{
		{udp("203.0.113.9:5", y1), 1},
		{tcp("203.0.113.9:5", y1, packet.SYN), 1},
		{echo("203.0.113.9", router, 8, 5), 1},
		{quoting("203.0.113.9", router, 10, 0, nil), 0},
		{udp("203.0.113.9:5", y1)[:27], 0},
		{split(udp("203.0.113.9:5", y1, size(2000)), 500)[0], 1},
		{split(udp("203.0.113.9:5", y1, size(2000)), 500)[1], 0},
	} {
		if got := l.table.Inbound(quoting(router, "203.0.113.9", 3, 3, test.quote), l.now); len(got) != test.want {
			t.Errorf("about %x: %d packets left, want %d", test.quote[:10], len(got), test.want)
		}
	}
}
