package suites

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gopacket/gopacket/layers"
)

var (
	x5000  = netip.MustParseAddrPort("192.168.0.5:5000")
	y80    = netip.MustParseAddrPort("203.0.113.101:80")
	anyway = cmp.Options{cmpopts.EquateComparable(netip.AddrPort{}), cmpopts.IgnoreFields(Arrival{}, "Raw", "Time")}
)

func udpPacket(t testing.TB, payload string) []byte {
	t.Helper()
	data, err := ipv4{source: x5000.Addr(), destination: y80.Addr(), protocol: layers.IPProtocolUDP, id: 7}.bytes(udpSegment(x5000, y80, []byte(payload)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The checksum was added up by hand, over the pseudo header of RFC 768.
func TestUDPSegment(t *testing.T) {
	want := []byte{
		0x13, 0x88, 0x00, 0x50, 0x00, 0x0a, // ports 5000 and 80, length 10
		0x86, 0x85, // checksum
		'h', 'i',
	}
	if diff := cmp.Diff(want, udpSegment(x5000, y80, []byte("hi"))); diff != "" {
		t.Errorf("segment (-want +got):\n%s", diff)
	}
}

func TestParse(t *testing.T) {
	packet := udpPacket(t, "hello")
	quoting, err := ipv4{source: y80.Addr(), destination: x5000.Addr(), protocol: layers.IPProtocolICMPv4}.bytes(icmpError(3, 4, 1300, packet[:28]))
	if err != nil {
		t.Fatal(err)
	}
	fragment, err := ipv4{source: x5000.Addr(), destination: y80.Addr(), protocol: layers.IPProtocolUDP, id: 9}.fragment(make([]byte, 16), 1480, true)
	if err != nil {
		t.Fatal(err)
	}
	quote := Arrival{Source: x5000, Destination: y80, Payload: []byte{}}
	for _, test := range []struct {
		name string
		data []byte
		want Arrival
	}{
		{"udp", packet, Arrival{Source: x5000, Destination: y80, Payload: []byte("hello")}},
		{"icmp error with the least quote", quoting, Arrival{
			Source: netip.AddrPortFrom(y80.Addr(), 0), Destination: netip.AddrPortFrom(x5000.Addr(), 0),
			ICMP: &ICMP{Type: 3, Code: 4, MTU: 1300, Quote: &quote},
		}},
		{"fragment", fragment, Arrival{
			Source: netip.AddrPortFrom(x5000.Addr(), 0), Destination: netip.AddrPortFrom(y80.Addr(), 0),
			Fragment: &Fragment{ID: 9, Offset: 1480, Length: 16, More: true},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parse(test.data, time.Time{}, false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, anyway); diff != "" {
				t.Errorf("arrival (-want +got):\n%s", diff)
			}
		})
	}
}

// A packet with a wrong checksum is told from a sound one, wherever it is wrong.
func TestParseDamage(t *testing.T) {
	packet := udpPacket(t, "hello")
	quoting, err := ipv4{source: y80.Addr(), destination: x5000.Addr(), protocol: layers.IPProtocolICMPv4}.bytes(icmpError(3, 3, 0, packet))
	if err != nil {
		t.Fatal(err)
	}
	const quote = 20 + 8
	for _, test := range []struct {
		name string
		data []byte
		at   int
		want string
	}{
		{"IP header", packet, 8, "IPv4 header checksum"},
		{"payload", packet, 30, "UDP checksum"},
		{"ICMP", quoting, quote + 20 + 9, "ICMP checksum"},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := append([]byte(nil), test.data...)
			data[test.at] ^= 0x10
			got, err := parse(data, time.Time{}, false)
			if err != nil || !strings.Contains(got.Damage, test.want) {
				t.Errorf("damage %q (err %v), want one of the %s", got.Damage, err, test.want)
			}
		})
	}
	inner := append([]byte(nil), packet...)
	inner[12] ^= 1 // the quoted source, as a NAT that forgets the checksum leaves it
	careless, err := ipv4{source: y80.Addr(), destination: x5000.Addr(), protocol: layers.IPProtocolICMPv4}.bytes(icmpError(3, 3, 0, inner))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := parse(careless, time.Time{}, false); !strings.Contains(got.Damage, "quoted packet") {
		t.Errorf("damage %q, want one of the quoted packet", got.Damage)
	}
}

// FuzzParse: whatever comes off the wire is read or refused, and can be printed
// and drawn.
func FuzzParse(f *testing.F) {
	packet := udpPacket(f, "hello")
	f.Add(packet)
	f.Add(packet[:20])
	f.Add(icmpError(3, 4, 1300, packet))
	if quoting, err := (ipv4{source: y80.Addr(), destination: x5000.Addr(), protocol: layers.IPProtocolICMPv4}).bytes(icmpError(3, 3, 0, packet)); err == nil {
		f.Add(quoting)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		arrival, err := parse(data, time.Time{}, false)
		if err != nil {
			return
		}
		_ = arrival.String()
		_ = arrival.UDPChecksum()
		ladder([]record{{data: data, inside: true}, {data: data, outgoing: true}}, nil, time.Time{}, external)
	})
}
