package probe

import (
	"context"
	"net/netip"
	"time"

	"github.com/natproof/natproof/probe/router"
)

// A Gateway is what the local router tells about itself. It is only asked: no
// mapping is requested, so no mapping is left behind. PCP tells the outside
// address of packets that have a mapping, so its word comes only after UDP has
// been measured.
type Gateway struct {
	// Router is the first router on the way to the servers; missing, the zero Addr, if
	// there is no router or it is not known.
	Router netip.Addr `json:"router,omitzero"`
	UPnP   Tristate   `json:"upnp"`    // whether it answers UPnP's Internet Gateway Device protocol
	NATPMP Tristate   `json:"nat_pmp"` // whether it answers NAT-PMP (RFC 6886)
	PCP    Tristate   `json:"pcp"`     // whether it answers PCP (RFC 6887)
	// Refused names those of them that it has answered it does not speak.
	Refused []string `json:"refused,omitempty"`
	// External is the router's outside address; missing, the zero Addr, if the router
	// did not tell it.
	External netip.Addr `json:"external,omitzero"`
	// How names the protocol that told the outside address.
	How string `json:"how,omitempty"`
	// Reason says why something is not determined.
	Reason   string `json:"reason,omitempty"`
	Sent     int    `json:"packets_sent"` // how many packets were sent for it
	Duration Millis `json:"duration_ms"`  // how long it took, in milliseconds

	// said is what the router has said, noPeer why it does not tell its outside
	// address by PCP.
	said   router.Answers
	noPeer string
}

// localRouter asks the router on the way to the servers which of UPnP, NAT-PMP and PCP
// it answers, and for its outside address. It sends nothing where the router's address is
// one of the Internet: such a router is not at home, but somebody else's. Once the channel
// is closed it is in a hurry: see router.Ask.
func localRouter(ctx context.Context, servers []Server, hurry <-chan struct{}) *Gateway {
	started := time.Now()
	g := &Gateway{}
	var toward []netip.Addr
	for _, s := range family(servers, false) {
		toward = append(toward, s.Endpoint.Addr().Unmap())
	}
	local, err := router.Toward(ctx, hurry, toward)
	switch {
	case err != nil:
		g.Reason = err.Error()
	case !fromInside(local):
		g.Router, g.Reason = local, "the router's address is one of the Internet, so it is not asked"
	default:
		g.Router = local
		g.take(router.Ask(ctx, hurry, local))
	}
	g.Duration = Millis(time.Since(started))
	return g
}

func (g *Gateway) take(a router.Answers) {
	spoken := func(p router.Protocol) Tristate {
		if p.Known() {
			return tristate(p.Spoken)
		}
		return Unknown
	}
	g.UPnP, g.NATPMP, g.PCP = spoken(a.UPnP), spoken(a.NATPMP), spoken(a.PCP)
	if a.NATPMP.Refused {
		g.Refused = append(g.Refused, "NAT-PMP")
	}
	if a.PCP.Refused {
		g.Refused = append(g.Refused, "PCP")
	}
	g.External, g.How, g.Reason, g.Sent, g.said = a.External, a.How, a.Reason, a.Sent, a
}

// askRouter asks the router what it can tell beside everything else. A router
// that speaks PCP and not NAT-PMP is also asked how it translates the
// conversation that UDP was measured with, once that is known. A router that
// speaks both has told its outside address by NAT-PMP already and is left alone:
// miniupnpd 2.3.1 makes a rule for the question, which stays.
func askRouter(
	ctx context.Context, servers []Server, translated <-chan router.Conversation, hurry <-chan struct{},
) *Gateway {
	g := localRouter(ctx, servers, hurry)
	if !g.said.PCPAlone() || g.External.IsValid() {
		return g
	}
	select {
	case c, ok := <-translated:
		if ok {
			started := time.Now()
			g.takePeer(router.AskPeer(ctx, hurry, g.Router, c))
			g.Duration += Millis(time.Since(started))
		}
	case <-ctx.Done():
	}
	return g
}

func (g *Gateway) takePeer(p router.Peer) {
	g.Sent += p.Sent
	if g.noPeer = p.Reason; p.External.IsValid() {
		g.External, g.How = p.External, "PCP"
	}
}

// fromInside reports whether an address is one that the Internet cannot see. Its
// owner is then on this side of a NAT.
func fromInside(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLinkLocalUnicast() || sharedSpace().Contains(a) || continuity().Contains(a)
}
