package probe_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
)

// dropped is what a "no" leaves open.
const (
	droppedOut = "fragments are dropped on the way out, or the server's network drops them, " +
		"so that no fragment can be asked to come in"
	droppedIn = "fragments are dropped on the way in, or the server's network drops them"
)

// A server that does not take long datagrams, or whose network does not let them
// through, says nothing about what is on the way.
func TestFragments(t *testing.T) {
	type said struct {
		Outbound, Inbound probe.Tristate
		Reason            string
	}
	drops := func(above int) func(*simAnswer) { return func(a *simAnswer) { a.silent = a.size > above } }
	for _, test := range []struct {
		name string
		do   func(*simAnswer)
		want said
	}{
		{"honest", nil, said{probe.Yes, probe.Yes, ""}},
		{"reads 1500 bytes", drops(1500), said{probe.Yes, probe.Yes, ""}},
		{"drops fragments", drops(1472), said{probe.No, probe.Unknown, droppedOut}},
		{"drops its own fragments", func(a *simAnswer) { a.silent = a.code == 0 && a.padding > 1400 },
			said{probe.Yes, probe.No, droppedIn}},
		{"drops what is long", drops(1200), said{probe.Unknown, probe.Unknown,
			"the server answers no question that fills a packet, so silence to longer ones says nothing"}},
		{"knows no PADDING", func(a *simAnswer) {
			if a.padding > 0 {
				a.code = 420
			}
		}, said{probe.Yes, probe.Unknown,
			"the server does not pad its answers (PADDING), so what comes in is not determined"}},
		{"ignores what it does not know", func(a *simAnswer) { a.silent = a.code == 420 || a.size > 1472 },
			said{probe.Unknown, probe.Unknown,
				"the server answers no question that fills a packet, so silence to longer ones says nothing"}},
	} {
		for _, loss := range []float64{0, 0.05} {
			s := newSim(t, 1, weather{rtt: 40 * time.Millisecond, loss: loss}, []*simServer{server(a1, a2, test.do)})
			f := probe.UDPFragments(s, probe.Server{Endpoint: a1})
			if diff := cmp.Diff(test.want, said{f.Outbound, f.Inbound, f.Reason}); diff != "" {
				t.Errorf("%s, loss %v (-want +got):\n%s", test.name, loss, diff)
			}
			no := f.Outbound == probe.No || f.Inbound == probe.No
			if no != (f.WrongNo > 0) || f.WrongNo >= 1e-3 {
				t.Errorf("%s, loss %v: wrong with a chance of %v", test.name, loss, f.WrongNo)
			}
			if f.Sent > 80 {
				t.Errorf("%s, loss %v: %d packets", test.name, loss, f.Sent)
			}
		}
	}
}
