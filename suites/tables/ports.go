package tables

import (
	"context"
	"fmt"
	"time"

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

// alike are ports that a table may take for one another: those that differ by a power of two or
// of ten, and those that have the same bytes in another order.
var alike = []uint16{1298, 4613, 1554, 1810, 2322, 2298, 3346, 5394, 9490, 11298, 17682, 34066}

// PortsAlike declares the specs that no two internal endpoints are taken for one another.
func PortsAlike(lab *Lab, at At, requirement string) {
	It("endpoints of one host whose ports look alike have an external one each, and get their own answers",
		Requirement(requirement), func(ctx SpecContext) {
			y := at(lab, "Y1:7")
			By(fmt.Sprintf("X sends from %d ports to Y1:7, which answers", len(alike)))
			var sessions []Session
			for _, port := range alike {
				sessions = append(sessions, Session{X: at.port(lab, "X", port), Y: y})
			}
			seen := lab.SeenInAll(ctx, sessions...)
			Expect(seen).To(ShareNoEndpoint())
			held, _ := lab.Answered(ctx, seen.Flows()...)
			Expect(len(held)).To(Be(len(sessions)), "each answer must reach the endpoint that it is for")
		})

	// Some NATs leave the ports of services as they are for every host.
	It("three hosts with the port of a service share no external endpoint, and get their own answers",
		Requirement(requirement), func(ctx SpecContext) {
			y := at(lab, "Y1:7")
			By("X, X2 and X3 each send from the ports of services to Y1:7, which answers")
			var sessions []Session
			for _, port := range []uint16{53, 69, 88, 123, 161, 1194, 1701, 1723, 3478, 4500, 5060, 5353, 51820} {
				for _, host := range []string{"X", "X2", "X3"} {
					sessions = append(sessions, Session{X: at.port(lab, host, port), Y: y})
				}
			}
			seen := lab.SeenInAll(ctx, sessions...)
			Expect(seen).To(ShareNoEndpoint())
			_, astray := lab.Answered(ctx, seen.Flows()...)
			Expect(astray).To(BeNothing(), "each answer must reach the host that it is for")
		})
}

// PortHeld declares the spec that a port is nobody else's as long as its mapping lives, which
// is for longer than it is at rest here. Rests has a flow come to where it needs its mapping
// still, and again says how its peer goes on then.
func PortHeld(
	lab *Lab, at At, requirement string, rest time.Duration,
	rests func(ctx context.Context, f *Flow), again ...Step,
) {
	It("a port is no other host's while its mapping is at rest", Requirement(requirement), Waits(rest),
		func(ctx SpecContext) {
			x2, y := at(lab, "X2:40300"), at(lab, "Y1:7000")
			flow := lab.OpenSpared(ctx, at(lab, "X:40300"), y, true)
			beside := lab.OpenSpared(ctx, at(lab, "X:40302"), y, true)
			flow.Each(func(f *Flow) { rests(ctx, f) })
			beside.Each(func(f *Flow) { rests(ctx, f) })
			By(fmt.Sprintf("%v pass, and X2:40300 sends to Y1:7000", rest))
			lab.Idle(ctx, rest)
			lab.Premise(beside.Probe(ctx, again...), "a mapping ends sooner, which another spec judges")
			flow.Each(func(f *Flow) {
				other := Sighting{Session: Session{X: x2.Sibling(f.X.Addr().Port()), Y: y}}
				other.Source = other.X.SeenBy(ctx, y)
				Expect(Sightings{{Session: Session{X: f.X, Y: y}, Source: f.Mapping}, other}).To(ShareNoEndpoint())
			})
			By("Y1:7000 goes on")
			Expect(flow.Probe(ctx, again...)).To(BeHeard(), "who has a port must keep it")
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
