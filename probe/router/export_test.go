package router

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
)

// These are open to the tests, which are outside of the package since what they
// share with other packages' tests is.

// AskAt asks a router elsewhere than at the usual ports.
func AskAt(
	ctx context.Context, hurry <-chan struct{}, portControl netip.AddrPort, searched ...netip.AddrPort,
) Answers {
	return ask(ctx, hurry, portControl, searched)
}

func PCPRequest(client netip.Addr) []byte { return pcpRequest(client) }

// ParseControlAnswer tells version, result and outside address of an answer.
func ParseControlAnswer(b []byte) (version byte, result uint16, external netip.Addr, ok bool) {
	a, ok := parseControlAnswer(b)
	return a.version, a.result, a.external, ok
}

// PeerRequest asks how a router translates what local sends to remote.
func PeerRequest(local, remote netip.AddrPort, nonce [12]byte) []byte {
	return peerRequest(Conversation{local, remote}, nonce, peerLifetime)
}

// ParsePeerAnswer tells result and outside address of an answer.
func ParsePeerAnswer(b, request []byte) (result byte, external netip.Addr, ok bool) {
	a, ok := parsePeerAnswer(b, request)
	return a.result, a.external, ok
}

// AskPeerAt asks a router elsewhere than at the usual port.
func AskPeerAt(ctx context.Context, hurry <-chan struct{}, portControl netip.AddrPort, c Conversation) Peer {
	return askOf(ctx, hurry, portControl, c)
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
