package probe_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// A truth is a NAT with what a prober must find.
type truth struct {
	name               string
	nats               []refnat.Behaviour
	mapping, filtering probe.Dependence
	nat                probe.Tristate
}

var dependences = []refnat.Dependence{
	refnat.EndpointIndependent, refnat.AddressDependent, refnat.AddressAndPortDependent,
}

func dependence(d refnat.Dependence) probe.Dependence {
	return map[refnat.Dependence]probe.Dependence{
		refnat.EndpointIndependent:     probe.EndpointIndependent,
		refnat.AddressDependent:        probe.AddressDependent,
		refnat.AddressAndPortDependent: probe.AddressAndPortDependent,
	}[d]
}

// single are the 27 combinations, with the state of the filter kept in both ways.
func single() []truth {
	var list []truth
	for _, m := range dependences {
		for _, f := range dependences {
			for _, ports := range []refnat.PortAssignment{
				refnat.PortPreserving, refnat.PortSequential, refnat.PortRandom,
			} {
				for _, state := range []refnat.FilterState{refnat.PerEndpoint, refnat.PerMapping} {
					b := refnat.Behaviour{Mapping: m, Filtering: f, Ports: ports, FilterState: state}
					list = append(list, truth{
						name:    fmt.Sprintf("%v, %v, %v, %v", m, f, ports, state),
						nats:    []refnat.Behaviour{b},
						mapping: dependence(m), filtering: dependence(f), nat: probe.Yes,
					})
				}
			}
		}
	}
	return list
}

// others are no NAT, firewalls, pools, NATs that ignore parity, and two NATs in a row.
func others() []truth {
	list := []truth{
		{name: "no-nat", nats: nil, mapping: probe.EndpointIndependent, filtering: probe.EndpointIndependent,
			nat: probe.No},
		{name: "router", nats: []refnat.Behaviour{{Translation: refnat.Transparent}},
			mapping: probe.EndpointIndependent, filtering: probe.EndpointIndependent, nat: probe.No},
	}
	for _, m := range dependences {
		list = append(list, truth{
			name:    fmt.Sprintf("parity ignored, %v", m),
			nats:    []refnat.Behaviour{{Mapping: m, Ports: refnat.PortSequential, ParityIgnored: true}},
			mapping: dependence(m), filtering: probe.EndpointIndependent, nat: probe.Yes,
		})
	}
	for _, f := range dependences {
		list = append(list, truth{
			name:    fmt.Sprintf("firewall, %v", f),
			nats:    []refnat.Behaviour{{Translation: refnat.NoTranslation, Filtering: f}},
			mapping: probe.EndpointIndependent, filtering: dependence(f), nat: probe.No,
		})
		for _, m := range dependences {
			list = append(list, truth{
				name:    fmt.Sprintf("pool, %v, %v", m, f),
				nats:    []refnat.Behaviour{{Mapping: m, Filtering: f, Pooling: refnat.Arbitrary}},
				mapping: dependence(m), filtering: dependence(f), nat: probe.Yes,
			})
			for _, m2 := range dependences {
				for _, f2 := range dependences {
					list = append(list, truth{
						name: fmt.Sprintf("double, %v, %v, %v, %v", m, f, m2, f2),
						nats: []refnat.Behaviour{
							{Mapping: m, Filtering: f}, {Mapping: m2, Filtering: f2, Ports: refnat.PortRandom},
						},
						mapping: max(dependence(m), dependence(m2)), filtering: max(dependence(f), dependence(f2)),
						nat: probe.Yes,
					})
				}
			}
		}
	}
	return list
}

func measure(t testing.TB, s probe.Transport, servers ...*simServer) *probe.Result {
	t.Helper()
	var list []probe.Server
	for _, v := range servers {
		list = append(list, probe.Server{Endpoint: v.primary})
	}
	r, err := probe.UDP(s, list, s.Now().Add(30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type found struct {
	Mapping, Filtering probe.Dependence
	NAT                probe.Tristate
}

func foundBy(r *probe.Result) found {
	if r == nil {
		return found{}
	}
	return found{r.Mapping, r.Filtering, r.NAT}
}

// A shown is the whole word of a run without loss about a NAT.
type shown struct {
	Found   found
	Ports   probe.Ports
	Pooling probe.Pooling
}

// shownBy leaves out the very ports, which are others each time.
func shownBy(r *probe.Result) shown {
	s := shown{foundBy(r), r.Ports, r.Pooling}
	s.Ports.Mapped = nil
	return s
}

// shows returns what a prober must see of a truth where nothing is lost and a
// result's ports are seen.
func (tr truth) shows(r *probe.Result) shown {
	want := shown{
		Found: found{tr.mapping, tr.filtering, tr.nat},
		Ports: probe.Ports{Preserved: probe.Yes, Parity: probe.ParityPreserved, Contiguous: probe.Yes,
			Predictable: probe.Yes},
		Pooling: probe.Paired,
	}
	preserving, random := true, false
	for _, b := range tr.nats {
		preserving = preserving && (b.Ports == refnat.PortPreserving || b.Translation != refnat.NAPT)
		random = random || b.Ports == refnat.PortRandom
		if b.Pooling == refnat.Arbitrary {
			want.Pooling = probe.Arbitrary
		}
	}
	p := &want.Ports
	p.Preserved = yesOrNo(preserving)
	switch fits := (r.Local.Port()^r.Mapped.Port())&1 == 0; {
	case preserving:
	case !random && fits:
		// If one port fits, all do, whether the NAT keeps parity or not.
		p.Parity = probe.ParityUnknown
	default:
		p.Parity = tr.parity()
	}
	// Ports on different addresses are not neighbours.
	p.Contiguous = yesOrNo(!random && want.Pooling == probe.Paired)
	switch {
	case random:
		p.Predictable = probe.No
	case tr.mapping == probe.AddressAndPortDependent && want.Pooling == probe.Arbitrary:
		// It keeps a port where the address is another one, and only there.
		p.Predictable = probe.No
	case tr.mapping == probe.AddressAndPortDependent:
		// From one socket it goes on from its last port, and may keep the parity.
		p.Step = 1
		if tr.parity() == probe.ParityPreserved {
			p.Step = 2
		}
	case tr.mapping == probe.AddressDependent && preserving:
		p.Predictable = probe.Unknown
	case !preserving:
		p.Step = 1
	}
	return want
}

// parity is what becomes of that of a port which is not kept, though it may not show.
func (tr truth) parity() probe.Parity {
	for _, b := range tr.nats {
		if b.ParityIgnored {
			return probe.ParityIgnored
		}
	}
	return probe.ParityPreserved
}

// contradicts reports whether something other than the truth is told of ports
// and pooling. A value that is not determined contradicts nothing.
func (tr truth) contradicts(r *probe.Result) bool {
	want, got := tr.shows(r), shownBy(r)
	differ := func(got, want probe.Tristate) bool { return got != want && got != probe.Unknown }
	return differ(got.Ports.Preserved, want.Ports.Preserved) ||
		differ(got.Ports.Contiguous, want.Ports.Contiguous) ||
		differ(got.Ports.Predictable, want.Ports.Predictable) ||
		got.Ports.Step != want.Ports.Step && got.Ports.Step != 0 ||
		got.Ports.Parity != want.Ports.Parity && got.Ports.Parity != tr.parity() &&
			got.Ports.Parity != probe.ParityUnknown ||
		got.Pooling != want.Pooling && got.Pooling != probe.PoolingUnknown
}

func yesOrNo(b bool) probe.Tristate {
	if b {
		return probe.Yes
	}
	return probe.No
}

func TestExactWithoutLoss(t *testing.T) {
	for _, truth := range append(single(), others()...) {
		for i, rtt := range []time.Duration{500 * time.Microsecond, 40 * time.Millisecond, 300 * time.Millisecond} {
			v := server(a1, a2, nil)
			s := newSim(t, uint64(i), weather{rtt: rtt}, []*simServer{v}, truth.nats...)
			r := measure(t, s, v)
			if diff := cmp.Diff(truth.shows(r), shownBy(r)); diff != "" {
				t.Errorf("%s at %v (-want +got):\n%s%s", truth.name, rtt, diff, r.Reason)
			}
		}
	}
}

// A busy server may have another thread answer from elsewhere, and late. It is
// not refused for that, and no missing filter is reported as present, except
// where a NAT leaves no way to check, and the report says so.
func TestLateFromElsewhere(t *testing.T) {
	for _, truth := range append(single(), others()...) {
		for i, late := range []time.Duration{20 * time.Millisecond, 60 * time.Millisecond, 150 * time.Millisecond} {
			v := server(a1, a2, nil)
			v.late = late
			s := newSim(t, uint64(i), weather{rtt: time.Millisecond}, []*simServer{v}, truth.nats...)
			r := measure(t, s, v)
			want := found{truth.mapping, truth.filtering, truth.nat}
			unchecked := r.Reason != "" && r.Verified == probe.Unknown && r.Filtering != probe.NotDetermined
			if diff := cmp.Diff(want, foundBy(r)); diff != "" && !unchecked {
				t.Errorf("%s, %v late (-want +got):\n%s%s", truth.name, late, diff, r.Reason)
			}
		}
	}
}
