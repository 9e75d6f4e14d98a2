package lab

import (
	"context"
	"fmt"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// A Dependence is what of the external endpoint a NAT's mapping or filtering
// depends on (RFC 4787, Sections 4.1 and 5).
type Dependence int

// The zero value is that nothing is known.
const (
	NotDetermined Dependence = iota
	EndpointIndependent
	AddressDependent
	AddressAndPortDependent
)

func (d Dependence) String() string {
	return [...]string{"not determined", "endpoint-independent", "address-dependent", "address and port-dependent"}[d]
}

// Filtering classifies the filtering of the mappings of x's host. Each probe
// has a mapping of its own, from x's port and the one after it, since a probe
// could open what the next one meets. None of them has ever sent to Y2.
func (l *Lab) Filtering(ctx context.Context, x *Endpoint) Dependence {
	ginkgo.GinkgoHelper()
	y1, y2 := x.at("Y1", 7), x.at("Y2", 7)
	passes := func(n uint16, from *Endpoint) bool {
		ginkgo.GinkgoHelper()
		fresh := x.Sibling(x.port + n)
		x1 := fresh.SeenBy(ctx, y1)
		ginkgo.By(fmt.Sprintf("%s, to which %s has not sent, sends to its mapping toward %s", from, fresh, y1))
		return fresh.Hears(ctx, from.To(x1)).Arrival != nil
	}
	otherAddress := passes(0, y2)
	otherPort := passes(1, y1.Sibling(8))
	d := AddressAndPortDependent
	switch {
	case otherAddress && otherPort:
		d = EndpointIndependent
	case otherPort:
		d = AddressDependent
	case otherAddress:
		d = NotDetermined // another host may, but not another port: no class of the RFC
	}
	l.Note(fmt.Sprintf("filtering of %s: %s", x, d))
	return d
}

// Mapping classifies the mapping of x from how the given endpoints see it, in
// the order given, and after that two further ports of the first.
func (l *Lab) Mapping(ctx context.Context, x *Endpoint, ys ...*Endpoint) Dependence {
	ginkgo.GinkgoHelper()
	first := ys[0]
	ginkgo.By(fmt.Sprintf("%s sends to %v and to another port of %s", x, ys, first.place.name))
	x1 := x.SeenBy(ctx, first)
	sameElsewhere := true
	for _, y := range ys[1:] {
		sameElsewhere = x.SeenBy(ctx, y) == x1 && sameElsewhere
	}
	samePort := x.SeenBy(ctx, first.Sibling(first.port+1)) == x1
	d := AddressAndPortDependent
	switch {
	case samePort && sameElsewhere:
		d = EndpointIndependent
	case samePort:
		d = AddressDependent
	}
	l.Note(fmt.Sprintf("mapping of %s: %s", x, d))
	return d
}
