package refnat

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// corpus is where fuzzing begins: one packet of each kind.
func corpus(l *lab, from Side) [][]byte {
	sent, syn := l.send(Inside, udp(x40000, y1))[0].Data, tcp(x40000, y1, packet.SYN)
	opened := l.send(Inside, syn)[0].Data
	if from == Inside {
		delivered := l.send(Outside, udp(y1, "203.0.113.1:40000"))[0].Data
		return append(split(udp(x40000, y1, size(300)), 200),
			udp(x40000, y1), udp(x40000, y1, ttl(1)), udp(x40000, y1, size(1600), dontFragment),
			udp(x40000, "203.0.113.1:40000"), quoting("10.0.0.2", "198.51.100.1", 3, 3, delivered),
			syn, tcp(x40000, y1, packet.RST), tcp(x40000, "203.0.113.1:40000", packet.SYN))
	}
	return append(split(udp(y1, "203.0.113.1:40000", size(300)), 200),
		udp(y1, "203.0.113.1:40000"), udp(y1, "203.0.113.1:40000", size(1600)),
		quoting(router, "203.0.113.1", 11, 0, sent), quoting(router, "203.0.113.1", 3, 4, sent[:28]),
		tcp(y1, "203.0.113.1:40000", packet.SYN), tcp(y1, "203.0.113.1:40000", packet.FIN|packet.ACK),
		tcp(y2, "203.0.113.1:50000", packet.SYN), quoting(router, "203.0.113.1", 3, 4, opened[:28]))
}

func FuzzOutbound(f *testing.F) { fuzz(f, Inside) }

func FuzzInbound(f *testing.F) { fuzz(f, Outside) }

// fuzz sends a first packet and then one to have met it, such as the other half
// of a fragmented one or a reset of the session, and lets a minute pass after each.
// Since almost no change leaves the checksums right, mend has those made right again.
// Kind is which NAT it is.
func fuzz(f *testing.F, from Side) {
	kinds := []Behaviour{
		{},
		{Mapping: AddressDependent, Filtering: AddressDependent, Ports: PortSequential, Hairpin: HairpinInternalSource},
		{
			Mapping: AddressAndPortDependent, Filtering: AddressAndPortDependent, FilterState: PerMapping,
			Ports: PortRandom, Pooling: Arbitrary, Hairpin: HairpinNone,
		},
		{Translation: NoTranslation, Filtering: AddressAndPortDependent},
		{Translation: Transparent},
		{
			SharedMappings: true, SharedFilters: true, MidStream: true, SoftPooling: true,
			PortRange: PortRange{40000, 40019}, Filtering: AddressDependent,
		},
	}
	start := func(t testing.TB, kind uint8) *lab {
		l := newLab(t, behaving(kinds[int(kind)%len(kinds)]), pooled)
		l.mapped(x40000, y1)
		l.send(Inside, tcp(x40000, y1, packet.SYN))
		return l
	}
	seeds := corpus(start(f, 0), from)
	for _, seed := range seeds {
		for kind := range kinds {
			f.Add(seeds[0], seed, kind%2 == 0, uint8(kind))
			f.Add(seeds[0], seed, kind%2 == 1, uint8(kind))
		}
	}
	f.Fuzz(func(t *testing.T, first, second []byte, mend bool, kind uint8) {
		l := start(t, kind)
		for _, data := range [][]byte{first, second} {
			if mend {
				repair(data)
			}
			given := bytes.Clone(data)
			handle := l.table.Outbound
			if from == Outside {
				handle = l.table.Inbound
			}
			left := handle(data, l.now)
			l.idle(time.Minute)
			for _, p := range append(left, l.table.Tick(l.now)...) {
				checkLeft(t, l.table, p)
			}
			if !bytes.Equal(given, data) {
				t.Fatal("the packet was modified")
			}
		}
	})
}

// repair makes the checksums of the IP header, of TCP and of ICMP right, in place.
func repair(data []byte) {
	const checksum, protocol, icmp, tcp = 10, 9, 1, 6
	head, ok := mendHeader(data, checksum)
	if p, err := packet.Parse(data); ok && err == nil && data[protocol] == tcp && len(p.Segment) >= 20 {
		sum := p.Segment[16:18]
		clear(sum)
		src, dst := p.Source.Addr(), p.Destination.Addr()
		binary.BigEndian.PutUint16(sum, packet.TransportChecksum(src, dst, packet.TCP, p.Segment))
		return
	}
	if !ok || data[protocol] != icmp || len(data) < head+8 {
		return
	}
	mendHeader(data[head+8:], checksum)
	packet.Seal(data[head:], 2)
}

// mendHeader seals an IPv4 header and returns its length, false where there is
// none.
func mendHeader(data []byte, checksum int) (int, bool) {
	if len(data) < ipv4Header {
		return 0, false
	}
	length := int(data[0]&0xf) * 4
	if length < ipv4Header || length > len(data) {
		return 0, false
	}
	packet.Seal(data[:length], checksum)
	return length, true
}

// checkLeft checks what must be true of any packet that leaves.
func checkLeft(t *testing.T, table *Table, p Packet) {
	d, ok := read(p.Side, p.Data)
	if !ok {
		t.Fatalf("a broken packet left: %x", p.Data)
	}
	if len(p.Data) > table.mtu(p.Side) {
		t.Fatalf("a packet of %d bytes left", len(p.Data))
	}
	if p.Side == Outside && !table.owns(d.Protocol, d.src()) && table.cfg.Behaviour.Translation == NAPT {
		t.Fatalf("a packet from %v left outside", d.src())
	}
	if p.Side == Inside && !table.cfg.Inside.Contains(d.dst()) {
		t.Fatalf("a packet to %v left inside", d.dst())
	}
}

func BenchmarkOutbound(b *testing.B) {
	for _, mappings := range []int{1, 10000} {
		b.Run(fmt.Sprint(mappings), func(b *testing.B) {
			table, err := New(testConfig())
			if err != nil {
				b.Fatal(err)
			}
			packets := make([][]byte, mappings)
			for i := range packets {
				packets[i] = udp(fmt.Sprintf("10.0.0.2:%d", 1024+i), y1, size(1400))
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				table.Outbound(packets[i%mappings], epoch)
				i++
			}
		})
	}
}
