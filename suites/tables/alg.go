package tables

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// Gateways declares the specs that no application level gateway is at work. One gives
// itself away by rewriting addresses that it finds in a payload. It looks at packets
// to or from its protocol's port, or at payloads that begin as its protocol does, so
// each payload is a whole message of its protocol, and is sent to that port, to another and
// from that port.
// An entry has the protocol's port and its Message.
func Gateways(lab *Lab, at At, requirement string, entries ...TableEntry) {
	const other = 30303 // no protocol's port
	body := func(ctx SpecContext, port uint16, message Message) {
		client, server := at(lab, "X:40404"), at.port(lab, "X", port)
		elsewhere := at.port(lab, "Y1", other)
		for _, s := range []Session{
			{X: client, Y: at.port(lab, "Y1", port)}, {X: client, Y: elsewhere}, {X: server, Y: elsewhere},
		} {
			x, y := s.X, s.Y
			x1 := lab.Open(ctx, x, y, true).Mapping
			By(fmt.Sprintf("%s tells %s its address, and is told its mapping", x, y))
			out, in := message(x.Addr()), message(x1)
			Expect(y.Hears(ctx, x.To(y.Addr()).Saying(out))).To(Carry(out), "what %s tells %s", x, y)
			Expect(x.Hears(ctx, y.To(x1).Saying(in))).To(Carry(in), "what %s tells %s", y, x)
		}
	}
	DescribeTable("a payload with an address of X in it is not altered,", Requirement(requirement), body, entries)
}
