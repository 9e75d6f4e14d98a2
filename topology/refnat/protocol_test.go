package refnat

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
)

// flags is a protocol for tests, with rules that UDP does not have: TCP whose
// mappings are opened by SYN alone, live for a minute after it, and end with a RST
// to the inside. A SYN that is not let in is answered six seconds later, unless
// it is let in by then (RFC 5382, REQ-4).
func flags() *protocol {
	return &protocol{
		numbers:   numbering{classes: []class{wellKnown, others}},
		sound:     func(p *packet.Packet) bool { return p.TCP != nil && !p.TCP.Cut },
		opens:     func(_ *Table, d *datagram) bool { return d.TCP.Flags == packet.SYN },
		continues: func(l life, y packet.Endpoint) bool { return l.(*flagsLife).remote == y },
		begin:     func(_ *Table, m *mapping) life { return &flagsLife{mapping: m} },
		refused: func(t *Table, d *datagram, now time.Time) []Packet {
			t.agenda.at(now.Add(6*time.Second), func(time.Time) []Packet {
				if m := t.inward(d.DestinationEndpoint()); m != nil && t.admits(m, d.SourceEndpoint()) {
					return nil
				}
				return t.complain(d, 3)
			})
			return nil
		},
	}
}

type flagsLife struct {
	mapping *mapping
	remote  packet.Endpoint
	opened  time.Time
}

func (l *flagsLife) sent(p *packet.Packet, y packet.Endpoint, now time.Time) {
	l.remote = y
	if p.TCP.Flags&packet.SYN != 0 {
		l.opened = now
	}
}

func (l *flagsLife) received(*packet.Packet, packet.Endpoint, time.Time) {}
func (l *flagsLife) end() time.Time                                      { return l.opened.Add(time.Minute) }

func (l *flagsLife) ended(time.Time) ([]Packet, bool) {
	last := tcp(l.remote.AddrPort.String(), l.mapping.internal.AddrPort.String(), packet.RST)
	return []Packet{{Inside, last}}, true
}

// newMixedLab returns a lab whose table translates three protocols.
func newMixedLab(t testing.TB, change ...func(*Config)) *lab {
	t.Helper()
	cfg := testConfig()
	for _, f := range change {
		f(&cfg)
	}
	protocols := translated()
	protocols[packet.TCP] = flags()
	table, err := newTable(cfg, protocols)
	if err != nil {
		t.Fatal(err)
	}
	return &lab{t, table, epoch}
}

func tcp(src, dst string, flags packet.Flags) []byte {
	from, to := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	head := packet.Header{Source: from.Addr(), Destination: to.Addr(), Protocol: packet.TCP, ID: 1}
	return must(head.Packet(packet.TCPSegment(from, to, packet.TCPHeader{Seq: 7, Flags: flags}, []byte("hello"))))
}

// echo returns an echo request, or an echo reply.
func echo(src, dst string, kind uint8, id uint16) []byte {
	head := packet.Header{
		Source: netip.MustParseAddr(src), Destination: netip.MustParseAddr(dst), Protocol: packet.ICMP, ID: 1,
	}
	return must(head.Packet(packet.ICMPSegment(kind, 0, packet.Query(id, 1), []byte("hello"))))
}

// ends returns source and destination of each packet.
func ends(list []seen) [][2]string {
	var pairs [][2]string
	for _, s := range list {
		pairs = append(pairs, [2]string{s.SourceEndpoint().String(), s.DestinationEndpoint().String()})
	}
	return pairs
}

// RFC 7857, Sections 5 and 6: a port of UDP and the same of TCP have nothing to
// do with each other.
func TestProtocolsApart(t *testing.T) {
	l := newMixedLab(t, behaving(Behaviour{Filtering: AddressAndPortDependent}))
	l.mapped(x40000, y1)
	got := ends(l.send(Inside, tcp(z40000, y2, packet.SYN))) // which takes z's own port
	if diff := cmp.Diff([][2]string{{"TCP 203.0.113.1:40000", "TCP " + y2}}, got); diff != "" {
		t.Errorf("TCP of the port that UDP has (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		name   string
		packet []byte
		want   [][2]string
	}{
		{"UDP's filter", udp(y2, "203.0.113.1:40000"), nil},
		{"TCP's filter", tcp(y1, "203.0.113.1:40000", packet.SYN), nil},
		{"UDP", udp(y1, "203.0.113.1:40000"), [][2]string{{"UDP " + y1, "UDP " + x40000}}},
		{"TCP", tcp(y2, "203.0.113.1:40000", packet.SYN), [][2]string{{"TCP " + y2, "TCP " + z40000}}},
	} {
		if diff := cmp.Diff(test.want, ends(l.send(Outside, test.packet))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	l.idle(time.Minute)
	l.tick() // TCP tells of its end
	if l.reaches(y1, "203.0.113.1:40000") == "" {
		t.Error("UDP's mapping ends with TCP's")
	}
	if got := l.send(Outside, tcp(y2, "203.0.113.1:40000", packet.SYN)); len(got) != 0 {
		t.Error("TCP's mapping lives as long as UDP's")
	}
	l.idle(defaultLifetime)
	l.mappings()
	if n := len(l.table.endpoints) + len(l.table.hosts) + len(l.table.external) + len(l.table.sharers); n != 0 {
		t.Errorf("%d pieces of state are left behind", n)
	}
}

// A packet that opens nothing is dropped, unless there is a mapping for it.
func TestOpens(t *testing.T) {
	l := newMixedLab(t, behaving(Behaviour{Mapping: AddressDependent}))
	for _, test := range []struct {
		to    string
		flags packet.Flags
		want  int
	}{{y1, packet.ACK, 0}, {y1, packet.SYN, 1}, {y1, packet.ACK, 1}, {y2, packet.ACK, 0}} {
		if got := l.send(Inside, tcp(x40000, test.to, test.flags)); len(got) != test.want {
			t.Errorf("%v to %s: %d packets left, want %d", test.flags, test.to, len(got), test.want)
		}
	}
}

func TestErrorsOfProtocols(t *testing.T) {
	l := newMixedLab(t)
	l.mapped(z40000, y1) // of the same number
	sent := l.send(Inside, tcp(x40000, y1, packet.SYN))[0].Data
	got := l.errors(l.send(Outside, quoting(router, "203.0.113.1", 11, 0, sent)))
	want := []told{{Inside, router, "10.0.0.2", 11, 0, 1234, x40000, y1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("about TCP (-want +got):\n%s", diff)
	}
	sent = l.send(Inside, echo("10.0.0.2", router, 8, 9))[0].Data
	got = l.errors(l.send(Outside, quoting(router, "203.0.113.1", 11, 0, sent)))
	want = []told{{Inside, router, "10.0.0.2", 11, 0, 1234, "10.0.0.2:9", router + ":0"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("about a query (-want +got):\n%s", diff)
	}
	delivered := l.send(Outside, tcp(y2, "203.0.113.1:40000", packet.SYN))[0].Data
	got = l.errors(l.send(Inside, quoting("10.0.0.2", "198.51.100.2", 3, 3, delivered)))
	want = []told{{Outside, "203.0.113.1", "198.51.100.2", 3, 3, 1234, y2, "203.0.113.1:40000"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("from inside about TCP (-want +got):\n%s", diff)
	}
	// Of a query that has no hop left the sender is told, of an error nobody is.
	hopless := func(data []byte) []byte {
		p, _ := read(Inside, data)
		p.EditOf(data).SetTTL(1)
		return data
	}
	if got := l.errors(l.send(Inside, hopless(echo("10.0.0.2", router, 8, 0)))); len(got) != 1 {
		t.Errorf("a query's sender is told %v", got)
	}
	if got := l.send(Inside, hopless(quoting("10.0.0.2", "198.51.100.2", 3, 3, delivered))); len(got) != 0 {
		t.Errorf("an error's sender is told %v", ends(got))
	}
}

// Query identifiers have neither classes nor parity, and zero is given to nobody.
func TestQueryIdentifiers(t *testing.T) {
	l := newMixedLab(t, behaving(Behaviour{Ports: PortSequential}))
	for _, test := range []struct{ given, want uint16 }{{7, 1}, {70, 2}, {4000, 3}, {0, 4}, {65535, 5}} {
		got := l.send(Inside, echo("10.0.0.2", router, 8, test.given))
		if len(got) != 1 || got[0].ICMP.ID() != test.want {
			t.Fatalf("identifier %d is mapped to %d, want %d", test.given, got[0].ICMP.ID(), test.want)
		}
		back := l.send(Outside, echo(router, "203.0.113.1", 0, test.want))
		if len(back) != 1 || back[0].ICMP.ID() != test.given || back[0].to != packet.Address(
			netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), test.given)) {
			t.Errorf("the reply to %d comes back as %v", test.given, ends(back))
		}
	}
}

func TestPolicyOfProtocols(t *testing.T) {
	external, inside := netip.MustParseAddrPort("203.0.113.1:40000"), netip.MustParseAddrPort("10.0.0.4:53")
	l := newMixedLab(t, behaving(Behaviour{Filtering: AddressAndPortDependent}), func(c *Config) {
		c.Static = []Pair{{netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("203.0.113.9")}}
		c.Forwards = []Forward{
			{External: external, Inside: inside},
			{Protocol: packet.TCP, External: external, Inside: netip.MustParseAddrPort("10.0.0.5:53")},
		}
	})
	for _, test := range []struct {
		packet []byte
		want   [2]string
	}{
		{udp(y1, "203.0.113.1:40000"), [2]string{"UDP " + y1, "UDP 10.0.0.4:53"}},
		{tcp(y1, "203.0.113.1:40000", packet.SYN), [2]string{"TCP " + y1, "TCP 10.0.0.5:53"}},
		{tcp(y1, "203.0.113.9:80", packet.SYN), [2]string{"TCP " + y1, "TCP 10.0.0.3:80"}},
		{udp(y1, "203.0.113.9:80"), [2]string{"UDP " + y1, "UDP 10.0.0.3:80"}},
	} {
		if diff := cmp.Diff([][2]string{test.want}, ends(l.send(Outside, test.packet))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if got := ends(l.send(Inside, tcp("10.0.0.3:80", y1, packet.ACK))); len(got) != 1 {
		t.Errorf("a pair's packet that opens nothing becomes %v", got)
	}
}

// How many others were refused a port counts by protocol.
func TestCollisionsOfProtocols(t *testing.T) {
	l := newMixedLab(t, faulty(t, "mapping-by-address-after-two-collisions"))
	for _, x := range []string{x40000, z40000} {
		l.send(Inside, tcp(x, y1, packet.SYN))
		l.mapped(x, y1)
	}
	l.mapped(w40000, y1)
	one := l.send(Inside, tcp(z40000, y1, packet.SYN))[0].src
	if other := l.send(Inside, tcp(z40000, y2, packet.SYN))[0].src; other != one {
		t.Errorf("TCP with one other of its port is mapped to %s and %s", one, other)
	}
	if l.mapped(w40000, y1) == l.mapped(w40000, y2) {
		t.Error("UDP with two others of its port has one mapping")
	}
}
