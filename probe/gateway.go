package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// A Gateway is what the local router tells about itself. It is asked only: no
// mapping is made, and so none is left behind.
type Gateway struct {
	// Router is the default gateway; the zero Addr if it is not known.
	Router netip.Addr `json:"router"`
	// UPnP, NATPMP and PCP say whether the router answers UPnP's Internet
	// Gateway Device protocol, RFC 6886 and RFC 6887.
	UPnP   Tristate `json:"upnp"`
	NATPMP Tristate `json:"nat_pmp"`
	PCP    Tristate `json:"pcp"`
	// External is the router's outside address; the zero Addr if it told none.
	External netip.Addr `json:"external"`
	// How names the protocol that told it.
	How string `json:"how,omitempty"`
	// Reason says why something is not determined.
	Reason   string `json:"reason,omitempty"`
	Sent     int    `json:"packets_sent"`
	Duration Millis `json:"duration_ms"`
}

const (
	// routerTime bounds all questions to the router. It holds three copies of
	// each, and the second that UPnP lets a router take.
	routerTime = 1200 * time.Millisecond
	// routerLeast is how long a silent router is waited for if nothing else is:
	// many times what the way to it takes.
	routerLeast = 100 * time.Millisecond

	portControlPort = 5351 // of NAT-PMP and of PCP
	searchPort      = 1900 // of UPnP's discovery
)

// What ends the questions to a router, if it is not an answer: its own time, or
// that nobody waits for it any more.
var (
	errRouterTime = errors.New("the router has had its time")
	errHurried    = errors.New("everything else is done")
)

// searchGroup is where UPnP's discovery is asked.
func searchGroup() netip.Addr { return netip.AddrFrom4([4]byte{239, 255, 255, 250}) }

// LocalRouter asks this host's default gateway which of UPnP, NAT-PMP and PCP it
// answers, and for its outside address. It takes little more than a second at
// most, which a router may take for an answer, and sends nothing where the
// gateway's address is not a private one: that is not a router at home, but
// somebody's in the Internet.
func LocalRouter(ctx context.Context) *Gateway { return localRouter(ctx, nil) }

// localRouter is LocalRouter in a hurry once the channel is closed: then it waits
// for a router that is silent no longer than routerLeast, and what has not
// answered by then is not determined.
func localRouter(ctx context.Context, hurry <-chan struct{}) *Gateway {
	started := time.Now()
	g := &Gateway{}
	router, err := defaultGateway()
	switch {
	case err != nil:
		g.Reason = "the default gateway is not known: " + err.Error()
	case !router.IsPrivate() && !router.IsLinkLocalUnicast():
		g.Router, g.Reason = router, "the default gateway has no private address, so it is not asked"
	default:
		g.Router = router
		g.ask(ctx, hurry, netip.AddrPortFrom(router, portControlPort), []netip.AddrPort{
			netip.AddrPortFrom(router, searchPort), netip.AddrPortFrom(searchGroup(), searchPort),
		})
	}
	g.Duration = Millis(time.Since(started))
	return g
}

// ask asks everything at once. NAT-PMP's word on the outside address counts more
// than UPnP's: it is one packet of the router itself.
func (g *Gateway) ask(ctx context.Context, hurry <-chan struct{}, portControl netip.AddrPort, searched []netip.AddrPort) {
	started := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, routerTime, errRouterTime)
	defer cancel()
	// A router that has answered may take its time for the rest.
	silence, hurried := context.WithCancelCause(ctx)
	var controlled controlAnswers
	var device igd
	var group sync.WaitGroup
	group.Go(func() { controlled = askPortControl(silence, portControl) })
	group.Go(func() { device = askUPnP(ctx, silence, g.Router, searched) })
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case <-hurry:
		case <-silence.Done():
			return
		}
		select {
		case <-time.After(time.Until(started.Add(routerLeast))):
			hurried(errHurried)
		case <-silence.Done():
		}
	})
	group.Wait()
	hurried(nil)
	waiting.Wait()

	g.NATPMP, g.PCP, g.UPnP = controlled.natPMP, controlled.pcp, device.answers
	g.Sent = controlled.sent + device.sent
	g.Reason = cmp.Or(controlled.reason, device.reason)
	if g.Reason == "" && (g.UPnP == Unknown || g.NATPMP == Unknown || g.PCP == Unknown) {
		g.Reason = fmt.Sprintf("no answer within %v", Millis(time.Since(started)))
	}
	switch {
	case outsideAddress(controlled.external):
		g.External, g.How = controlled.external, "NAT-PMP"
	case outsideAddress(device.external):
		g.External, g.How = device.external, "UPnP"
	}
}

// outsideAddress reports whether a router can have that address: one without a
// line gives 0.0.0.0.
func outsideAddress(a netip.Addr) bool { return a.IsValid() && a.IsGlobalUnicast() }
