package rfc4787

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 4.4, REQ-7: where its outside address comes from somebody else, the NAT
// must "(1) automatically ensure that its internal network uses IP addresses that do not
// conflict with its external network, or (2) be able to translate and forward traffic
// between all internal nodes and all external nodes whose IP addresses numerically conflict
// with the internal network".
//
// Both are accepted. By the first reading, the NAT's inside interface has an address of
// another subnet once it has started. How its hosts get theirs is not judged, since that is
// not the NAT's wire. By the second, nothing is renumbered: every inside host is served,
// whatever its number is outside, and an outside host that has a number of the inside's subnet
// and speaks to an inside host gets its answer. An inside host would not send an answer to
// the NAT that is for a neighbour of its own, so it has to be shown another address, which may
// be any that leads to the NAT. How an inside host should name such an outside one by
// itself, no RFC says.
//
// Both sides are 192.168.100.0/24, as with a router behind a router of the same make. R is the
// NAT's next hop to all other outside hosts, and has the number of Ri inside.
var _ = Describe("RFC 4787 4.4, both sides of the NAT have one subnet:", func() {
	external := netip.AddrPortFrom(OverlapExternal(), 8080)
	lab := NewLab(Setup{
		Inside: Overlapping, Outside: Overlapping,
		Policy: Policy{Forwards: []Forward{
			{Protocol: "udp", External: external, Inside: netip.AddrPortFrom(OverlapAddr("X"), 80)},
		}},
	})

	It("an inside host with the number of the NAT's next hop is served like any other", Requirement("rfc4787.req-7"),
		func(ctx SpecContext) {
			if renumbered(lab) {
				return
			}
			ri, y := lab.UDP("Ri:52000"), lab.UDP("Y2:7")

			By("Ri:52000 sends to Y2:7, which answers; the controls are X's")
			seen := y.HearsBeside(ctx, "X", ri.To(y.Addr()))
			Expect(seen).To(BeHeard())
			Expect(ri.HearsBeside(ctx, "X", y.To(seen.Source()))).To(BeHeard())
		})

	It("an outside host with the number of an inside one speaks to X and is answered", Requirement("rfc4787.req-7"),
		func(ctx SpecContext) {
			if renumbered(lab) {
				return
			}
			server, r := lab.UDP("X:80"), lab.UDP("R:52100")
			lab.Premise(server.Hears(ctx, lab.UDP("Y2:52100").To(external)), "the forward is not served")

			By("R:52100 sends to the forwarded port, and X:80 answers the source that it has seen")
			heard := server.Hears(ctx, r.To(external))
			Expect(heard.FromAnyone()).To(BeHeard())
			Expect(r.Hears(ctx, server.To(heard.Source()))).To(BeHeardFrom(external),
				"R must be answered, so X must see R at an address that is not of its own subnet")
		})
})

// renumbered reports whether the NAT has kept the requirement by renumbering its inside.
func renumbered(lab *Lab) bool {
	if !lab.InsideMoved() {
		return false
	}
	lab.Note("the NAT has given its inside another subnet, so that nothing conflicts")
	return true
}
