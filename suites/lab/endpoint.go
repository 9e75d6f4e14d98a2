package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// An Endpoint is one end of a session: a protocol, a host of the lab, and a port
// or, for ICMP, a query identifier.
type Endpoint struct {
	lab      *Lab
	place    place
	protocol packet.Protocol
	port     uint16
}

// UDP returns the endpoint that "X:40000" or "Y1:7" names.
func (l *Lab) UDP(endpoint string) *Endpoint {
	ginkgo.GinkgoHelper()
	return l.endpoint(packet.UDP, endpoint)
}

// TCP returns the endpoint that "X:40000" or "Y1:80" names. What it sends is a
// SYN (To).
func (l *Lab) TCP(endpoint string) *Endpoint {
	ginkgo.GinkgoHelper()
	return l.endpoint(packet.TCP, endpoint)
}

// Echo returns the endpoint that "X:77" names, where 77 is the identifier of its
// ICMP echo requests, or of other queries (Asking). One outside that is asked has no
// identifier of its own, and its number says nothing.
func (l *Lab) Echo(endpoint string) *Endpoint {
	ginkgo.GinkgoHelper()
	return l.endpoint(packet.ICMP, endpoint)
}

func (l *Lab) endpoint(protocol packet.Protocol, text string) *Endpoint {
	ginkgo.GinkgoHelper()
	p, port, err := endpointAt(text)
	if err != nil {
		l.breaks("spec", err)
	}
	if protocol == packet.ICMP && l.setup.family(p.inside) == IPv6 {
		protocol = packet.ICMPv6
	}
	return &Endpoint{lab: l, place: p, protocol: protocol, port: port}
}

// UDPAt returns the UDP endpoint of a host's port.
func (l *Lab) UDPAt(host string, port uint16) *Endpoint {
	ginkgo.GinkgoHelper()
	return l.UDP(fmt.Sprintf("%s:%d", host, port))
}

// Sibling returns the endpoint of the same host and protocol with another port.
func (e *Endpoint) Sibling(port uint16) *Endpoint {
	return &Endpoint{e.lab, e.place, e.protocol, port}
}

// at returns an endpoint of e's protocol on another host of the plan.
func (e *Endpoint) at(host string, port uint16) *Endpoint {
	return &Endpoint{e.lab, named(host), e.protocol, port}
}

// Host is the name of its host.
func (e *Endpoint) Host() string { return e.place.name }

// Addr returns the endpoint's own address, which for an inside host is the one
// before translation.
func (e *Endpoint) Addr() netip.AddrPort { return netip.AddrPortFrom(e.lab.addr(e.place), e.port) }

// Sends sends a plain packet and does not look what becomes of it.
func (e *Endpoint) Sends(ctx context.Context, to netip.AddrPort) {
	ginkgo.GinkgoHelper()
	e.lab.put(ctx, e.To(to))
}

// SeenBy sends a packet to y and returns the source that y sees: the mapping that
// the NAT uses for e. That it is one of the NAT's addresses is a control: there is
// no mapping to speak of where nothing is translated.
func (e *Endpoint) SeenBy(ctx context.Context, y *Endpoint) netip.AddrPort {
	ginkgo.GinkgoHelper()
	source := e.ArrivesAt(ctx, y).Source
	e.lab.translatedFor(y, source)
	return source
}

// tries is how often a control is tried: a lost packet is no verdict.
const tries = 3

// ArrivesAt sends a packet to y and returns the packet that arrives there,
// wherever it says that it comes from. That one arrives is a control, and is
// tried three times.
func (e *Endpoint) ArrivesAt(ctx context.Context, y *Endpoint) Arrival {
	ginkgo.GinkgoHelper()
	return e.arrives(ctx, y, func() *Packet { return e.To(y.Addr()) })
}

// Sent is ArrivesAt with a packet of the spec's own.
func (e *Endpoint) Sent(ctx context.Context, p *Packet, y *Endpoint) Arrival {
	ginkgo.GinkgoHelper()
	return e.arrives(ctx, y, func() *Packet { return p })
}

func (e *Endpoint) arrives(ctx context.Context, y *Endpoint, next func() *Packet) Arrival {
	ginkgo.GinkgoHelper()
	arrival := e.lab.reach(ctx, y, next)
	if arrival == nil {
		e.lab.Inconclusive(fmt.Sprintf("control: %s sent to %s %d times and nothing arrived; %s",
			e, y, tries, e.lab.unheard(ctx, e, y)))
		return Arrival{}
	}
	e.lab.Note(fmt.Sprintf("%s sees %s as %s", y, e, arrival.Source))
	e.lab.met(Sighting{Session{e, y}, arrival.Source})
	return *arrival
}

// reach tries a control: packets are sent until y has one; nil if it gets none. A
// lost one is soon made good, and the last is given all the time that a packet may
// take, in which an earlier one counts as well.
func (l *Lab) reach(ctx context.Context, y *Endpoint, next func() *Packet) *Arrival {
	ginkgo.GinkgoHelper()
	l.doubt.controls++
	h, once := l.host(y.place), l.doubt.once
	mark := len(h.inbox)
	patience, _ := l.world.patience()
	var sent []func(Arrival) bool
	for try := range tries {
		p := next()
		l.put(ctx, p)
		l.doubt.once = once
		sent = append(sent, p.heardBy(y))
		lost := 0
		arrival, err := h.listen(ctx, mark, patience>>(2*(tries-1-try)), func(a Arrival) bool {
			lost = slices.IndexFunc(sent, func(heard func(Arrival) bool) bool { return heard(a) })
			return lost >= 0
		})
		if err != nil {
			l.breaks("receiving at "+y.place.name, err)
		}
		if arrival != nil {
			l.loss.arrived(1, lost)
			if !arrival.control() {
				l.last = Heard{
					Arrival: arrival, what: p.String(), observer: y.String(), lab: l, sent: l.sent, at: y.place,
				}
			}
			return arrival
		}
		l.alive()
	}
	l.doubt.vain = true
	return nil
}

// deliver sends a packet and waits until y has it; nil if it does not come.
func (l *Lab) deliver(ctx context.Context, p *Packet, y *Endpoint) *Arrival {
	ginkgo.GinkgoHelper()
	h := l.host(y.place)
	mark := len(h.inbox)
	once := l.doubt.once
	l.put(ctx, p)
	l.doubt.once = once
	patience, _ := l.world.patience()
	// A NAT that has ended meanwhile is not waited for to the end.
	var arrival *Arrival
	for _, wait := range []time.Duration{firstLook, patience - firstLook} {
		var err error
		if arrival, err = h.listen(ctx, mark, wait, p.heardBy(y)); err != nil {
			l.breaks("receiving at "+y.place.name, err)
		}
		if arrival != nil {
			break
		}
		l.alive()
	}
	return arrival
}

// firstLook is after what time without an arrival the NAT is looked at.
const firstLook = 100 * time.Millisecond
