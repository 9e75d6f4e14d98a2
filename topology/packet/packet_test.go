package packet

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var (
	x = netip.MustParseAddrPort("192.168.0.5:5000")
	y = netip.MustParseAddrPort("203.0.113.101:80")
	// The same in IPv6 (RFC 3849).
	x6 = netip.MustParseAddrPort("[2001:db8:1::5]:5000")
	y6 = netip.MustParseAddrPort("[2001:db8:2::101]:80")

	shape = cmp.Options{
		cmpopts.EquateComparable(netip.AddrPort{}), cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(Packet{}, "Data", "Segment"),
		// Damage is empty in them, so they are right.
		cmpopts.IgnoreFields(UDPHeader{}, "Checksum"), cmpopts.IgnoreFields(TCPHeader{}, "Checksum"),
	}
)

func build(t testing.TB, h Header, segment []byte) []byte {
	t.Helper()
	data, err := h.Packet(segment)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func between(source, destination netip.AddrPort, p Protocol) Header {
	return Header{Source: source.Addr(), Destination: destination.Addr(), Protocol: p, ID: 7}
}

func udp(t testing.TB, payload string) []byte {
	return build(t, between(x, y, UDP), UDPSegment(x, y, []byte(payload)))
}

func udp6(t testing.TB, payload string) []byte {
	return build(t, between(x6, y6, UDP), UDPSegment(x6, y6, []byte(payload)))
}

func tcp(t testing.TB, h TCPHeader, payload string) []byte {
	return build(t, between(x, y, TCP), TCPSegment(x, y, h, []byte(payload)))
}

// The checksum was added up by hand, over the pseudo header of RFC 768.
func TestUDPSegment(t *testing.T) {
	want := []byte{
		0x13, 0x88, 0x00, 0x50, 0x00, 0x0a, // ports 5000 and 80, length 10
		0x86, 0x85, // checksum
		'h', 'i',
	}
	if diff := cmp.Diff(want, UDPSegment(x, y, []byte("hi"))); diff != "" {
		t.Errorf("segment (-want +got):\n%s", diff)
	}
}

// A computed checksum of zero is sent as all ones (RFC 768).
func TestUDPSegmentZeroChecksum(t *testing.T) {
	plain := UDPSegment(x, y, []byte{0, 0})
	payload := []byte{plain[6], plain[7]} // cancels all the rest
	s := UDPSegment(x, y, payload)
	if s[6] != 0xff || s[7] != 0xff {
		t.Errorf("checksum %x, want ffff", s[6:8])
	}
	if p, err := Parse(build(t, between(x, y, UDP), s)); err != nil || p.Damage != "" {
		t.Errorf("damage %q, error %v", p.Damage, err)
	}
}

// The header is the worked example of the Internet checksum that text books use.
func TestHeaderChecksum(t *testing.T) {
	header, err := hex.DecodeString("45000073000040004011b861c0a80001c0a800c7")
	if err != nil {
		t.Fatal(err)
	}
	if sum := Checksum(header); sum != 0 {
		t.Errorf("checksum over a right header is %#x, want 0", sum)
	}
	header[8]--
	Seal(header, 10)
	if got := hex.EncodeToString(header[10:12]); got != "b961" {
		t.Errorf("sealed with a TTL less by one: %s, want b961", got)
	}
}

func TestParse(t *testing.T) {
	packet := udp(t, "hello")
	quote := Packet{Source: x, Destination: y, Protocol: UDP, TTL: 64, ID: 7, UDP: &UDPHeader{Length: 13}}
	fragment, err := between(x, y, UDP).Fragment(make([]byte, 16), 1480, true)
	if err != nil {
		t.Fatal(err)
	}
	fragment6, err := between(x6, y6, UDP).Fragment(UDPSegment(x6, y6, make([]byte, 8)), 0, true)
	if err != nil {
		t.Fatal(err)
	}
	bare := func(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), 0) }
	syn := TCPHeader{Seq: 1000, Flags: SYN | ECE | CWR, Window: 65535, Options: []byte{2, 4, 5, 0xb4}}
	for _, test := range []struct {
		name string
		data []byte
		want Packet
	}{
		{"udp", packet, Packet{
			Source: x, Destination: y, Protocol: UDP, TTL: 64, ID: 7,
			UDP: &UDPHeader{Length: 13}, Payload: []byte("hello"),
		}},
		{"udp over IPv6", udp6(t, "hello"), Packet{
			Source: x6, Destination: y6, Protocol: UDP, TTL: 64, DontFragment: true,
			UDP: &UDPHeader{Length: 13}, Payload: []byte("hello"),
		}},
		{"icmp error with the least quote", build(t, between(y, x, ICMP), ICMPSegment(3, 4, 1300, packet[:28])), Packet{
			Source: bare(y), Destination: bare(x), Protocol: ICMP, TTL: 64, ID: 7,
			ICMP: &ICMPMessage{Type: 3, Code: 4, Word: 1300, Quote: &quote},
		}},
		{"fragment", fragment, Packet{
			Source: bare(x), Destination: bare(y), Protocol: UDP, TTL: 64, ID: 7,
			Fragment: &Fragment{Offset: 1480, Length: 16, More: true}, Payload: make([]byte, 16),
		}},
		{"first fragment over IPv6", fragment6, Packet{
			Source: x6, Destination: y6, Protocol: UDP, TTL: 64, ID: 7,
			Fragment: &Fragment{Length: 16, More: true}, UDP: &UDPHeader{Length: 16}, Payload: make([]byte, 8),
		}},
		{"echo request", build(t, between(x, y, ICMP), ICMPSegment(8, 0, Query(77, 1), []byte("ping"))), Packet{
			Source: netip.AddrPortFrom(x.Addr(), 77), Destination: bare(y), Protocol: ICMP, TTL: 64, ID: 7,
			ICMP: &ICMPMessage{Type: 8, Word: 77<<16 | 1, Query: true, Asks: true}, Payload: []byte("ping"),
		}},
		{"echo reply", build(t, between(y, x, ICMP), ICMPSegment(0, 0, Query(77, 1), nil)), Packet{
			Source: bare(y), Destination: netip.AddrPortFrom(x.Addr(), 77), Protocol: ICMP, TTL: 64, ID: 7,
			ICMP: &ICMPMessage{Word: 77<<16 | 1, Query: true},
		}},
		{"tcp with options and ECN", tcp(t, syn, "data"), Packet{
			Source: x, Destination: y, Protocol: TCP, TTL: 64, ID: 7, Payload: []byte("data"),
			TCP: &TCPHeader{Seq: 1000, Flags: SYN | ECE | CWR, Window: 65535, Options: syn.Options},
		}},
		{"another protocol", build(t, between(x, y, 47), []byte("gre")), Packet{
			Source: bare(x), Destination: bare(y), Protocol: 47, TTL: 64, ID: 7, Payload: []byte("gre"),
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(test.data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, shape); diff != "" {
				t.Errorf("packet (-want +got):\n%s", diff)
			}
		})
	}
}

// A Too Big over IPv6 has its MTU in the whole word (RFC 4443, Section 3.2).
func TestParseTooBig6(t *testing.T) {
	segment := ICMPv6Segment(y6.Addr(), x6.Addr(), 2, 0, 1280, udp6(t, "hello"))
	p, err := Parse(build(t, between(y6, x6, ICMPv6), segment))
	if err != nil || p.Damage != "" {
		t.Fatalf("damage %q, error %v", p.Damage, err)
	}
	if p.ICMP.MTU(p.Protocol) != 1280 || p.Quote() == nil || p.Quote().Source != x6 {
		t.Errorf("MTU %d, quote %v", p.ICMP.MTU(p.Protocol), p.Quote())
	}
}

// A quote of eight bytes holds a TCP header's ports and sequence number.
func TestParseCutQuote(t *testing.T) {
	quote := tcp(t, TCPHeader{Seq: 1000, Flags: SYN}, "")[:28]
	p, err := Parse(build(t, between(y, x, ICMP), ICMPSegment(3, 3, 0, quote)))
	if err != nil || p.Damage != "" {
		t.Fatalf("damage %q, error %v", p.Damage, err)
	}
	q := p.Quote()
	if q == nil || q.TCP == nil || q.Source != x || q.TCP.Seq != 1000 || !q.TCP.Cut {
		t.Errorf("quote %+v", q)
	}
	if p, err = Parse(quote); err == nil {
		t.Errorf("a packet cut off is taken outside of a quote: %v", p.Describe())
	}
}

// A packet with a wrong checksum is told from a sound one, wherever it is wrong.
func TestParseDamage(t *testing.T) {
	packet := udp(t, "hello")
	quoting := build(t, between(y, x, ICMP), ICMPSegment(3, 3, 0, packet))
	const quote = 20 + 8
	for _, test := range []struct {
		name string
		data []byte
		at   int
		want string
	}{
		{"IP header", packet, 8, WrongHeaderChecksum},
		{"payload", packet, 30, "UDP checksum"},
		{"payload over IPv6", udp6(t, "hello"), 50, "UDP checksum"},
		{"TCP", tcp(t, TCPHeader{Flags: SYN}, "hello"), 42, "TCP checksum"},
		{"ICMP", quoting, quote + 20 + 9, "ICMP checksum"},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := append([]byte(nil), test.data...)
			data[test.at] ^= 0x10
			got, err := Parse(data)
			if err != nil || !strings.Contains(got.Damage, test.want) {
				t.Errorf("damage %q (err %v), want one of the %s", got.Damage, err, test.want)
			}
		})
	}
	inner := append([]byte(nil), packet...)
	inner[12] ^= 1 // the quoted source, as a NAT that forgets the checksum leaves it
	careless := build(t, between(y, x, ICMP), ICMPSegment(3, 3, 0, inner))
	if got, _ := Parse(careless); !strings.Contains(got.Damage, "quoted packet") {
		t.Errorf("damage %q, want one of the quoted packet", got.Damage)
	}
	none := append([]byte(nil), packet...)
	none[26], none[27] = 0, 0
	if got, _ := Parse(none); got.Damage != "" {
		t.Errorf("damage %q of a datagram without a checksum", got.Damage)
	}
	none6 := udp6(t, "hello")
	none6[46], none6[47] = 0, 0
	if got, _ := Parse(none6); got.Damage == "" { // RFC 8200, Section 8.1
		t.Error("a UDP checksum of zero is taken over IPv6")
	}
	short := build(t, between(x, y, UDP), []byte{1, 2, 3, 4})
	if got, _ := Parse(short); got.Damage != "UDP header cut off" || got.UDP != nil {
		t.Errorf("damage %q of a short header", got.Damage)
	}
}

func TestParseRefuses(t *testing.T) {
	packet := udp(t, "hello")
	long := append([]byte(nil), packet...)
	long[3]++
	for name, data := range map[string][]byte{
		"no bytes": {}, "version 5": {0x50}, "half a header": packet[:12], "a length beyond the end": long,
		"half an IPv6 header": udp6(t, "")[:20],
	} {
		if p, err := Parse(data); err == nil {
			t.Errorf("%s: taken for %s", name, p.Describe())
		}
	}
	if p, err := Parse(append(packet, 0, 0, 0)); err != nil || len(p.Data) != len(packet) {
		t.Errorf("padding: %d bytes, error %v", len(p.Data), err)
	}
}

// FuzzParse: whatever comes off the wire is read or refused, and can be printed
// and compared.
func FuzzParse(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func([]byte) (Packet, error){Parse, ParseQuote} {
			p, err := read(data)
			if err != nil {
				continue
			}
			_, _ = p.Describe(), p.Identity()
			if p.Quote() != nil {
				_ = Rewritten(&p, &p)
			}
		}
		// A packet without its padding goes to the same place, and has no
		// padding left.
		short := Unpadded(data)
		before, ok := Destination(data)
		if after, still := Destination(short); before != after || ok != still || len(Unpadded(short)) != len(short) {
			t.Errorf("%x goes to %v, %v and without padding to %v, %v", data, before, ok, after, still)
		}
	})
}

// samples is a packet of every kind.
func samples(t testing.TB) map[string][]byte {
	packet, packet6 := udp(t, "hello"), udp6(t, "hello")
	options := between(x, y, UDP)
	options.Options = []byte{7, 3, 4, 0}
	return map[string][]byte{
		"udp": packet, "udp6": packet6,
		"udp with options": build(t, options, UDPSegment(x, y, []byte("hello"))),
		"tcp":              tcp(t, TCPHeader{Seq: 5, Flags: SYN, Options: []byte{2, 4, 5, 0xb4}}, "hello"),
		"tcp6":             build(t, between(x6, y6, TCP), TCPSegment(x6, y6, TCPHeader{Flags: ACK}, []byte("hello"))),
		"echo":             build(t, between(x, y, ICMP), ICMPSegment(8, 0, Query(77, 1), []byte("ping"))),
		"reply":            build(t, between(x, y, ICMP), ICMPSegment(0, 0, Query(77, 1), []byte("ping"))),
		"echo6": build(t, between(x6, y6, ICMPv6),
			ICMPv6Segment(x6.Addr(), y6.Addr(), 128, 0, Query(77, 1), []byte("ping"))),
		"error":  build(t, between(x, y, ICMP), ICMPSegment(3, 3, 0, packet)),
		"error6": build(t, between(x6, y6, ICMPv6), ICMPv6Segment(x6.Addr(), y6.Addr(), 1, 4, 0, packet6)),
		"gre":    build(t, between(x, y, 47), []byte("gre")),
	}
}
