package tables

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// FTPPolicy has a gateway look after FTP.
func FTPPolicy() Policy { return Policy{Translation: Translation{FTP: true}} }

// ActiveFTP declares the specs of a gateway for clients of FTP that are connected to (active
// mode), in a lab with FTPPolicy.
func ActiveFTP(lab *Lab, requirement string) {
	It("the server is told an external endpoint, by which it reaches the client", Requirement(requirement),
		func(ctx SpecContext) {
			control := lab.Open(ctx, lab.TCP("X:41000"), lab.TCP("Y1:21"), true)
			control.FTPBegins(ctx)

			By("X:41000 tells Y1:21 to connect to X:41001")
			turn := control.FTPNames(ctx, 41001)
			Expect(turn.Command).To(BeHeard())
			Expect(turn.Named.Addr()).To(BeOneOf(lab.External...), "the server must be told an address of the NAT")

			By("Y1:20 sends a SYN to what it was told, and X:41001 answers")
			data, client := lab.TCP("Y1:20"), lab.TCP("X:41001")
			Expect(client.Hears(ctx, data.To(turn.Named))).To(BeHeardFrom(data.Addr()))
			Expect(data.Hears(ctx, client.To(data.Addr()))).To(BeHeardFrom(turn.Named))
		})

	It("the control connection goes on after commands that have become longer or shorter", Requirement(requirement),
		func(ctx SpecContext) {
			control := lab.Open(ctx, lab.TCP("X:41100"), lab.TCP("Y1:21"), true)
			control.FTPBegins(ctx)

			By("X:41100 names three ports to Y1:21, which answers each time")
			for _, port := range []uint16{41101, 256, 65535} {
				Expect(control.FTPNames(ctx, port)).To(Follow())
			}
		})
}
