package suites

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/gopacket/gopacket/layers"
	ginkgo "github.com/onsi/ginkgo/v2"
)

// A UDP is an endpoint: a UDP port of one host of the lab.
type UDP struct {
	lab   *Lab
	place place
	port  uint16
}

// UDP returns the endpoint that "X:40000" or "Y1:7" names.
func (l *Lab) UDP(endpoint string) *UDP {
	ginkgo.GinkgoHelper()
	p, port, err := endpointAt(endpoint)
	if err != nil {
		l.breaks("spec", err)
	}
	return &UDP{lab: l, place: p, port: port}
}

// UDPAt returns the endpoint of a host's port.
func (l *Lab) UDPAt(host string, port uint16) *UDP {
	ginkgo.GinkgoHelper()
	return l.UDP(fmt.Sprintf("%s:%d", host, port))
}

// Addr returns the endpoint's own address, which for an inside host is the one
// before translation.
func (u *UDP) Addr() netip.AddrPort { return netip.AddrPortFrom(u.place.addr, u.port) }

func (u *UDP) String() string { return fmt.Sprintf("%s:%d", u.place.name, u.port) }

// To makes a datagram from u to an address, with a payload of its own. Nothing
// is sent yet.
func (u *UDP) To(destination netip.AddrPort) *Datagram {
	serial := u.lab.next()
	return &Datagram{
		from: u, to: destination, id: uint16(serial),
		payload: fmt.Appendf(nil, "natproof %d: %s to %s", serial, u, nameOf(destination)),
	}
}

// Sends sends a plain datagram and does not look what becomes of it.
func (u *UDP) Sends(ctx context.Context, to netip.AddrPort) {
	ginkgo.GinkgoHelper()
	u.lab.put(ctx, u.To(to))
}

// SeenBy sends a datagram to y and returns the source that y sees: the mapping
// that the NAT uses for u. That it is one of the NAT's addresses is a control:
// there is no mapping to speak of where nothing is translated.
func (u *UDP) SeenBy(ctx context.Context, y *UDP) netip.AddrPort {
	ginkgo.GinkgoHelper()
	source := u.ArrivesAt(ctx, y).Source
	u.lab.translated(source)
	return source
}

// ArrivesAt sends a datagram to y and returns the packet that arrives there,
// wherever it says that it comes from. That one arrives is a control, and is
// tried three times.
func (u *UDP) ArrivesAt(ctx context.Context, y *UDP) Arrival {
	ginkgo.GinkgoHelper()
	const tries = 3
	for range tries {
		if arrival := u.lab.deliver(ctx, u.To(y.Addr()), y); arrival != nil {
			u.lab.Note(fmt.Sprintf("%s sees %s as %s", y, u, arrival.Source))
			return *arrival
		}
	}
	u.lab.Inconclusive(fmt.Sprintf("control: %s sent to %s %d times and nothing arrived; %s", u, y, tries, u.lab.inboxes()))
	return Arrival{}
}

// translated ends the spec as inconclusive when a source that is seen outside is
// not one of the NAT's addresses.
func (l *Lab) translated(source netip.AddrPort) {
	ginkgo.GinkgoHelper()
	if !slices.Contains(l.External, source.Addr()) {
		l.Inconclusive(fmt.Sprintf("control: %s is seen outside, which is not an address of the NAT: nothing is translated", source))
	}
}

// deliver sends a datagram and waits until y has it; nil if it does not come.
func (l *Lab) deliver(ctx context.Context, d *Datagram, y *UDP) *Arrival {
	ginkgo.GinkgoHelper()
	h := l.host(y.place)
	mark := len(h.inbox)
	l.put(ctx, d)
	patience, _ := l.world.patience()
	arrival, err := h.listen(ctx, mark, patience, d.arrivedAt(y))
	if err != nil {
		l.breaks("receiving at "+y.place.name, err)
	}
	return arrival
}

// nameOf names an address by the plan's letters where it is a host's.
func nameOf(addr netip.AddrPort) string {
	if p, ok := placeAt(addr.Addr()); ok {
		return fmt.Sprintf("%s:%d", p.name, addr.Port())
	}
	return addr.String()
}

// A Datagram is a UDP datagram that is to be sent. Its methods change how, and
// return it.
type Datagram struct {
	from         *UDP
	to           netip.AddrPort
	id           uint16
	payload      []byte
	dontFragment bool
	noChecksum   bool
	fragment     int   // bytes of payload in each fragment; 0: not fragmented
	order        []int // in which the fragments are sent
}

// Size pads the datagram so that its IP packet has size bytes.
func (d *Datagram) Size(size int) *Datagram {
	const headers = 20 + 8
	for n := byte('a'); len(d.payload) < size-headers; n++ {
		if n > 'z' {
			n = 'a'
		}
		d.payload = append(d.payload, n)
	}
	return d
}

// Carrying appends to the datagram's payload.
func (d *Datagram) Carrying(payload []byte) *Datagram {
	d.payload = append(d.payload, payload...)
	return d
}

// DontFragment sets the DF bit.
func (d *Datagram) DontFragment() *Datagram {
	d.dontFragment = true
	return d
}

// WithoutChecksum leaves the UDP checksum zero (RFC 768: there is none).
func (d *Datagram) WithoutChecksum() *Datagram {
	d.noChecksum = true
	return d
}

// InFragments sends the datagram as fragments of size bytes each but the last,
// in the order given by their positions; no order means ascending.
func (d *Datagram) InFragments(size int, order ...int) *Datagram {
	d.fragment, d.order = size, order
	return d
}

func (d *Datagram) String() string {
	return fmt.Sprintf("%q from %s to %s", label(d.payload), d.from, nameOf(d.to))
}

// label is the beginning of a payload, by which it can be found in the capture.
func label(payload []byte) string {
	start, _, _ := strings.Cut(string(payload[:min(len(payload), 40)]), ":")
	return start
}

// arrivedAt tells the datagram among y's arrivals.
func (d *Datagram) arrivedAt(y *UDP) func(Arrival) bool {
	return func(a Arrival) bool {
		return a.Destination == y.Addr() && string(a.Payload) == string(d.payload)
	}
}

// packets returns the IP packets that carry the datagram, in sending order.
func (d *Datagram) packets() ([][]byte, error) {
	header := ipv4{
		source: d.from.place.addr, destination: d.to.Addr(), protocol: layers.IPProtocolUDP,
		id: d.id, dontFragment: d.dontFragment,
	}
	segment := udpSegment(d.from.Addr(), d.to, d.payload)
	if d.noChecksum {
		segment[6], segment[7] = 0, 0
	}
	if d.fragment == 0 {
		packet, err := header.bytes(segment)
		return [][]byte{packet}, err
	}
	var fragments [][]byte
	for offset := 0; offset < len(segment); offset += d.fragment {
		end := min(offset+d.fragment, len(segment))
		packet, err := header.fragment(segment[offset:end], offset, end < len(segment))
		if err != nil {
			return nil, err
		}
		fragments = append(fragments, packet)
	}
	if len(d.order) == 0 {
		return fragments, nil
	}
	ordered := make([][]byte, 0, len(fragments))
	for _, i := range d.order {
		ordered = append(ordered, fragments[i])
	}
	return ordered, nil
}
