package probe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// begin starts Probe on the host and returns how to wait for its report, so that
// many can wait at once for filtered packets.
func (l *lab) begin(words string) (report func() *probe.Report) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 60*time.Second)
	cmd := self(ctx, probing, words)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	check(l.t, l.host.Start(cmd))
	return func() *probe.Report {
		l.t.Helper()
		defer cancel()
		check(l.t, cmd.Wait())
		r := new(probe.Report)
		check(l.t, json.Unmarshal(stdout.Bytes(), r))
		return r
	}
}

// refusedReason says that "no" does not rest on silence.
const refusedReason = "connections to external endpoints are refused"

// A tcpTruth is a NAT, and the truth about its TCP.
type tcpTruth struct {
	name string
	// nat is what is on the router; nil is nothing, or the driver's if kernel
	// names one.
	nat     *refnat.Behaviour
	kernel  string
	found   found
	hairpin *probe.Hairpin
	pooling probe.Pooling
	ports   *probe.Ports // nil is any
}

func tcpTruths() []tcpTruth {
	var list []tcpTruth
	external, none := &probe.Hairpin{Works: probe.Yes, Source: "external"}, &probe.Hairpin{Works: probe.No}
	kept := &probe.Ports{Preserved: probe.Yes, Parity: probe.ParityPreserved, Contiguous: probe.Yes,
		Predictable: probe.Yes}
	add := func(name string, b refnat.Behaviour, hairpin *probe.Hairpin, ports *probe.Ports) *tcpTruth {
		list = append(list, tcpTruth{
			name: name, nat: &b, found: found{dependence(b.Mapping), dependence(b.Filtering), probe.Yes},
			hairpin: hairpin, pooling: probe.Paired, ports: ports,
		})
		return &list[len(list)-1]
	}
	for _, m := range dependences {
		for _, f := range dependences {
			hairpin, ports := external, kept
			if m != refnat.EndpointIndependent {
				ports = nil
			}
			if m != refnat.EndpointIndependent && f == refnat.AddressAndPortDependent {
				// A call comes from another port than the one that the
				// called end has opened its filter for.
				hairpin = &probe.Hairpin{Reason: "the filter may be what is in the way: " +
					"this NAT does not use one endpoint toward all"}
			}
			add(fmt.Sprintf("%v mapping, %v filter", dependence(m), dependence(f)),
				refnat.Behaviour{Mapping: m, Filtering: f}, hairpin, ports)
		}
	}
	add("hairpin with the internal source", refnat.Behaviour{Hairpin: refnat.HairpinInternalSource}, none, kept)
	add("no hairpin", refnat.Behaviour{Hairpin: refnat.HairpinNone}, none, kept)
	add("no hairpin, symmetric without a filter",
		refnat.Behaviour{Hairpin: refnat.HairpinNone, Mapping: refnat.AddressAndPortDependent}, none, nil)
	sequential := refnat.Behaviour{Ports: refnat.PortSequential, ParityIgnored: true}
	add("sequential", sequential, external,
		&probe.Ports{Preserved: probe.No, Contiguous: probe.Yes, Step: 1, Predictable: probe.Yes})
	sequential.Mapping = refnat.AddressAndPortDependent
	add("symmetric, sequential", sequential, external,
		&probe.Ports{Preserved: probe.No, Contiguous: probe.Yes, Step: 1, Predictable: probe.Yes})
	add("random, parity kept", refnat.Behaviour{Ports: refnat.PortRandom}, external,
		&probe.Ports{Preserved: probe.No, Parity: probe.ParityPreserved, Contiguous: probe.No, Predictable: probe.No})
	random := refnat.Behaviour{Mapping: refnat.AddressAndPortDependent, Ports: refnat.PortRandom, ParityIgnored: true}
	add("symmetric, random", random, external,
		&probe.Ports{Preserved: probe.No, Contiguous: probe.No, Predictable: probe.No})
	add("pool", refnat.Behaviour{Pooling: refnat.Arbitrary}, external, nil).pooling = probe.Arbitrary

	unfiltered := found{probe.EndpointIndependent, probe.EndpointIndependent, probe.No}
	noNAT := &probe.Hairpin{Reason: "there is no NAT"}
	for _, f := range dependences {
		firewall := unfiltered
		firewall.Filtering = dependence(f)
		list = append(list, tcpTruth{
			name:  fmt.Sprintf("firewall, %v filter", dependence(f)),
			nat:   &refnat.Behaviour{Translation: refnat.NoTranslation, Filtering: f},
			found: firewall, hairpin: noNAT, pooling: probe.Paired, ports: kept,
		})
	}
	refused := &probe.Hairpin{Works: probe.No, Reason: refusedReason}
	masqueraded := found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes}
	return append(list,
		tcpTruth{name: "no NAT", found: unfiltered, hairpin: noNAT, pooling: probe.Paired, ports: kept},
		tcpTruth{name: "masquerade", kernel: "nftables", found: masqueraded, hairpin: refused,
			pooling: probe.Paired, ports: kept},
		tcpTruth{name: "masquerade, open input", kernel: "nftables:open-input", found: masqueraded, hairpin: refused,
			pooling: probe.Paired, ports: kept},
	)
}

// Behind NATs of every kind TCP finds the truth, with real sockets.
func TestTCP(t *testing.T) {
	t.Parallel() // most of it waits for SYNs that are filtered
	truths := tcpTruths()
	const words = " +hairpin -udp" // so that it asks all
	labs, reports := make([]*lab, len(truths)), make([]func() *probe.Report, len(truths))
	for i, truth := range truths {
		l := newLab(t)
		l.serve("203.0.113.11 203.0.113.12")
		if truth.nat != nil {
			l.translate(*truth.nat, trouble{})
		} else if truth.kernel != "" {
			l.start(truth.kernel)
		}
		labs[i], reports[i] = l, l.begin(theServer+words)
	}
	for i, truth := range truths {
		t.Run(truth.name, func(t *testing.T) {
			r := reports[i]().TCP4
			if r.Mapping == probe.NotDetermined && truth.found.Mapping != r.Mapping {
				t.Logf("once more, without so many beside it: %s", r.Reason)
				r = labs[i].probe(theServer + words).TCP4
			}
			if diff := cmp.Diff(truth.found, foundBy(r)); diff != "" {
				t.Errorf("(-want +got):\n%s%s", diff, r.Reason)
			}
			if r.Pooling != truth.pooling {
				t.Errorf("pooling is %v", r.Pooling)
			}
			if got := r.Ports; truth.ports != nil {
				if truth.ports.Parity == probe.ParityUnknown {
					got.Parity = probe.ParityUnknown // it depends on where the NAT began
				}
				if truth.ports.Step != 0 && got.Contiguous == probe.Unknown {
					got.Contiguous = probe.Yes // a busy host has sent SYNs in another order
				}
				if diff := cmp.Diff(*truth.ports, got, cmpopts.IgnoreFields(probe.Ports{}, "Mapped")); diff != "" {
					t.Errorf("ports (-want +got):\n%s%v", diff, got.Mapped)
				}
			}
			t.Logf("%v, %d connections, ports %+v, hairpin %+v", r.Duration, r.Sent, r.Ports, r.Hairpin)
			checkHairpin(t, truth.hairpin, r.Hairpin)
		})
	}
}

// Behind a NAT that gives out no more connections as soon as the two ends call
// each other, silence says nothing. Behind one that loses a packet in six there
// may be no verdict, and is no wrong one.
func TestTCPInTrouble(t *testing.T) {
	t.Parallel() // most of it waits for SYNs that are lost
	full, lossy := newLab(t), newLab(t)
	for _, l := range []*lab{full, lossy} {
		l.serve("203.0.113.11 203.0.113.12")
	}
	full.translate(refnat.Behaviour{Hairpin: refnat.HairpinNone}, trouble{full: true})
	lossy.translate(refnat.Behaviour{}, trouble{loses: 6})
	inFull, inLossy := full.begin(theServer+" +hairpin"), lossy.begin(theServer+" +hairpin")
	r := inFull().TCP4
	t.Logf("full: %v: %+v", r.Duration, r.Hairpin)
	if h := r.Hairpin; h == nil || h.Works != probe.Unknown || h.WrongNo != 0 || h.Reason == "" ||
		time.Duration(h.Duration) > 4*time.Second {
		t.Errorf("in a full NAT: %+v", h)
	}
	r = inLossy().TCP4
	t.Logf("lossy: %v %v in %v: %s; %+v", r.Mapping, r.Filtering, r.Duration, r.Reason, r.Hairpin)
	if r.Mapping > probe.EndpointIndependent || r.Filtering > probe.EndpointIndependent {
		t.Errorf("with loss: %v, %v", r.Mapping, r.Filtering)
	}
	if h := r.Hairpin; r.Reachable && (h == nil || h.Works == probe.No) {
		t.Errorf("with loss: %+v", h)
	}
}

func checkHairpin(t *testing.T, want, got *probe.Hairpin) {
	t.Helper()
	if got == nil {
		t.Fatal("hairpinning was not measured")
	}
	if got.Works == probe.No && got.WrongNo == 0 != (got.Reason == refusedReason) || got.WrongNo >= 1e-3 {
		t.Errorf("wrong with a chance of %v: %s", got.WrongNo, got.Reason)
	}
	if limit := 3500 * time.Millisecond; time.Duration(got.Duration) > limit {
		t.Errorf("hairpinning took %v, more than %v", got.Duration, limit)
	}
	if diff := cmp.Diff(want, got,
		cmpopts.IgnoreFields(probe.Hairpin{}, "WrongNo", "Sent", "Answered", "Duration")); diff != "" {
		t.Errorf("hairpin (-want +got):\n%s", diff)
	}
}
