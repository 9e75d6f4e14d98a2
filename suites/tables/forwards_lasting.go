package tables

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// callers are the flows of n clients of ForwardPolicy's server, of three hosts in turn, which
// begin at a port.
func callers(lab *Lab, at At, server *Endpoint, port uint16, n int) []*Flow {
	GinkgoHelper()
	hosts := []string{"Y1", "Y2", "Y3"}
	var flows []*Flow
	for i := range n {
		flows = append(flows, lab.Between(server, at.port(lab, hosts[i%3], port+uint16(i/3)), public()))
	}
	return flows
}

// servesAll has each client send to the registered endpoint, many at a time, and the server
// answer each.
func servesAll(ctx context.Context, lab *Lab, clients []*Flow) {
	GinkgoHelper()
	Expect(len(lab.StillOpen(ctx, clients...))).To(Be(len(clients)), "each client must reach the server")
	var answers []Session
	for _, f := range clients {
		answers = append(answers, Session{X: f.X, Y: f.Y})
	}
	answered := lab.Attempt(ctx, answers...)
	Expect(len(answered)).To(Be(len(clients)), "each client must get its answer")
	for _, s := range answered {
		Expect(s.Source).To(Be(public()), "the answer to %s must come from the registered endpoint", s.Y)
	}
}

// manyClients is more than a forward that counts its clients has room for.
const manyClients = 90

// ClientsAtOnce declares the spec that a forward has room for its clients, in a lab with
// ForwardPolicy, as the other functions here.
func ClientsAtOnce(lab *Lab, at At, requirement string) {
	It("ninety clients at once reach the server, and each gets its answer", Requirement(requirement),
		func(ctx SpecContext) {
			server := at(lab, "X:80")
			lab.Premise(server.Hears(ctx, at(lab, "Y4:50000").To(public())), NoForward)

			By("Y1, Y2 and Y3 each send from 30 ports, and X:80 answers")
			servesAll(ctx, lab, callers(lab, at, server, 51000, manyClients))
		})
}

// ForwardIdle declares the spec that a forward outlives all timers: that of a connection is
// 2 hours and 4 minutes.
func ForwardIdle(lab *Lab, at At, requirement string) {
	It("two hours after its last packet it lets new clients in", Requirement(requirement), Waits(125*time.Minute),
		func(ctx SpecContext) {
			server := at(lab, "X:80")
			lab.Premise(server.Hears(ctx, at(lab, "Y4:50000").To(public())), NoForward)

			By("two hours and five minutes pass, and Y1, Y2 and Y3 send to the registered endpoint 8080")
			lab.Idle(ctx, 125*time.Minute)
			servesAll(ctx, lab, callers(lab, at, server, 52000, 3))
		})
}

// ForwardAfterClose declares the spec that a forward outlives its connections.
func ForwardAfterClose(lab *Lab, requirement string) {
	It("when its only connection is closed it lets new clients in", Requirement(requirement), func(ctx SpecContext) {
		server := lab.TCP("X:80")
		first := lab.Between(server, lab.TCP("Y1:50000"), public())
		lab.Premise(server.Hears(ctx, first.Y.To(public())), NoForward)

		By("Y1:50000 and X:80 end the handshake, and both close")
		servesAll(ctx, lab, []*Flow{first})
		Closes(ctx, first)

		By("Y1, Y2 and Y3 open connections")
		servesAll(ctx, lab, callers(lab, (*Lab).TCP, server, 50001, 3))
	})
}
