package router_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/natproof/natproof/probe/router"
	"github.com/natproof/natproof/probe/router/routertest"
	"github.com/natproof/natproof/topology/sandboxtest"
)

func TestPeer(t *testing.T) {
	sandboxtest.RaiseLoopback(t)
	loopback, server := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddrPort("203.0.113.11:3478")
	for _, test := range []struct {
		name, peer       string
		hurried, closed  bool
		external, reason string
		asked            int
	}{
		{name: "an address", peer: "203.0.113.7", external: "203.0.113.7", asked: 2},
		{name: "an address, in a hurry", peer: "203.0.113.7", hurried: true, external: "203.0.113.7", asked: 2},
		{name: "no line", peer: "0.0.0.0", reason: "it gives 0.0.0.0", asked: 2},
		{name: "another family", peer: "2001:db8::1", reason: "it gives 2001:db8::1", asked: 2},
		{name: "a refusal", peer: "4", reason: "refuses PEER with result code 4", asked: 1},
		{name: "silence", reason: "does not answer PEER", asked: 4},
		{name: "silence, in a hurry", hurried: true, reason: "does not answer PEER", asked: 2},
		{name: "nobody", closed: true, reason: "connection refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := &routertest.Router{Peer: test.peer}
			control, _ := fake.Open(t, loopback, 0, 0)
			if test.closed {
				control = netip.AddrPortFrom(loopback, 1) // which no socket is given by chance
			}
			hurry := make(chan struct{})
			if test.hurried {
				close(hurry)
			}
			about := router.Conversation{Local: netip.AddrPortFrom(loopback, 5000), Remote: server}
			p := router.AskPeerAt(t.Context(), hurry, control, about)
			if got := p.External; got.IsValid() != (test.external != "") ||
				got.IsValid() && got.String() != test.external {
				t.Errorf("outside address %v, want %q", got, test.external)
			}
			if !strings.Contains(p.Reason, test.reason) || strings.Contains(p.Reason, "PCP") == p.External.IsValid() {
				t.Errorf("it says %q, which lacks %q", p.Reason, test.reason)
			}
			if !test.closed && p.Sent != test.asked {
				t.Errorf("%d packets were sent, want %d", p.Sent, test.asked)
			}
		})
	}
}
