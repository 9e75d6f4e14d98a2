package probe_test

import (
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

func TestHairpin(t *testing.T) {
	for _, test := range []struct {
		name   string
		nats   []refnat.Behaviour
		loss   float64
		works  probe.Tristate
		source string
	}{
		{"external", []refnat.Behaviour{{}}, 0, probe.Yes, "external"},
		{"strict filter", []refnat.Behaviour{{Filtering: refnat.AddressAndPortDependent}}, 0, probe.Yes, "external"},
		{"internal", []refnat.Behaviour{{Hairpin: refnat.HairpinInternalSource}}, 0, probe.Yes, "internal"},
		{"none", []refnat.Behaviour{{Hairpin: refnat.HairpinNone}}, 0, probe.No, ""},
		{"none, with loss", []refnat.Behaviour{{Hairpin: refnat.HairpinNone}}, 0.1, probe.No, ""},
		{"at the outer of two", []refnat.Behaviour{{}, {}}, 0, probe.Yes, "external"},
		{"no NAT", nil, 0, probe.Unknown, ""},
	} {
		s := newSim(t, 1, weather{rtt: 40 * time.Millisecond, loss: test.loss, lanLoss: test.loss}, []*simServer{server(a1, a2, nil)}, test.nats...)
		h := probe.UDPHairpin(s, probe.Server{Endpoint: a1})
		if h.Works != test.works || h.Source != test.source || h.Works == probe.Unknown && h.Reason == "" {
			t.Errorf("%s: %+v", test.name, h)
		}
		if h.Works == probe.No && (h.WrongNo <= 0 || h.WrongNo >= 1e-3) {
			t.Errorf("%s: wrong with a chance of %v", test.name, h.WrongNo)
		}
		if h.Sent > 150 {
			t.Errorf("%s: %d packets", test.name, h.Sent)
		}
	}
}
