package stun

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// peerless returns a server with one address of each family, whose peer is not
// there yet.
func peerless() *peer {
	s := &Server{cfg: Config{Secret: secret, Logger: slog.New(slog.DiscardHandler)}}
	for _, f := range []*family{{udp: udp4, tcp: tcp4}, {udp: udp6, tcp: tcp6}} {
		local := ap("192.0.2.7:3478")
		if f.udp == udp6 {
			local = ap("[2001:db8::7]:3478")
		}
		other := netip.AddrPortFrom(local.Addr(), 3479)
		f.spots = []*spot{{local: local}, {end: otherPort, local: other}}
		s.families = append(s.families, f)
		s.alone[f.udp] = &site{at: [endpoints]netip.AddrPort{local, other}}
		s.site(f).Store(s.alone[f.udp])
	}
	s.peer = &peer{server: s, keys: keysOfTests()}
	return s.peer
}

// frames are what the servers of a pair say.
func frames(f testing.TB) []frame {
	answer := request8489(f)
	answer.Raw[0] = 1
	return []frame{
		{Kind: "hello", Public: []netip.Addr{netip.MustParseAddr("192.0.2.8"), netip.MustParseAddr("2001:db8::8")},
			Ports: [2]uint16{3478, 3479}},
		{Kind: "hello", Public: []netip.Addr{netip.MustParseAddr("192.0.2.7")}, Ports: [2]uint16{3478, 3479}},
		{Kind: "hello", Public: []netip.Addr{{}}, Ports: [2]uint16{3478, 3479}},
		{Kind: "ping"}, {Kind: "pong"}, {Kind: "connected", ID: 1}, {Kind: "failed", ID: 1}, {Kind: "unable", ID: 1},
		{Kind: "answer", To: ap("192.0.2.1:32853"), Message: answer.Raw},
		{Kind: "answer", Port: otherPort, To: ap("[::ffff:192.0.2.1]:32853"), Message: answer.Raw},
		{Kind: "connect", ID: 1, Port: otherPort, To: ap("[2001:db8::1]:32853"), Message: answer.Raw},
		{Kind: "answer", To: ap("192.0.2.1:32853"), Message: request8489(f).Raw},
		{Kind: "connect", ID: 1, To: ap("127.0.0.1:22"), Message: answer.Raw},
	}
}

// Even a peer with the secret can have nothing sent but answers, and becomes an
// alternate address only if it can be one. Its frames can be sent again.
func FuzzFrame(f *testing.F) {
	for _, one := range frames(f) {
		content, err := json.Marshal(one)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		first, err := framed(&memory{in: bytes.NewReader(content)}).receive()
		if err != nil {
			return
		}
		if line, _, _ := bytes.Cut(content, []byte("\n")); len(line) > maxFrame {
			t.Fatalf("a frame of %d bytes is read", len(line))
		}
		conn := &memory{}
		if err := framed(conn).send(first); err != nil {
			t.Fatal(err)
		}
		// Escaping can make a text too long for one frame.
		if again := conn.out.Bytes(); len(again) < maxFrame {
			second, err := framed(&memory{in: bytes.NewReader(again)}).receive()
			if err != nil {
				t.Fatal(err)
			}
			addresses := cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})
			if diff := cmp.Diff(first, second, cmpopts.EquateEmpty(), addresses); diff != "" {
				t.Errorf("said again (-want +got):\n%s", diff)
			}
		}
		p := peerless()
		checkSent(t, p, first)
		checkMet(t, p, first)
	})
}

// checkSent checks what a frame may have sent.
func checkSent(t *testing.T, p *peer, f frame) {
	them := frame{Public: []netip.Addr{netip.MustParseAddr("192.0.2.8"), netip.MustParseAddr("2001:db8::8")}}
	family, spot, err := p.spotFor(them, f)
	if err != nil {
		return
	}
	to := f.To.Addr()
	if f.Message[0] != 1 || f.Message[1] != 1 || !plausible(f.Message) {
		t.Errorf("%x is sent", f.Message)
	}
	if f.To.Port() == 0 || to.IsUnspecified() || to.IsMulticast() || to.IsLoopback() ||
		to.Is4() != (family.udp == udp4) || !sameFamily(spot.local, f.To) {
		t.Errorf("an answer goes from %v to %v", spot.local, f.To)
	}
}

// checkMet checks whom a server takes for its alternate address.
func checkMet(t *testing.T, p *peer, f frame) {
	if _, err := p.meet(f); err != nil {
		return
	}
	for _, family := range p.server.families {
		here := p.server.site(family).Load()
		if !here.pair {
			continue
		}
		for i, at := range here.at {
			if !answerable(at.Addr()) || at.Addr().Is4() != (family.udp == udp4) || at.Port() == 0 ||
				slices.Contains(here.at[:i], at) {
				t.Errorf("a pair has endpoints %v", here.at)
			}
		}
	}
}
