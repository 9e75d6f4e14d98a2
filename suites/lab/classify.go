package lab

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/nat"
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

// Asked is how a policy asks for a filter that depends on that.
func (d Dependence) Asked() nat.Filtering {
	return [...]nat.Filtering{
		"", nat.EndpointIndependent, nat.AddressDependent, nat.AddressAndPortDependent,
	}[d]
}

// A Class is what the mapping or the filtering of an endpoint depends on.
type Class struct {
	Dependence
	what, of string
	shown    string    // by what, in words; empty: it goes without saying
	by       Sightings // that show it; empty: what was looked for last does
}

func (c Class) String() string {
	text := fmt.Sprintf("%s of %s is %s", c.what, c.of, c.Dependence)
	if c.shown != "" {
		text += " (" + c.shown + ")"
	}
	return text
}

func (l *Lab) class(what string, x *Endpoint, d Dependence, shown ...string) Class {
	c := Class{Dependence: d, what: what, of: x.String(), shown: strings.Join(shown, "; ")}
	l.Note(c.String())
	return c
}

// Filtering classifies the filtering of the mappings of x's host. Each probe
// has a mapping of its own, from x's port and the one after it, since a probe
// could open what the next one meets. None of them has ever sent to Y2.
func (l *Lab) Filtering(ctx context.Context, x *Endpoint) Class {
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
	return l.class("filtering", x, d)
}

// AtMapping tells how the filter of x's mapping takes a host that x has not sent to.
func (l *Lab) AtMapping(ctx context.Context, x *Endpoint, x1 netip.AddrPort, stranger *Endpoint) Class {
	ginkgo.GinkgoHelper()
	d := AddressDependent
	if x.Hears(ctx, stranger.To(x1)).Arrival != nil {
		d = EndpointIndependent
	}
	return l.class(fmt.Sprintf("filtering of what %s sends to the mapping", stranger), x, d)
}

// Mapping classifies the mapping of x from how the given endpoints see it, in
// the order given, and after that two further ports of the first.
func (l *Lab) Mapping(ctx context.Context, x *Endpoint, ys ...*Endpoint) Class {
	ginkgo.GinkgoHelper()
	first := ys[0]
	ginkgo.By(fmt.Sprintf("%s sends to %s and to another port of %s", x, words(ys, ", "), first.place.name))
	seen := x.SeenByEach(ctx, ys...)
	_, _, differs := oneEndpoint.find(seen)
	samePort := x.SeenBy(ctx, first.Sibling(first.port+1)) == seen[0].Source
	d := AddressAndPortDependent
	switch {
	case samePort && !differs:
		d = EndpointIndependent
	case samePort:
		d = AddressDependent
	}
	if differs {
		class := l.class("mapping", x, d, oneEndpoint.conflicting(seen))
		a, b, _ := oneEndpoint.find(seen)
		class.by = Sightings{a, b}
		return class
	}
	return l.class("mapping", x, d)
}
