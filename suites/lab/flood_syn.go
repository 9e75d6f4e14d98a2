package lab

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/packet"
)

// FloodsSYN sends n SYNs from e's host, or fewer in memory, where a table has as much
// room as this process. Ends tells from where to where each goes by its number, from 0
// on. The controls between them are those of another inside host.
func (e *Endpoint) FloodsSYN(
	ctx context.Context, beside string, n int, ends func(i int) (source, destination netip.AddrPort),
) {
	ginkgo.GinkgoHelper()
	e.lab.needsCrowd()
	// The queue of a NAT in user space holds some 250 of them.
	const sequence, burst = 4, 2 * floodBurst
	if e.lab.world.clock() == nat.Virtual {
		n = min(n, 2*mostInMemory)
	}
	source, destination := ends(0)
	head := packet.Header{Source: source.Addr(), Destination: destination.Addr(), Protocol: packet.TCP}
	data, err := head.Packet(packet.TCPSegment(source, destination, packet.TCPHeader{Flags: SYN, Window: 65535}, nil))
	if err != nil {
		e.lab.breaks("spec: a flood", err)
	}
	template, err := packet.Parse(data)
	if err != nil {
		e.lab.breaks("spec: a flood", err)
	}
	pairs := e.lab.controlPairs(named(beside), named("Y1"))
	port := e.lab.host(e.place).port
	for i := range n {
		if i%burst == 0 {
			e.lab.controls(ctx, pairs, during)
		}
		edit := template.Edit()
		source, destination := ends(i)
		edit.SetSource(source)
		edit.SetDestination(destination)
		edit.SetSegment(sequence, binary.BigEndian.AppendUint32(nil, uint32(e.lab.next())<<16))
		if err := port.Send(ctx, edit.Data()); err != nil {
			e.lab.breaks("sending a flood", err)
		}
	}
	e.lab.controls(ctx, pairs, "after")
	e.lab.Note(fmt.Sprintf("%s has sent %d SYNs", e.place.name, n))
}
