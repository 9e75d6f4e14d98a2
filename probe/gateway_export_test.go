package probe

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
)

// These are open to the tests, which are outside of the package since they use
// namespaces and the reference NAT.

type (
	Trace = trace
	Hop   = hop
)

const Farthest = farthest

// Exceeded is a router that a packet ended at.
func Exceeded(a string) Hop { return Hop{exceeded: netip.MustParseAddr(a)} }

// Answered is a destination that has answered.
func Answered() Hop { return Hop{reached: true} }

// NewTrace is a trace of what became of packets to the server and to this host's
// own address.
func NewTrace(server, own []Hop) Trace {
	var t Trace
	copy(t.server[:], server)
	copy(t.own[:], own)
	return t
}

func RouterToward(ctx context.Context, servers []netip.Addr) (netip.Addr, error) {
	return routerToward(ctx, servers)
}

func CountNATs(udp *Result, g *Gateway, t Trace) *NATs { return countNATs(udp, g, t) }

// AskRouter asks a router elsewhere than at the usual ports.
func AskRouter(
	ctx context.Context, hurry <-chan struct{}, portControl netip.AddrPort, searched ...netip.AddrPort,
) *Gateway {
	g := &Gateway{Router: portControl.Addr()}
	g.ask(ctx, hurry, portControl, searched)
	return g
}

func PCPRequest(client netip.Addr) []byte { return pcpRequest(client) }

// ParseControlAnswer tells version, result and outside address of an answer.
func ParseControlAnswer(b []byte) (version byte, result uint16, external netip.Addr, ok bool) {
	a, ok := parseControlAnswer(b)
	return a.version, a.result, a.external, ok
}

// PeerRequest asks how a router translates what local sends to remote.
func PeerRequest(local, remote netip.AddrPort, nonce [12]byte) []byte {
	return peerRequest(conversation{local, remote}, nonce, peerLifetime)
}

// ParsePeerAnswer tells result and outside address of an answer.
func ParsePeerAnswer(b, request []byte) (result byte, external netip.Addr, ok bool) {
	a, ok := parsePeerAnswer(b, request)
	return a.result, a.external, ok
}

// AskPeer asks a router elsewhere than at the usual port.
func (g *Gateway) AskPeer(ctx context.Context, hurry <-chan struct{}, portControl, local, remote netip.AddrPort) {
	g.askOf(ctx, hurry, portControl, conversation{local, remote})
}

// DeviceLocation tells where on the router an answer to a search leads.
func DeviceLocation(answer []byte, router netip.Addr) string {
	if u := deviceLocation(answer, router); u != nil {
		return u.String()
	}
	return ""
}

const MostServices = mostServices

// ExternalAddress reads a description and asks the services in it by way of a
// client.
func ExternalAddress(ctx context.Context, client *http.Client, location *url.URL) (netip.Addr, error) {
	return externalAddress(ctx, client, location)
}
