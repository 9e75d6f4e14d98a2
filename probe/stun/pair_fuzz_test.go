package stun

import (
	"bytes"
	"io"
	"log/slog"
	"net/netip"
	"net/rpc/jsonrpc"
	"slices"
	"testing"
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

// orders are what the servers of a pair ask of each other, or should not.
func orders(t testing.TB) []order {
	answer := request8489(t)
	answer.Raw[0] = 1
	return []order{
		{To: ap("192.0.2.1:32853"), Message: answer.Raw},
		{Port: otherPort, To: ap("[::ffff:192.0.2.1]:32853"), Message: answer.Raw},
		{Port: otherPort, To: ap("[2001:db8::1]:32853"), Message: answer.Raw},
		{To: ap("192.0.2.1:32853"), Message: request8489(t).Raw},
		{To: ap("127.0.0.1:22"), Message: answer.Raw},
	}
}

// greetings are how they introduce themselves, or should not.
func greetings() []greeting {
	ports := [2]uint16{3478, 3479}
	return []greeting{
		{[]netip.Addr{netip.MustParseAddr("192.0.2.8"), netip.MustParseAddr("2001:db8::8")}, ports},
		{[]netip.Addr{netip.MustParseAddr("192.0.2.7")}, ports},
		{[]netip.Addr{{}}, ports},
	}
}

// requests are what goes over a control connection, without TLS.
func requests(t testing.TB) [][]byte {
	var all [][]byte
	say := func(method string, argument any) {
		conn := &unanswered{closed: make(chan struct{})}
		client := jsonrpc.NewClient(conn)
		client.Go(method, argument, nil, nil)
		all = append(all, conn.out.Bytes())
		_ = client.Close()
	}
	for _, one := range greetings() {
		say(helloMethod, one)
	}
	for _, one := range orders(t) {
		say(answerMethod, one)
		say(connectMethod, one)
	}
	return all
}

// An unanswered connection brings nothing until it is closed.
type unanswered struct {
	memory
	closed chan struct{}
}

func (c *unanswered) Read([]byte) (int, error) { <-c.closed; return 0, io.EOF }
func (c *unanswered) Close() error             { close(c.closed); return nil }

// Whatever comes over a control connection is either understood or ends it.
func FuzzControl(f *testing.F) {
	for _, one := range requests(f) {
		f.Add(one)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		p := peerless()
		for _, family := range p.server.families {
			family.spots = nil // nothing can be sent
		}
		p.oblige(t.Context(), &lively{Conn: &memory{in: bytes.NewReader(content)}})
	})
}

// Even a peer with the secret can have nothing sent but answers, and becomes an
// alternate address only if it can be one.
func FuzzPeer(f *testing.F) {
	for _, one := range orders(f) {
		f.Add(one.To.Addr().AsSlice(), one.To.Port(), uint8(one.Port), one.Message)
	}
	for _, one := range greetings() {
		f.Add(one.Public[0].AsSlice(), one.Ports[0], uint8(0), []byte{})
	}
	f.Fuzz(func(t *testing.T, address []byte, port uint16, at uint8, message []byte) {
		addr, _ := netip.AddrFromSlice(address)
		p := peerless()
		checkSent(t, p, order{endpoint(at), netip.AddrPortFrom(addr, port), message})
		checkMet(t, p, greeting{[]netip.Addr{addr}, [2]uint16{port, port ^ 1}})
		checkMet(t, p, greeting{[]netip.Addr{addr}, p.server.hello().Ports})
	})
}

// checkSent checks what an order may have sent.
func checkSent(t *testing.T, p *peer, f order) {
	c := &caller{peer: p}
	c.them.Store(&greetings()[0])
	family, spot, err := c.spotFor(f)
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
func checkMet(t *testing.T, p *peer, them greeting) {
	if _, err := p.join(nil, them); err != nil {
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
