package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology"
)

// A Neighbour is who answers for an address on a link: TheNAT, Nobody, or the Ethernet
// address of somebody else.
type Neighbour string

// Who may answer.
const (
	TheNAT Neighbour = "the NAT"
	Nobody Neighbour = "nobody"
)

// WhoHas has y's host ask by ARP who has an address of the outside's link, and returns
// who answers. A question for the NAT's own address comes before and after it: it shows
// that the link carries questions and answers.
func (l *Lab) WhoHas(ctx context.Context, y *Endpoint, addr netip.Addr) Neighbour {
	ginkgo.GinkgoHelper()
	l.asksForNAT(ctx, y, "before")
	found := l.ask(ctx, y, addr)
	l.last = Heard{sent: lastSent{what: fmt.Sprintf("%s asks by ARP who has %s", y.place.name, addr)}}
	l.Note(fmt.Sprintf("%s asks by ARP who has %s: %s answers", y.place.name, addr, found))
	l.asksForNAT(ctx, y, "after")
	return found
}

func (l *Lab) asksForNAT(ctx context.Context, y *Endpoint, when string) {
	ginkgo.GinkgoHelper()
	if found := l.ask(ctx, y, l.own()); found != TheNAT {
		l.Inconclusive(fmt.Sprintf("control %s the question: %s asks who has the NAT's own address %s, and %s answers",
			when, y.place.name, l.own(), found))
	}
}

func (l *Lab) ask(ctx context.Context, y *Endpoint, addr netip.Addr) Neighbour {
	ginkgo.GinkgoHelper()
	own, err := l.world.outsideMAC()
	asker, ok := l.host(y.place).port.(topology.Asker)
	if !ok {
		err = errors.Join(err, errors.New("there is no link to ask on"))
	}
	if err != nil {
		l.breaks("asking by ARP", err)
	}
	at, err := asker.Ask(ctx, addr)
	switch {
	case err != nil:
		l.breaks("asking by ARP", err)
	case at == nil:
		return Nobody
	case bytes.Equal(at, own):
		return TheNAT
	}
	return Neighbour(at.String())
}
