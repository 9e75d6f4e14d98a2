package lab

import (
	"context"
	"encoding/binary"
	"net/netip"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// floodBurst is how many packets are sent between two round trips, so that no
// queue on the way overflows and the NAT gets to see them all.
const floodBurst = 100

// Floods sends first fragments of n datagrams, with size bytes of them each, whose
// other fragments never come. They are of IPv4, and differ in their IDs alone.
func (e *Endpoint) Floods(ctx context.Context, to netip.AddrPort, n, size int) {
	ginkgo.GinkgoHelper()
	e.lab.needsCrowd()
	pairs := e.lab.controlPairs(e.place, named("X"))
	first := e.To(to).Size(size+28).InFragments(size, 0)
	fragments, err := first.packets()
	if err != nil {
		e.lab.breaks("spec: "+first.String(), err)
	}
	template, err := packet.Parse(fragments[0])
	if err != nil {
		e.lab.breaks("spec: "+first.String(), err)
	}
	const identification = 4
	for i := range n {
		if i%floodBurst == 0 {
			e.lab.controls(ctx, pairs, during)
		}
		fragment := template.Edit()
		fragment.SetIPv4(identification, binary.BigEndian.AppendUint16(nil, uint16(e.lab.next())))
		if err := e.lab.send(ctx, e.place, fragment.Data()); err != nil {
			e.lab.breaks("sending "+first.String(), err)
		}
	}
}
