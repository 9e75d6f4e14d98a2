//go:build darwin || linux

package path_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"github.com/natproof/natproof/probe/path"
)

// quoting is an ICMP error about a datagram, of which it quotes the header with
// some options and the first bytes.
func quoting(kind ipv4.ICMPType, options int, from, to netip.AddrPort) []byte {
	quote := make([]byte, 20+options, 28+options)
	quote[0], quote[9] = byte(4<<4|len(quote)/4), 17
	copy(quote[12:], from.Addr().AsSlice())
	copy(quote[16:], to.Addr().AsSlice())
	quote = binary.BigEndian.AppendUint16(quote, from.Port())
	quote = binary.BigEndian.AppendUint16(quote, to.Port())
	quote = append(quote, 0, 8, 0, 0)
	m := icmp.Message{Type: kind, Body: &icmp.TimeExceeded{Data: quote}}
	b, err := m.Marshal(nil)
	if err != nil {
		panic(err) // our own bug
	}
	return b
}

// A message tells of the end of at most one packet that was sent from the port,
// and only the destination tells that it was reached.
func FuzzICMP(f *testing.F) {
	const port = 40000
	exceeded, unreachable := ipv4.ICMPTypeTimeExceeded, ipv4.ICMPTypeDestinationUnreachable
	local, outside := netip.MustParseAddrPort("192.168.1.2:40000"), netip.MustParseAddrPort("203.0.113.1:40000")
	other := netip.MustParseAddrPort("192.168.1.2:40001")
	to := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(traceServer, port) }
	header, err := (&ipv4.Header{
		Version: 4, Len: 20, Protocol: 1,
		Src: net.IP(traceHome.AsSlice()), Dst: net.IP(local.Addr().AsSlice()),
	}).Marshal()
	check(f, err)
	first := path.NewEnd(traceServer, 1, path.Hop{Exceeded: traceHome})
	second := path.NewEnd(traceServer, 2, path.Hop{Exceeded: traceHome})
	reached := path.NewEnd(traceServer, 8, path.Hop{Reached: true})
	noUDP := quoting(exceeded, 0, local, to(33434))
	noIPv4, short := slices.Clone(noUDP), slices.Clone(noUDP)
	noUDP[8+9], noIPv4[8] = 6, 6<<4|5
	// Where the ports would be then, this address has right ones.
	noLength := quoting(exceeded, 0, local, netip.MustParseAddrPort("156.64.130.154:33434"))
	noLength[8] = 4<<4 | 4
	for _, test := range []struct {
		name string
		b    []byte
		from netip.Addr
		want path.End
	}{
		{"a router", quoting(exceeded, 0, local, to(33434)), traceHome, first},
		{"a quote as it was outside", quoting(exceeded, 0, outside, to(33435)), traceHome, second},
		{"a quote with options", quoting(exceeded, 8, local, to(33435)), traceHome, second},
		{"the header was left", append(header, quoting(exceeded, 0, local, to(33435))...), traceHome, second},
		{"the destination is unreachable", quoting(unreachable, 0, local, to(33441)), traceServer, reached},
		{"it expires at the destination", quoting(exceeded, 0, local, to(33441)), traceServer, reached},
		{"a router refuses", quoting(unreachable, 0, local, to(33434)), traceHome, path.End{}},
		{"another program's", quoting(exceeded, 0, other, to(33434)), traceHome, path.End{}},
		{"a port below", quoting(exceeded, 0, local, to(33433)), traceHome, path.End{}},
		{"a port above", quoting(exceeded, 0, local, to(33442)), traceHome, path.End{}},
		{"an echo", quoting(ipv4.ICMPTypeEchoReply, 0, local, to(33434)), traceHome, path.End{}},
		{"no datagram", noUDP, traceHome, path.End{}},
		{"not IPv4", noIPv4, traceHome, path.End{}},
		{"too short a header", noLength, traceHome, path.End{}},
		{"too short a quote", short[:8+20+3], traceHome, path.End{}},
		{"nothing but a header", header, traceHome, path.End{}},
		{"nothing", nil, traceHome, path.End{}},
	} {
		f.Add(test.b, test.from == traceServer)
		got, ok := path.ReadICMP(test.b, test.from, port)
		if want := test.want != (path.End{}); ok != want || ok && got != test.want {
			f.Errorf("%s: %v, %v, want %v", test.name, got, ok, test.want)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, itself bool) {
		from := traceHome
		if itself {
			from = traceServer
		}
		e, ok := path.ReadICMP(b, from, port)
		if !ok {
			return
		}
		if e.Lived() < 1 || e.Lived() > path.Farthest || !e.To().Is4() {
			t.Errorf("%x tells of a packet to %v that lived %d hops", b, e.To(), e.Lived())
		}
		if h := e.Hop(); h.Reached != (from == e.To()) || h.Reached == (h.Exceeded == from) {
			t.Errorf("%x from %v tells that a packet to %v: %s", b, from, e.To(), h.Words())
		}
		if _, ok := path.ReadICMP(b, from, port+1); ok {
			t.Errorf("%x tells of packets from two ports", b)
		}
	})
}
