package rfc5382

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5382, Section 4.3, REQ-3 a).
var _ = Describe("RFC 5382 4.3, filtering that can be chosen:", func() {
	choose := func(d Dependence) Policy { return Policy{TCPFiltering: d.Asked()} }
	tables.ChosenFiltering((*Lab).TCP, "rfc5382.req-3a", choose)
	tables.ChosenFilteringOfOthers((*Lab).TCP, "rfc5382.req-3a", choose)
})

// RFC 5382, Section 4.3, REQ-3 b). Both filters are measured in one NAT, at the same
// ports. Each measurement comes after the other protocol's packets from these ports to
// hosts that this one has not sent to.
var _ = Describe("RFC 5382 4.3, filtering apart from that of UDP:", func() {
	classes := []Dependence{EndpointIndependent, AddressDependent, AddressAndPortDependent}
	for _, udp := range classes {
		for _, tcp := range classes {
			if udp == tcp {
				continue
			}
			Context(fmt.Sprintf("with a filter for UDP that is %s and one for TCP that is %s,", udp, tcp), func() {
				lab := NewLab(Setup{Policy: Policy{UDPFiltering: udp.Asked(), TCPFiltering: tcp.Asked()}})
				beside := func(ctx SpecContext, other tables.At) {
					GinkgoHelper()
					By("X:41600 and X:41601 send to Y2:7 and Y1:8 by the other protocol")
					other(lab, "X:41600").SeenByEach(ctx, other(lab, "Y2:7"), other(lab, "Y1:8"))
					other(lab, "X:41601").SeenByEach(ctx, other(lab, "Y2:7"), other(lab, "Y1:8"))
				}

				It("UDP has its own", Requirement("rfc5382.req-3b"), func(ctx SpecContext) {
					beside(ctx, (*Lab).TCP)
					Expect(lab.Filtering(ctx, lab.UDP("X:41600"))).To(BeOfClass(udp))
				})

				It("TCP has its own", Requirement("rfc5382.req-3b"), func(ctx SpecContext) {
					beside(ctx, (*Lab).UDP)
					Expect(lab.Filtering(ctx, lab.TCP("X:41600"))).To(BeOfClass(tcp))
				})
			})
		}
	}
})
