package rfc3022

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 3022, Section 2.2: "tuples of the type (local IP addresses, local TU port
// number) are translated to tuples of the type (registered IP address, assigned
// TU port number)."
var _ = Describe("RFC 3022 2.2, NAPT:", func() {
	lab := NewLab(Setup{})

	// The textbook case.
	It("192.168.0.5:5000 goes out from a registered endpoint, and the answer comes back to it",
		Requirement("rfc3022.napt-tuple"), func(ctx SpecContext) {
			x, y := lab.UDP("X:5000"), lab.UDP("Y1:80")

			By("192.168.0.5:5000 sends to the server at Y1:80")
			x1 := x.ArrivesAt(ctx, y).Source
			Expect(x1.Addr()).To(BeOneOf(lab.External...), "the source must be a registered address")

			By("the server answers to the endpoint it has seen")
			Expect(x.Hears(ctx, y.To(x1))).To(BeHeardFrom(y.Addr()))
		})

	// "For inbound packets, the destination IP address, destination TCP/UDP port" are
	// translated, and so nothing of the source is.
	It("what several peers send shows each of them as its source", Requirement("rfc3022.inbound-source"),
		func(ctx SpecContext) {
			x, y1, y2 := lab.UDP("X:5001"), lab.UDP("Y1:7"), lab.UDP("Y2:8")

			By("192.168.0.5:5001 sends to Y1:7 and to Y2:8")
			seen := x.SeenByEach(ctx, y1, y2)

			By("both answer, the second peer first")
			Expect(x.Hears(ctx, y2.To(seen[1].Source))).To(BeHeardFrom(y2.Addr()))
			Expect(x.Hears(ctx, y1.To(seen[0].Source))).To(BeHeardFrom(y1.Addr()))
		})
})

// RFC 3022, Section 2.2: "inbound access by statically mapping a local node per
// each service TU port of the registered IP address."
var _ = Describe("RFC 3022 2.2, static port mapping:", func() {
	public := netip.AddrPortFrom(Pool()[0], 8080)
	lab := NewLab(Setup{Policy: Policy{
		Forwards: []Forward{{Protocol: "udp", External: public, Inside: netip.AddrPortFrom(Addr("X"), 80)}},
	}})

	It("a session from outside reaches the host inside, and its answer comes from the registered endpoint",
		Requirement("rfc3022.napt-static-port"), func(ctx SpecContext) {
			server, client := lab.UDP("X:80"), lab.UDP("Y1:50000")

			By("Y1:50000 sends to the registered endpoint 8080")
			Expect(server.Hears(ctx, client.To(public))).To(BeHeardFrom(client.Addr()))

			By("X:80 answers")
			Expect(client.Hears(ctx, server.To(client.Addr()))).To(BeHeardFrom(public))
		})

	It("a mapping of another host does not take the registered endpoint",
		Requirement("practice.forward-port"), func(ctx SpecContext) {
			server, client := lab.UDP("X:80"), lab.UDP("Y1:50000")
			lab.Premise(server.Hears(ctx, lab.UDP("Y2:50000").To(public)),
				"the forward lets nothing in (rfc3022.napt-static-port)")

			By("X2 sends to the client from the port that is forwarded")
			lab.UDP("X2:8080").SeenBy(ctx, client)

			By("the client sends to the registered endpoint 8080")
			Expect(server.Hears(ctx, client.To(public))).To(BeHeard(),
				"the forward must still lead to X:80, and not to X2:8080")
		})

	It("sessions of the host's own use the registered endpoint, too",
		Requirement("practice.forward-own"), func(ctx SpecContext) {
			server, y := lab.UDP("X:80"), lab.UDP("Y2:7")

			By("X:80 sends to Y2:7, which has never sent to it")
			Expect(y.Hears(ctx, server.To(y.Addr()))).To(BeHeardFrom(public))
		})
})
