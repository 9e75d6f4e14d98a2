package probe_test

import (
	"encoding/hex"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/stun"
)

// An echo is a Transport that answers every question with a fuzzer's bytes, which
// get the question's transaction ID where they have room for it.
type echo struct {
	now     time.Time
	payload []byte
	from    netip.AddrPort
	sockets int
	queue   []probe.Arrival
}

func (e *echo) Now() time.Time { return e.now }
func (e *echo) Close() error   { return nil }

func (e *echo) Open(netip.Addr, uint16) (probe.Socket, error) {
	id := e.sockets
	e.sockets++
	local := netip.AddrPortFrom(hostAddr, 40000+uint16(id))
	return probe.Socket{ID: id, Local: local, Send: func(_ netip.AddrPort, question []byte) {
		answer := append([]byte(nil), e.payload...)
		if len(answer) >= 20 {
			copy(answer[4:20], question[4:20])
		}
		e.queue = append(e.queue, probe.Arrival{Socket: id, From: e.from, Payload: answer, At: e.now})
	}}, nil
}

func (e *echo) Receive(until time.Time) (probe.Arrival, bool) {
	if len(e.queue) == 0 {
		e.now = until
		return probe.Arrival{}, false
	}
	e.now = e.now.Add(time.Millisecond)
	a := e.queue[0]
	e.queue = e.queue[1:]
	a.At = e.now
	return a, true
}

// captures are datagrams of other projects' clients and servers.
func captures(f *testing.F) [][]byte {
	text, err := os.ReadFile("stun/testdata/captures.txt")
	check(f, err)
	var all [][]byte
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimSpace(line), "\t"); len(fields) == 3 {
			b, err := hex.DecodeString(fields[2])
			check(f, err)
			all = append(all, b)
		}
	}
	return all
}

// Whatever a server answers, there is an end, and no verdict on a filter: these
// answers all come from one place.
func FuzzAnswers(f *testing.F) {
	for _, lie := range []func(*simAnswer){
		nil, func(a *simAnswer) { a.other = a.server.primary }, func(a *simAnswer) { a.code = 420 },
	} {
		v := server(a1, a2, lie)
		a := &simAnswer{server: v, at: a1, from: a1, mapped: netip.MustParseAddrPort("198.51.100.1:40000"), other: a2}
		if lie != nil {
			lie(a)
		}
		f.Add(a.encode([12]byte{}), true)
	}
	f.Add([]byte{}, false)
	for _, b := range captures(f) {
		f.Add(b, true)
	}
	f.Fuzz(func(t *testing.T, payload []byte, home bool) {
		e := &echo{now: time.Unix(0, 0), payload: payload, from: a2}
		if home {
			e.from = a1
		}
		r, err := probe.UDP(e, []probe.Server{{Endpoint: a1}}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Filtering != probe.NotDetermined || r.Sent > 2000 {
			t.Errorf("%v after %d packets: %s", r.Filtering, r.Sent, r.Reason)
		}
	})
}

// Measurements on request end as well, and believe nothing that did not happen:
// no answer comes to another socket than it was asked from.
func FuzzRequested(f *testing.F) {
	f.Add([]byte{})
	for _, b := range captures(f) {
		f.Add(b)
	}
	padded, err := stun.NewBindingRequest(address(pion.AttrMappedAddress, a2), stun.Padding(1800))
	check(f, err)
	padded.Raw[0] = 1
	f.Add(padded.Raw)
	f.Fuzz(func(t *testing.T, payload []byte) {
		ask := func() *echo { return &echo{now: time.Unix(0, 0), payload: payload, from: a1} }
		at := probe.Server{Endpoint: a1}
		hairpin := probe.UDPHairpin(ask(), at, new(probe.Result))
		if hairpin.Works == probe.Yes || hairpin.Sent > 200 {
			t.Errorf("hairpinning: %+v", hairpin)
		}
		fragments := probe.UDPFragments(ask(), at)
		if fragments.Sent > 200 || fragments.Inbound == probe.Yes && len(payload) <= 1472 {
			t.Errorf("fragments: %+v", fragments)
		}
		lifetime := probe.UDPLifetime(ask(), at, 10*time.Second, nil)
		if lifetime.Stream != (probe.Span{}) || lifetime.Sent > 200 {
			t.Errorf("lifetime: %+v", lifetime)
		}
	})
}

func FuzzServer(f *testing.F) {
	for _, s := range []string{
		"stun.example.org", "stun.example.org:3478", "[2001:db8::1]:1", "2001:db8::1", "192.0.2.1", ":1", "a:b:c", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if host, port, err := probe.ParseServer(s); err == nil && (host == "" || port == 0) {
			t.Errorf("%q gives host %q, port %d", s, host, port)
		}
	})
}
