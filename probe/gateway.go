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

// A Gateway is what the local router tells about itself. It is only asked: no
// mapping is requested, so no mapping is left behind. PCP tells the outside
// address of packets that have a mapping, so its word comes only after UDP has
// been measured.
type Gateway struct {
	// Router is the first router on the way to the servers; the zero Addr if there
	// is no router or it is not known.
	Router netip.Addr `json:"router,omitzero"`
	// UPnP, NATPMP and PCP say whether the router answers UPnP's Internet
	// Gateway Device protocol, RFC 6886 and RFC 6887.
	UPnP   Tristate `json:"upnp"`
	NATPMP Tristate `json:"nat_pmp"`
	PCP    Tristate `json:"pcp"`
	// External is the router's outside address; the zero Addr if the router did not
	// tell it.
	External netip.Addr `json:"external,omitzero"`
	// How names the protocol that told it.
	How string `json:"how,omitempty"`
	// Reason says why something is not determined.
	Reason   string `json:"reason,omitempty"`
	Sent     int    `json:"packets_sent"`
	Duration Millis `json:"duration_ms"`

	// no says of each protocol what a no rests on, and why PCP does not tell the
	// outside address.
	no struct{ upnp, natPMP, pcp, external string }
}

const (
	// routerTime bounds all questions to the router. Three copies of each fit in,
	// and the second that UPnP lets a router take.
	routerTime = 1200 * time.Millisecond
	// routerLeast is how long a silent router is waited for if nothing else is:
	// many times the round trip to it.
	routerLeast = 100 * time.Millisecond

	portControlPort = 5351 // of NAT-PMP and of PCP
	searchPort      = 1900 // of UPnP's discovery
)

// The reasons to stop asking a router before it has answered: its time is up, or
// nobody waits for it any more.
var (
	errRouterTime = errors.New("the router has had its time")
	errHurried    = errors.New("everything else is done")
)

// searchGroup is where UPnP's discovery is asked.
func searchGroup() netip.Addr { return netip.AddrFrom4([4]byte{239, 255, 255, 250}) }

// Why there may be no router to ask.
var (
	errNoRouter       = errors.New("no router is on the way to the servers")
	errSeveralRouters = errors.New("the ways to the servers lead through several routers")
)

// sameRouter returns the router that is on the way to every server that can be
// reached. Toward tells the router toward one server, the zero Addr if that way
// has no router. A router that only some packets pass tells nothing of how the
// others are translated.
func sameRouter(servers []netip.Addr, toward func(netip.Addr) (netip.Addr, error)) (netip.Addr, error) {
	var router netip.Addr
	ways, failed := 0, errNoRouter
	for _, server := range servers {
		one, err := toward(server)
		if err != nil {
			failed = err
			continue
		}
		if ways++; ways > 1 && one != router {
			return netip.Addr{}, errSeveralRouters
		}
		router = one
	}
	switch {
	case ways == 0:
		return router, failed
	case !router.IsValid():
		return router, errNoRouter
	}
	return router, nil
}

// nowhere is an address that no host has (RFC 5737): the way to it is the
// default route.
func nowhere() netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, 1}) }

// LocalRouter asks the router on this host's way to the Internet which of UPnP,
// NAT-PMP and PCP it answers, and for its outside address. It takes little more
// than a second at most, which a router may take for an answer, and sends
// nothing where the router's address is one of the Internet: such a router is
// not at home, but somebody else's.
func LocalRouter(ctx context.Context) *Gateway {
	return localRouter(ctx, []Server{{Endpoint: netip.AddrPortFrom(nowhere(), defaultPort)}}, nil)
}

// localRouter is LocalRouter for the router on the way to the servers. Once the
// channel is closed it is in a hurry: it waits for a silent router no longer
// than routerLeast, and a protocol without an answer by then is not determined.
func localRouter(ctx context.Context, servers []Server, hurry <-chan struct{}) *Gateway {
	started := time.Now()
	g := &Gateway{}
	var toward []netip.Addr
	for _, s := range family(servers, false) {
		toward = append(toward, s.Endpoint.Addr().Unmap())
	}
	looking, stop := untilHurried(ctx, hurry)
	router, err := routerToward(looking, toward)
	stop()
	switch {
	case err != nil:
		g.Reason = err.Error()
	case !fromInside(router):
		g.Router, g.Reason = router, "the router's address is one of the Internet, so it is not asked"
	default:
		g.Router = router
		g.ask(ctx, hurry, netip.AddrPortFrom(router, portControlPort), []netip.AddrPort{
			netip.AddrPortFrom(router, searchPort), netip.AddrPortFrom(searchGroup(), searchPort),
		})
	}
	g.Duration = Millis(time.Since(started))
	return g
}

// fromInside reports whether an address is one that the Internet cannot see. Its
// owner is then on this side of a NAT.
func fromInside(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLinkLocalUnicast() || sharedSpace().Contains(a) || continuity().Contains(a)
}

// untilHurried returns a context that ends routerLeast after hurry has been
// closed, or after now if that is later, and how to end it before.
func untilHurried(ctx context.Context, hurry <-chan struct{}) (context.Context, func()) {
	least := time.Now().Add(routerLeast)
	silence, hurried := context.WithCancelCause(ctx)
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case <-hurry:
		case <-silence.Done():
			return
		}
		select {
		case <-time.After(time.Until(least)):
			hurried(errHurried)
		case <-silence.Done():
		}
	})
	return silence, func() {
		hurried(nil)
		waiting.Wait()
	}
}

// ask asks everything at once. NAT-PMP's word on the outside address counts more
// than UPnP's: it is one packet of the router itself.
func (g *Gateway) ask(
	ctx context.Context, hurry <-chan struct{}, portControl netip.AddrPort, searched []netip.AddrPort,
) {
	started := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, routerTime, errRouterTime)
	defer cancel()
	// A router that has answered may take its time for the rest.
	silence, stop := untilHurried(ctx, hurry)
	var controlled controlAnswers
	var device igd
	var group sync.WaitGroup
	group.Go(func() { controlled = askPortControl(silence, portControl) })
	group.Go(func() { device = askUPnP(ctx, silence, g.Router, searched) })
	group.Wait()
	stop()

	g.NATPMP, g.PCP, g.UPnP = controlled.natPMP, controlled.pcp, device.answers
	g.no.natPMP, g.no.pcp, g.no.upnp = controlled.noNATPMP, controlled.noPCP, device.no
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
