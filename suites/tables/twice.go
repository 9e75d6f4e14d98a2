package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// HidingPolicy is ForwardPolicy with clients that are hidden.
func HidingPolicy(protocol string) Policy {
	policy := ForwardPolicy(protocol)
	policy.HideClients = true
	return policy
}

// Hiding declares the spec of a forward whose clients the server sees as the NAT, in a lab
// with HidingPolicy.
func Hiding(lab *Lab, at At, requirement string) {
	It("the server sees two clients as endpoints of the NAT's inside address, and each gets its answer",
		Requirement(requirement), func(ctx SpecContext) {
			server := at(lab, "X:80")
			clients := []*Endpoint{at(lab, "Y1:50000"), at(lab, "Y2:50000")}
			var seen []netip.AddrPort

			By("Y1:50000 and Y2:50000 send to the registered endpoint 8080")
			for _, client := range clients {
				heard := server.Hears(ctx, client.To(public()))
				lab.Premise(heard, NoForward)
				Expect(heard.Source().Addr()).To(Be(lab.Gateway()), "the server must see the NAT")
				seen = append(seen, heard.Source())
			}
			By("X:80 answers each of the endpoints that it has seen")
			for i, client := range clients {
				Expect(client.Hears(ctx, server.To(seen[i]))).To(BeHeardFrom(public()))
			}
		})
}
