package tables

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// PortOverloading declares the specs that no two internal endpoints share an external
// one toward the same destination, whichever of the ports they have. Port 500 is that of key
// exchanges, which some NATs leave as it is for every host.
func PortOverloading(lab *Lab, at At, requirement string, ports ...uint16) {
	var entries []TableEntry
	for _, port := range ports {
		entries = append(entries, Entry(fmt.Sprint(port), port))
	}
	DescribeTable("three hosts with the same port have three external endpoints, and answers find their way,",
		Requirement(requirement), func(ctx SpecContext, port uint16) {
			y := at(lab, "Y1:7")
			hosts := []*Endpoint{at.port(lab, "X", port), at.port(lab, "X2", port), at.port(lab, "X3", port)}

			By(fmt.Sprintf("X, X2 and X3 each send from port %d to Y1:7", port))
			var seen Sightings
			for _, x := range hosts {
				seen = append(seen, x.SeenByEach(ctx, y)...)
			}
			Expect(seen).To(ShareNoEndpoint())

			By("Y1:7 answers each of them")
			for _, s := range seen {
				Expect(s.X.Hears(ctx, y.To(s.Source))).To(BeHeard(), "the answer must reach its host")
			}
		},
		entries,
	)

	// Endpoints that share an external one while their destinations differ, as
	// RFC 7857 allows, have to part when they come to send to the same.
	It("two hosts with the same port share no external endpoint toward the peers that they come to have in common",
		Requirement(requirement), func(ctx SpecContext) {
			x, x2, y1, y2 := at(lab, "X:40100"), at(lab, "X2:40100"), at(lab, "Y1:7"), at(lab, "Y2:7")

			By("X:40100 sends to Y1:7, and X2:40100 to Y2:7")
			seen := append(x.SeenByEach(ctx, y1), x2.SeenByEach(ctx, y2)...)

			By("X2:40100 sends to Y1:7 as well, and X:40100 to Y2:7")
			seen = append(append(seen, x2.SeenByEach(ctx, y1)...), x.SeenByEach(ctx, y2)...)
			Expect(seen).To(ShareNoEndpoint())
		})
}

// PortOverlapping declares the spec that internal endpoints which share an external
// one, because their destinations differ, are told apart.
func PortOverlapping(lab *Lab, at At, requirement string) {
	It("two hosts with the same port and different destinations each get their own answers",
		Requirement(requirement), func(ctx SpecContext) {
			x, x2, y1, y2 := at(lab, "X:40200"), at(lab, "X2:40200"), at(lab, "Y1:53"), at(lab, "Y2:53")

			By("X:40200 sends to Y1:53, and X2:40200 to Y2:53")
			x1, x2s := x.SeenBy(ctx, y1), x2.SeenBy(ctx, y2)
			lab.Note(fmt.Sprintf("one external endpoint for two destinations: %t", x1 == x2s))

			By("Y1:53 and Y2:53 answer")
			Expect(x.Hears(ctx, y1.To(x1))).To(BeHeard(), "the answer must reach its host")
			Expect(x2.Hears(ctx, y2.To(x2s))).To(BeHeard(), "the answer must reach its host")
		})
}
