package rfc4787

import (
	"bytes"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// What is legal and rare, and so breaks first.
var _ = Describe("Corners:", func() {
	lab := NewLab(Setup{})

	It("payloads of 0 to 1472 bytes pass both ways, whatever is in them", Requirement("practice.payload-lengths"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:47000"), lab.UDP("Y1:7")
			flow := lab.Open(ctx, x, y, true)

			By("X:47000 and Y1:7 send payloads of each length to each other")
			var lost Lost
			passes := func(what string, of func(*Packet) *Packet) {
				GinkgoHelper()
				there := func() Heard { GinkgoHelper(); return y.Hears(ctx, of(x.To(y.Addr()))) }
				back := func() Heard { GinkgoHelper(); return x.Hears(ctx, of(y.To(flow.Mapping))) }
				lost = lost.Unless(Insist(there), "%s from X to Y1", what).Unless(Insist(back), "%s from Y1 to X", what)
			}
			// 228, 484 and 996 bytes make packets whose length is a multiple of 256, and 548, 1252 and
			// 1372 those of 576, 1280 and 1400 bytes, as links and programs have them.
			lengths := []int{228, 256, 484, 512, 548, 996, 1200, 1252, 1372, 1400, 1452, 1471, 1472}
			for n := range 17 {
				lengths = append(lengths, n)
			}
			for n := 33; n < 1472; n += 47 { // odd and even
				lengths = append(lengths, n)
			}
			for _, n := range lengths {
				passes(fmt.Sprintf("%d bytes", n), func(p *Packet) *Packet { return p.Exactly(n) })
			}
			for _, b := range []byte{0, 0xff} {
				content := bytes.Repeat([]byte{b}, 12)
				passes(fmt.Sprintf("bytes of %#x", b), func(p *Packet) *Packet { return p.Bare().Carrying(content) })
			}
			passes("1472 bytes with DF=1", func(p *Packet) *Packet { return p.Exactly(1472).DontFragment() })
			Expect(lost).To(BeNothing())
		})

	tables.EdgePorts(lab, (*Lab).UDP, "practice.edge-ports")
	tables.AllPorts(lab, (*Lab).UDP, "practice.edge-ports")
	tables.EdgeHeaders(lab, (*Lab).UDP, "practice.edge-headers")
})
