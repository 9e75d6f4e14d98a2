package hosts

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/packet"
)

// ends are the first and last ports of the ranges of RFC 6335, Section 6: system ports,
// user ports and dynamic ports.
var ends = []uint16{1, 1023, 1024, 49151, 49152, 65535}

// atEachEnd returns the rows of a table: each end of each range, with both protocols.
func atEachEnd() []any {
	var rows []any
	for _, protocol := range []packet.Protocol{packet.TCP, packet.UDP} {
		for _, port := range ends {
			rows = append(rows, Entry(fmt.Sprintf("%s port %d", protocol, port), protocol, port))
		}
	}
	return rows
}

// RFC 6335, Section 6: "the System Ports, also known as the Well Known Ports, from
// 0-1023", "the User Ports, also known as the Registered Ports, from 1024-49151", and "the
// Dynamic Ports, also known as the Private or Ephemeral Ports, from 49152-65535". A range
// says who may give a port a meaning, and nothing of how it is carried.
var _ = Describe("Hosts, the ranges of ports:", func() {
	lab := NewLab(Setup{Sockets: true})

	DescribeTable("a server outside is reached at", append([]any{
		Requirement("hosts.ports-out"),
		func(ctx SpecContext, protocol packet.Protocol, port uint16) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			asks(ctx, x.Socket(protocol), y.At(port), opened(y, protocol, port), protocol)
		},
	}, atEachEnd()...)...)

	DescribeTable("a client is answered that has bound", append([]any{
		Requirement("hosts.ports-source"),
		func(ctx SpecContext, protocol packet.Protocol, port uint16) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			client := x.Socket(protocol)
			Expect(client.Bind(port)).To(HaveWorked())
			asks(ctx, client, y.At(7000), opened(y, protocol, 7000), protocol)
		},
	}, atEachEnd()...)...)
})

// The other direction needs a rule for each port, since a NAT lets in nobody by itself.
var _ = Describe("Hosts, the ranges of ports from outside:", func() {
	var forwards []Forward
	for _, port := range ends {
		forwards = append(forwards, way(packet.TCP, port, "X", port), way(packet.UDP, port, "X", port))
	}
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Forwards: forwards}})

	DescribeTable("a server inside is reached through a forward at", append([]any{
		Requirement("hosts.ports-in"),
		func(ctx SpecContext, protocol packet.Protocol, port uint16) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			asks(ctx, y.Socket(protocol), door(port), opened(x, protocol, port), protocol)
		},
	}, atEachEnd()...)...)
})
