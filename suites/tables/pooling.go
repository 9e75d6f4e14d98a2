package tables

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// Pooling declares the spec of paired address pooling, in a lab whose policy has a
// pool.
func Pooling(lab *Lab, at At, requirement string) {
	It("all sessions of one internal address use the same external address",
		Requirement(requirement), func(ctx SpecContext) {
			By("X and X2, in turn, send from 64 ports each to four hosts")
			var sessions []Session
			for i := range 64 {
				y := at(lab, []string{"Y1:7", "Y2:7", "Y3:7", "Y4:7"}[i%4])
				for _, name := range []string{"X", "X2"} {
					sessions = append(sessions, Session{X: at.port(lab, name, 30000+uint16(i)), Y: y})
				}
			}
			Expect(lab.SeenInAll(ctx, sessions...)).To(BeOneAddress())
		})
}
