package stun

import (
	"net"
	"net/rpc/jsonrpc"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A request that waits for the peer to connect ends when the peer is lost.
func TestLineBreaks(t *testing.T) {
	here, there := net.Pipe()
	l := newLine(jsonrpc.NewClient(here))
	done := make(chan Event)
	go func() { done <- l.connect(t.Context(), reply{to: ap("127.0.0.1:7")}) }()
	if _, err := there.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = there.Close()
	if got := <-done; got != PeerLost {
		t.Errorf("%v, want %v", got, PeerLost)
	}
}

// A lost peer gets no requests, so the next connection to it begins without old
// ones.
func TestPeerParts(t *testing.T) {
	p := peerless()
	r := reply{bytes: request8489(t).Raw, to: ap("127.0.0.1:7")}
	p.line.Store(newLine(nil))
	got := []Event{p.answer(r)}
	p.part()
	got = append(got, p.answer(r), p.connect(t.Context(), r))
	if diff := cmp.Diff([]Event{Forwarded, PeerLost, PeerLost}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
