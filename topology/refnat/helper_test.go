package refnat

import (
	"cmp"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
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

// nextPorts makes the port known that is given on a collision.
func nextPorts(c *Config) { c.Behaviour.Ports = PortNext }

func pooled(c *Config) {
	for _, addr := range []string{"203.0.113.2", "203.0.113.3"} {
		c.External = append(c.External, netip.MustParseAddr(addr))
	}
}

// A mapped is a dynamic mapping as a test sees it.
type mapped struct {
	Internal, External string
	Expires            time.Time
	Remotes            []string // sorted
}

// mappings returns the dynamic mappings, sorted by internal and external endpoint.
func (l *lab) mappings() []mapped {
	l.table.Tick(l.now)
	list := make([]mapped, 0, len(l.table.mappings))
	for _, m := range l.table.mappings {
		one := mapped{Internal: m.internal.String(), External: m.external.String(), Expires: m.life.end()}
		for y := range m.remotes.all() {
			one.Remotes = append(one.Remotes, y.String())
		}
		slices.Sort(one.Remotes)
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b mapped) int {
		return cmp.Or(cmp.Compare(a.Internal, b.Internal), cmp.Compare(a.External, b.External))
	})
	return list
}

func (l *lab) idle(d time.Duration) { l.now = l.now.Add(d) }

// send gives the NAT a packet on one side and reads what leaves, which must be
// in order as far as checksums go.
func (l *lab) send(from Side, data []byte) []seen {
	l.Helper()
	var packets []Packet
	if from == Inside {
		packets = l.table.Outbound(data, l.now)
	} else {
		packets = l.table.Inbound(data, l.now)
	}
	return l.look(packets)
}

// tick lets the NAT act by itself.
func (l *lab) tick() []seen { return l.look(l.table.Tick(l.now)) }

func (l *lab) look(packets []Packet) []seen {
	list := make([]seen, len(packets))
	for i, p := range packets {
		list[i] = look(l.TB, p)
	}
	return list
}

// next returns how far away the time is at which the NAT acts by itself, negative
// when there is none.
func (l *lab) next() time.Duration {
	due, ok := l.table.Next()
	if !ok {
		return -1
	}
	return due.Sub(l.now)
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
	packet.Packet
	Side
	src, to string
}

func look(t testing.TB, p Packet) seen {
	t.Helper()
	got, err := packet.Parse(p.Data)
	if err != nil || got.Damage != "" {
		t.Fatalf("broken packet left: damage %q, error %v: %x", got.Damage, err, p.Data)
	}
	return seen{got, p.Side, packet.Address(got.Source), packet.Address(got.Destination)}
}

// udp returns a UDP packet. Options change the IP header or the payload.
func udp(src, dst string, options ...func(*packet.Header, *[]byte)) []byte {
	from, to := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	head := packet.Header{Source: from.Addr(), Destination: to.Addr(), Protocol: packet.UDP, ID: 1}
	payload := []byte("hello")
	for _, option := range options {
		option(&head, &payload)
	}
	return must(head.Packet(packet.UDPSegment(from, to, payload)))
}

func ttl(n uint8) func(*packet.Header, *[]byte) {
	return func(head *packet.Header, _ *[]byte) { head.TTL = n }
}

func dontFragment(head *packet.Header, _ *[]byte) { head.DontFragment = true }

// size makes the whole packet n bytes long, without options.
func size(n int) func(*packet.Header, *[]byte) {
	return func(_ *packet.Header, payload *[]byte) {
		*payload = make([]byte, n-28)
		for i := range *payload {
			(*payload)[i] = byte(i / 7)
		}
	}
}

func identified(id uint16) func(*packet.Header, *[]byte) {
	return func(head *packet.Header, _ *[]byte) { head.ID = id }
}

// quoting returns an ICMP error that quotes a packet, or what is given of it.
func quoting(src, dst string, kind, code uint8, quote []byte) []byte {
	head := packet.Header{
		Source: netip.MustParseAddr(src), Destination: netip.MustParseAddr(dst), Protocol: packet.ICMP, ID: 2,
	}
	return must(head.Packet(packet.ICMPSegment(kind, code, 1234, quote)))
}
