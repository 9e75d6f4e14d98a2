package refnat

import (
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// The names of RFC 4787: inside hosts x and z, outside hosts y1 and y2, and the
// NAT's external addresses.
const (
	x40000 = "10.0.0.2:40000"
	z40000 = "10.0.0.3:40000"
	w40000 = "10.0.0.4:40000"
	y1     = "198.51.100.1:7000"
	y1b    = "198.51.100.1:7001"
	y2     = "198.51.100.2:7000"
	router = "198.51.100.9"
)

var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func testConfig() Config {
	return Config{
		Inside:     netip.MustParsePrefix("10.0.0.0/24"),
		InsideAddr: netip.MustParseAddr("10.0.0.1"),
		External:   []netip.Addr{netip.MustParseAddr("203.0.113.1")},
		Seed:       1,
	}
}

// A lab is a table with a clock.
type lab struct {
	testing.TB
	table *Table
	now   time.Time
}

func newLab(t testing.TB, change ...func(*Config)) *lab {
	t.Helper()
	cfg := testConfig()
	for _, f := range change {
		f(&cfg)
	}
	table, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &lab{t, table, epoch}
}

func behaving(b Behaviour) func(*Config) { return func(c *Config) { c.Behaviour = b } }

func faulty(t testing.TB, names ...string) func(*Config) {
	return func(c *Config) {
		for _, name := range names {
			if err := c.Faults.Set(name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func pool(c *Config) {
	for _, addr := range []string{"203.0.113.2", "203.0.113.3"} {
		c.External = append(c.External, netip.MustParseAddr(addr))
	}
}

func (l *lab) idle(d time.Duration) { l.now = l.now.Add(d) }

// send gives the NAT a packet on one side and reads what leaves, which must be
// in order as far as checksums go.
func (l *lab) send(from Side, packet []byte) []seen {
	l.Helper()
	var packets []Packet
	if from == Inside {
		packets = l.table.Outbound(packet, l.now)
	} else {
		packets = l.table.Inbound(packet, l.now)
	}
	list := make([]seen, len(packets))
	for i, p := range packets {
		list[i] = read(l.TB, p)
	}
	return list
}

// mapped returns the external endpoint that y sees x send from.
func (l *lab) mapped(x, y string) string {
	l.Helper()
	got := l.send(Inside, udp(x, y))
	// PrivateLeak sends a second packet.
	if len(got) == 0 || got[0].Side != Outside || got[0].to != y {
		l.Fatalf("%s to %s: sent on %+v, want a packet to %s outside", x, y, got, y)
	}
	return got[0].src
}

// reaches returns the internal endpoint that a packet from y to x1 gets to,
// empty if none.
func (l *lab) reaches(y, x1 string) string {
	l.Helper()
	got := l.send(Outside, udp(y, x1))
	if len(got) == 0 {
		return ""
	}
	if len(got) != 1 || got[0].Side != Inside || got[0].src != y {
		l.Fatalf("%s to %s: sent on %+v, want one packet from %s inside", y, x1, got, y)
	}
	return got[0].to
}

// alive says whether what y sends to x1 still reaches someone.
func (l *lab) alive(y, x1 string) bool {
	l.Helper()
	return l.reaches(y, x1) != ""
}

// A seen is a packet that left the NAT. Its endpoints have no port if it is not
// UDP or not a first fragment.
type seen struct {
	Side
	src, to string
	ip      layers.IPv4
	data    []byte
}

func read(t testing.TB, p Packet) seen {
	t.Helper()
	d, ok := parse(p.Side, p.Data)
	if !ok {
		t.Fatalf("broken packet left: %x", p.Data)
	}
	s := seen{p.Side, d.src.String(), d.dst.String(), d.IPv4, p.Data}
	if d.Protocol == layers.IPProtocolUDP && d.FragOffset == 0 {
		s.src = portAt(d.src, d.Payload, udpSource).String()
		s.to = portAt(d.dst, d.Payload, udpDest).String()
	}
	if !d.fragmented() && !transportValid(d) {
		t.Fatalf("packet with a wrong checksum left: %x", p.Data)
	}
	return s
}

// transportValid verifies the checksum of UDP, where there is one, or ICMP.
func transportValid(d *datagram) bool {
	switch d.Protocol {
	case layers.IPProtocolUDP:
		var u layers.UDP
		if u.DecodeFromBytes(d.Payload, gopacket.NilDecodeFeedback) != nil {
			return false
		}
		if u.SetNetworkLayerForChecksum(&d.IPv4) != nil {
			return false
		}
		err, result := u.VerifyChecksum()
		return err == nil && result.Valid
	case layers.IPProtocolICMPv4:
		return valid(d.Payload)
	}
	return true
}

// udp returns a UDP packet. Options change the IP header or the payload.
func udp(src, dst string, options ...func(*layers.IPv4, *[]byte)) []byte {
	from, to := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	ip := &layers.IPv4{
		Version: 4, TTL: 64, Id: 1, Protocol: layers.IPProtocolUDP,
		SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice(),
	}
	payload := []byte("hello")
	for _, option := range options {
		option(ip, &payload)
	}
	u := &layers.UDP{SrcPort: layers.UDPPort(from.Port()), DstPort: layers.UDPPort(to.Port())}
	if err := u.SetNetworkLayerForChecksum(ip); err != nil {
		panic(err)
	}
	return serialize(ip, u, gopacket.Payload(payload))
}

func ttl(n uint8) func(*layers.IPv4, *[]byte) {
	return func(ip *layers.IPv4, _ *[]byte) { ip.TTL = n }
}

func dontFragment(ip *layers.IPv4, _ *[]byte) { ip.Flags |= layers.IPv4DontFragment }

// size makes the whole packet n bytes long, without options.
func size(n int) func(*layers.IPv4, *[]byte) {
	return func(_ *layers.IPv4, payload *[]byte) {
		*payload = make([]byte, n-ipHeader-udpHeader)
		for i := range *payload {
			(*payload)[i] = byte(i / 7)
		}
	}
}

func identified(id uint16) func(*layers.IPv4, *[]byte) {
	return func(ip *layers.IPv4, _ *[]byte) { ip.Id = id }
}

// quoting returns an ICMP error that quotes a packet, or what is given of it.
func quoting(src, dst string, kind, code uint8, quote []byte) []byte {
	ip := &layers.IPv4{
		Version: 4, TTL: 64, Id: 2, Protocol: layers.IPProtocolICMPv4,
		SrcIP: netip.MustParseAddr(src).AsSlice(), DstIP: netip.MustParseAddr(dst).AsSlice(),
	}
	icmp := &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(kind, code), Seq: 1234}
	return serialize(ip, icmp, gopacket.Payload(quote))
}

func serialize(list ...gopacket.SerializableLayer) []byte {
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, list...); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}
