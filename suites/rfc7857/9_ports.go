package rfc7857

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// from128 is a session of each of 128 ports of a host, whose neighbours are free. Each
// goes to another peer: RFC 6056 allows a NAT to count ports up toward one (Section 3.3.3),
// as long as nobody knows where it stands toward another.
func from128(lab *Lab, at tables.At, host string) []Session {
	GinkgoHelper()
	var sessions []Session
	for i := range 128 {
		x, y := fmt.Sprintf("%s:%d", host, 40000+3*i), fmt.Sprintf("Y%d:%d", 1+i%4, 7000+i)
		sessions = append(sessions, Session{X: at(lab, x), Y: at(lab, y)})
	}
	return sessions
}

// taken has X and then X2 send from the same ports to the same peers.
func taken(ctx SpecContext, lab *Lab, at tables.At) (free, displaced Sightings) {
	GinkgoHelper()
	By("X, and after it X2, sends from the same 128 ports, each to another peer")
	free = lab.SeenInAll(ctx, from128(lab, at, "X")...)
	return free, lab.SeenInAll(ctx, from128(lab, at, "X2")...).Displaced(free)
}

// RFC 7857, Section 9, and RFC 6056, Section 4. A NAT is judged by what it is seen to do:
// whether it preserves ports that are free, and whether it preserves the parity of those
// that it has to change. What is not for its kind it keeps.
var _ = Describe("RFC 7857 9, port randomization:", func() {
	lab := NewLab(Setup{})
	protocols := []TableEntry{Entry("UDP", tables.At((*Lab).UDP)), Entry("TCP", tables.At((*Lab).TCP))}

	DescribeTable("ports that are not preserved are hard to predict,", Requirement("rfc7857.s9-nopreserve"),
		func(ctx SpecContext, at tables.At) {
			By("X sends from 128 ports, each to another peer")
			free := lab.SeenInAll(ctx, from128(lab, at, "X")...)
			Expect(lab.Guesses(free.Unpreserved())).To(BeHardToPredict())
		}, protocols)

	DescribeTable("a NAT that preserves ports does so wherever one is free,", Requirement("rfc7857.s9-preserve"),
		func(ctx SpecContext, at tables.At) {
			By("X sends from 128 ports, each to another peer")
			Expect(lab.SeenInAll(ctx, from128(lab, at, "X")...)).To(KeepFreePorts())
		}, protocols)

	It("a UDP port that is taken is replaced by one that is hard to predict, if parity is not preserved",
		Requirement("rfc7857.s9-preserve"), func(ctx SpecContext) {
			_, displaced := taken(ctx, lab, (*Lab).UDP)
			Expect(lab.Guesses(displaced.WithoutParity())).To(BeHardToPredict())
		})

	It("a TCP port that is taken is replaced by one that is hard to predict",
		Requirement("rfc7857.s9-preserve"), func(ctx SpecContext) {
			_, displaced := taken(ctx, lab, (*Lab).TCP)
			Expect(lab.Guesses(displaced)).To(BeHardToPredict())
		})

	It("a UDP port that is taken is replaced by one that is hard to predict, if parity is preserved",
		Requirement("rfc7857.s9-parity"), func(ctx SpecContext) {
			_, displaced := taken(ctx, lab, (*Lab).UDP)
			Expect(lab.Guesses(displaced.WithParity())).To(BeHardToPredict())
		})
})
