package router

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/natproof/natproof/span"
)

// Answers are what a router has said, and what its silence means.
type Answers struct {
	UPnP, NATPMP, PCP Protocol
	// External is the router's outside address; the zero Addr if the router did not
	// tell it.
	External netip.Addr
	// How is the protocol that told it, "NAT-PMP" or "UPnP".
	How string
	// Reason says why something is not known.
	Reason string
	Sent   int // packets
}

// A Protocol is whether a router speaks it. Its zero value is that this is not
// known.
type Protocol struct {
	// Spoken says that the router has answered in it, Refused that it has answered that it
	// does not speak it.
	Spoken, Refused bool
	// Not says why the router does not speak it; "" unless it does not.
	Not string
}

// Known reports whether it is known if the router speaks it.
func (p Protocol) Known() bool { return p.Spoken || p.Not != "" }

// PCPAlone reports whether the router speaks PCP and has said that it does not
// speak NAT-PMP.
func (a Answers) PCPAlone() bool { return a.PCP.Spoken && a.NATPMP.Not == saidUnsupported }

const (
	// longest bounds all questions to the router. Three copies of each fit in,
	// and the second that UPnP lets a router take.
	longest = 1200 * time.Millisecond
	// Least is how long a silent router is waited for if nothing else is: many
	// times the round trip to it.
	Least = 100 * time.Millisecond

	portControlPort = 5351 // of NAT-PMP and of PCP
	searchPort      = 1900 // of UPnP's discovery
)

// The reasons to stop asking a router before it has answered: its time is up, or
// nobody waits for it any more.
var (
	errTimeUp  = errors.New("the router has had its time")
	errHurried = errors.New("everything else is done")
)

// searchGroup is where UPnP's discovery is asked.
func searchGroup() netip.Addr { return netip.AddrFrom4([4]byte{239, 255, 255, 250}) }

// Ask asks a router for everything at once, which takes little more than a second
// at most. Once hurry is closed, a silent router is waited for no longer than
// Least, and a protocol without an answer by then is not known; a nil channel is
// no hurry.
func Ask(ctx context.Context, hurry <-chan struct{}, router netip.Addr) Answers {
	return ask(ctx, hurry, netip.AddrPortFrom(router, portControlPort), []netip.AddrPort{
		netip.AddrPortFrom(router, searchPort), netip.AddrPortFrom(searchGroup(), searchPort),
	})
}

// ask asks at these ports. NAT-PMP's word on the outside address counts more
// than UPnP's: it is one packet of the router itself.
func ask(
	ctx context.Context, hurry <-chan struct{}, portControl netip.AddrPort, searched []netip.AddrPort,
) Answers {
	started := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, longest, errTimeUp)
	defer cancel()
	// A router that has answered may take its time for the rest.
	silence, stop := untilHurried(ctx, hurry)
	var controlled controlAnswers
	var device igd
	var group sync.WaitGroup
	group.Go(func() { controlled = askPortControl(silence, portControl) })
	group.Go(func() { device = askUPnP(ctx, silence, portControl.Addr(), searched) })
	group.Wait()
	stop()

	a := Answers{
		UPnP: device.Protocol, NATPMP: controlled.natPMP, PCP: controlled.pcp,
		Reason: cmp.Or(controlled.reason, device.reason), Sent: controlled.sent + device.sent,
	}
	if a.Reason == "" && !(a.UPnP.Known() && a.NATPMP.Known() && a.PCP.Known()) {
		a.Reason = "no answer within " + span.Text(time.Since(started))
	}
	switch {
	case outsideAddress(controlled.external):
		a.External, a.How = controlled.external, "NAT-PMP"
	case outsideAddress(device.external):
		a.External, a.How = device.external, "UPnP"
	}
	return a
}

// untilHurried returns a context that ends Least after hurry has been closed, or
// after now if that is later, and how to end it before.
func untilHurried(ctx context.Context, hurry <-chan struct{}) (context.Context, func()) {
	least := time.Now().Add(Least)
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

// outsideAddress reports whether a router can have that address: one without a
// line gives 0.0.0.0.
func outsideAddress(a netip.Addr) bool { return a.IsValid() && a.IsGlobalUnicast() }

// silent reports whether the silence of a router until the end of ctx means no:
// it does if the router had the time that it may take.
func silent(ctx context.Context) bool {
	// A socket may notice the end a moment before ctx does.
	if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
		<-ctx.Done()
	}
	return errors.Is(context.Cause(ctx), errTimeUp)
}
