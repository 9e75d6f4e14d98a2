package rfc3022

import (
	"cmp"
	"net/netip"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// forwarding is the policy with these forwards.
func forwarding(forwards ...Forward) Policy { return Policy{Forwards: forwards} }

// serving returns the forward of a port of the NAT to a host's port 80.
func serving(protocol string, port uint16, host string) Forward {
	return Forward{
		Protocol: protocol, External: netip.AddrPortFrom(Pool()[0], port), Inside: netip.AddrPortFrom(Addr(host), 80),
	}
}

// those names the endpoints of which something is true.
func those(endpoints []*Endpoint, is func(*Endpoint) bool) string {
	var names []string
	for _, e := range endpoints {
		if is(e) {
			names = append(names, e.String())
		}
	}
	return cmp.Or(strings.Join(names, " and "), "nobody")
}

// RFC 3022, Section 2.2: "inbound access by statically mapping a local node per
// each service TU port". What is static to the NAT is the administrator's to
// change, while sessions live.
var _ = Describe("RFC 3022 2.2, a forward is added:", func() { addsForward("udp", (*Lab).UDP) })

var _ = Describe("RFC 3022 2.2, a forward is added, TCP:", func() { addsForward("tcp", (*Lab).TCP) })

func addsForward(protocol string, at tables.At) {
	there, added := serving(protocol, 8081, "X2"), serving(protocol, 8080, "X")
	lab := NewLab(Setup{Policy: forwarding(there), Later: []Policy{forwarding(there, added)}})

	It("it lets new sessions in at once", Requirement("practice.change-forward-added"), func(ctx SpecContext) {
		client := at(lab, "Y1:50000")
		lab.Premise(at(lab, "X2:80").Hears(ctx, client.To(there.External)), tables.NoForward)

		By("a forward of the registered endpoint 8080 to X:80 is added, and the client sends to it")
		lab.Change(ctx, forwarding(there, added))
		Expect(at(lab, "X:80").Hears(ctx, client.To(added.External))).To(BeHeard())
	})

	It("it does so also where another host has used its port", Requirement("practice.change-forward-added"),
		func(ctx SpecContext) {
			client := at(lab, "Y1:50000")
			lab.Premise(at(lab, "X2:80").Hears(ctx, client.To(there.External)), tables.NoForward)
			lab.Open(ctx, at(lab, "X3:8080"), at(lab, "Y2:7"), true)

			By("a forward of the registered endpoint 8080 to X:80 is added, and the client sends to it")
			lab.Change(ctx, forwarding(there, added))
			Expect(at(lab, "X:80").Hears(ctx, client.To(added.External))).To(BeHeard())
		})
}

var _ = Describe("RFC 3022 2.2, a forward is altered:", func() {
	before, after := serving("udp", 8080, "X"), serving("udp", 8080, "X2")
	lab := NewLab(Setup{Policy: forwarding(before), Later: []Policy{forwarding(after)}})
	altersForward(lab, (*Lab).UDP, before, after)

	// The session may live on with its host or go on with the other one. What the client
	// cannot bear is one of them that hears it and the other one that speaks.
	It("a session that lives has one host", Requirement("practice.change-forward-altered-live"),
		func(ctx SpecContext) {
			client, servers := lab.UDP("Y1:50000"), []*Endpoint{lab.UDP("X:80"), lab.UDP("X2:80")}
			lab.Premise(servers[0].Hears(ctx, client.To(before.External)), tables.NoForward)
			client.Hears(ctx, servers[0].To(client.Addr()))

			By("the forward leads to X2:80 from now on, and the client sends in its session")
			lab.Change(ctx, forwarding(after))
			hears := those(servers, func(server *Endpoint) bool {
				return server.Hears(ctx, client.To(after.External)).Arrival != nil
			})
			By("X:80 and X2:80 send to the client")
			speaks := those(servers, func(server *Endpoint) bool {
				return client.Hears(ctx, server.To(client.Addr())).Source() == after.External
			})
			Expect(speaks).To(Be(hears), "who is seen as the forward's endpoint must be who hears what is sent there")
		})
})

var _ = Describe("RFC 3022 2.2, a forward is altered, TCP:", func() {
	before, after := serving("tcp", 8080, "X"), serving("tcp", 8080, "X2")
	lab := NewLab(Setup{Policy: forwarding(before), Later: []Policy{forwarding(after)}})
	altersForward(lab, (*Lab).TCP, before, after)
})

func altersForward(lab *Lab, at tables.At, before, after Forward) {
	It("new sessions reach the new host, and not the old one", Requirement("practice.change-forward-altered"),
		func(ctx SpecContext) {
			first, second, client := at(lab, "X:80"), at(lab, "X2:80"), at(lab, "Y1:50000")
			lab.Premise(first.Hears(ctx, at(lab, "Y2:50000").To(before.External)), tables.NoForward)

			By("the forward leads to X2:80 from now on, and Y1:50000 sends to it for the first time")
			lab.Change(ctx, forwarding(after))
			Expect(second.Hears(ctx, client.To(after.External))).To(BeHeard())
			Expect(first.Hears(ctx, client.To(after.External))).NotTo(BeHeard())
		})
}

var _ = Describe("RFC 3022 2.2, a forward is taken away:", func() { removesForward("udp", (*Lab).UDP) })

var _ = Describe("RFC 3022 2.2, a forward is taken away, TCP:", func() { removesForward("tcp", (*Lab).TCP) })

func removesForward(protocol string, at tables.At) {
	before, again := serving(protocol, 8080, "X"), serving(protocol, 8080, "X2")
	lab := NewLab(Setup{Policy: forwarding(before), Later: []Policy{{}, forwarding(again)}})

	It("it lets no new session in", Requirement("practice.change-forward-removed"), func(ctx SpecContext) {
		server := at(lab, "X:80")
		lab.Premise(server.Hears(ctx, at(lab, "Y2:50000").To(before.External)), tables.NoForward)

		By("the forward is taken away, and Y1:50000 sends to it for the first time")
		lab.Change(ctx, Policy{})
		Expect(server.Hears(ctx, at(lab, "Y1:50000").To(before.External))).NotTo(BeHeard())
	})

	It("its port can be forwarded again, to another host", Requirement("practice.change-forward-again"),
		func(ctx SpecContext) {
			lab.Premise(at(lab, "X:80").Hears(ctx, at(lab, "Y2:50000").To(before.External)), tables.NoForward)

			By("the forward is taken away, and later one of its port leads to X2:80")
			lab.Change(ctx, Policy{})
			lab.Change(ctx, forwarding(again))

			By("Y1:50000 sends to it for the first time")
			Expect(at(lab, "X2:80").Hears(ctx, at(lab, "Y1:50000").To(again.External))).To(BeHeard())
		})
}

// What an administrator does to a forward is no matter of other flows.
var _ = Describe("RFC 3022 2.2, flows beside a forward:", func() {
	for _, change := range []struct {
		what          string
		before, after Policy
	}{
		{"added", Policy{}, forwarding(serving("udp", 8080, "X"))},
		{"altered", forwarding(serving("udp", 8080, "X")), forwarding(serving("udp", 8080, "X2"))},
		{"taken away", forwarding(serving("udp", 8080, "X")), Policy{}},
	} {
		Context("when it is "+change.what, func() {
			lab := NewLab(Setup{Policy: change.before, Later: []Policy{change.after}})

			DescribeTable("they keep their mappings,", Requirement("practice.change-others"),
				func(ctx SpecContext, at tables.At) {
					flow := lab.Open(ctx, at(lab, "X3:42300"), at(lab, "Y1:5000"), true)

					By("the forward is " + change.what + ", and Y1:5000 sends to the mapping of X3:42300")
					lab.Change(ctx, change.after)
					Expect(flow.Probe(ctx)).To(BeHeard(), "the mapping must live on")
					Expect(flow.X.SeenBy(ctx, flow.Y)).To(Be(flow.Mapping), "the mapping must be the same")
				},
				Entry("of UDP", tables.At((*Lab).UDP)), Entry("of TCP", tables.At((*Lab).TCP)),
				Entry("of ICMP", tables.At((*Lab).Echo)),
			)
		})
	}
})
