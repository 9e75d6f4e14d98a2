package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// Filtering declares the specs that filtering is no stricter than address-dependent.
func Filtering(lab *Lab, at At, requirement string) {
	It("a host that X:x has sent to may answer from any port", Requirement(requirement), func(ctx SpecContext) {
		Expect(lab.Filtering(ctx, at(lab, "X:41000"))).To(BeOfClass(EndpointIndependent, AddressDependent))
	})

	It("a host that X:x has sent to may answer from any port, also after a stranger has knocked",
		Requirement(requirement), func(ctx SpecContext) {
			By("Y3:7, to which nobody has sent, sends to a port of the NAT that nobody has")
			at(lab, "X:41300").Hears(ctx, at(lab, "Y3:7").To(netip.AddrPortFrom(lab.External[0], 41300)))

			Expect(lab.Filtering(ctx, at(lab, "X:41200"))).To(BeOfClass(EndpointIndependent, AddressDependent))
		})
}

// ChosenFiltering declares the specs that filtering is of the class that the
// administrator has chosen. Choose returns the policy that asks for a class.
func ChosenFiltering(at At, requirement string, choose func(Dependence) Policy) {
	for _, class := range []Dependence{EndpointIndependent, AddressDependent, AddressAndPortDependent} {
		Context("where it is to be "+class.String(), func() {
			lab := NewLab(Setup{Policy: choose(class)})

			It("filtering is as chosen", Requirement(requirement), func(ctx SpecContext) {
				Expect(lab.Filtering(ctx, at(lab, "X:41400"))).To(BeOfClass(class))
			})
		})
	}
}

// ChosenFilteringOfOthers declares the specs that a filter which the administrator has
// chosen is an endpoint's own.
func ChosenFilteringOfOthers(at At, requirement string, choose func(Dependence) Policy) {
	for _, class := range []Dependence{AddressDependent, AddressAndPortDependent} {
		Context("where it is to be "+class.String(), func() {
			lab := NewLab(Setup{Policy: choose(class)})

			It("whom another endpoint has sent to is a stranger", Requirement(requirement), func(ctx SpecContext) {
				x, y := at(lab, "X:41450"), at(lab, "Y2:7")
				x1 := x.SeenBy(ctx, at(lab, "Y1:7"))

				By("X:41460 and X2:41450 send to Y2:7, which sends to the mapping of X:41450")
				at(lab, "X:41460").SeenBy(ctx, y)
				at(lab, "X2:41450").SeenBy(ctx, y)
				Expect(x.Hears(ctx, y.To(x1))).NotTo(BeHeard(), "X:41450 has not sent there")
			})
		})
	}
}
