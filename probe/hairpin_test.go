package probe_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// checkCalls checks what two sockets behind NATs find out by calling each other
// where found is known already.
func checkCalls(
	t *testing.T, name string, loss float64, found *probe.Result, works probe.Tristate, source string,
	nats ...refnat.Behaviour,
) {
	t.Helper()
	s := newSim(t, 1, weather{rtt: 40 * time.Millisecond, loss: loss, lanLoss: loss},
		[]*simServer{server(a1, a2, nil)}, nats...)
	h := probe.UDPHairpin(s, probe.Server{Endpoint: a1}, found)
	if h.Works != works || h.Source != source || h.Works == probe.Unknown && h.Reason == "" {
		t.Errorf("%s: %+v", name, h)
	}
	if (h.WrongNo > 0) != (h.Works == probe.No) || h.WrongNo >= 1e-3 {
		t.Errorf("%s: wrong with a chance of %v", name, h.WrongNo)
	}
	if h.Sent > 150 {
		t.Errorf("%s: %d packets", name, h.Sent)
	}
}

func TestHairpin(t *testing.T) {
	found := &probe.Result{Mapping: probe.EndpointIndependent, Filtering: probe.EndpointIndependent}
	none := refnat.Behaviour{Hairpin: refnat.HairpinNone}
	checkCalls(t, "none, with loss", 0.1, found, probe.No, "", none)
	checkCalls(t, "at the outer of two", 0, found, probe.Yes, "external", refnat.Behaviour{}, refnat.Behaviour{})
	checkCalls(t, "no NAT", 0, found, probe.Unknown, "")
	checkCalls(t, "none, and nothing is known", 0, new(probe.Result), probe.Unknown, "", none)
	checkCalls(t, "external, and nothing is known", 0, new(probe.Result), probe.Yes, "external", refnat.Behaviour{})
	checkCalls(t, "none, and the filter is not known", 0, &probe.Result{Mapping: probe.EndpointIndependent},
		probe.No, "", none)
}

// Behind every kind of NAT that hairpins the calls arrive or nothing is said, and
// "no" is said only where no filter can have stopped them.
func TestHairpinTruths(t *testing.T) {
	sources := map[refnat.Hairpin]string{
		refnat.HairpinExternalSource: "external", refnat.HairpinInternalSource: "internal",
	}
	for _, truth := range single() {
		b := truth.nats[0]
		free := b.Mapping == refnat.EndpointIndependent || b.Filtering == refnat.EndpointIndependent
		// Both ends have sent to the NAT's address, though not by the mapping
		// that is called.
		arrives := free || b.Filtering == refnat.AddressDependent && b.FilterState == refnat.PerEndpoint
		for _, b.Hairpin = range []refnat.Hairpin{
			refnat.HairpinExternalSource, refnat.HairpinInternalSource, refnat.HairpinNone,
		} {
			works, source := probe.Unknown, ""
			switch {
			case b.Hairpin != refnat.HairpinNone && arrives:
				works, source = probe.Yes, sources[b.Hairpin]
			case b.Hairpin == refnat.HairpinNone && free:
				works = probe.No
			}
			found := &probe.Result{Mapping: truth.mapping, Filtering: truth.filtering}
			checkCalls(t, fmt.Sprintf("%s, hairpin %d", truth.name, b.Hairpin), 0, found, works, source, b)
		}
	}
}
