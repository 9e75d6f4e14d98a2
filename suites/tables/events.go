package tables

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// An Event is what may happen to a mapping, none of which changes it by any clause. Y2 has a part
// in the errors alone, and X:x never sends to it.
type Event struct {
	Name    string
	Happens func(ctx context.Context, lab *Lab, at At, f *Flow)
}

// Events are of both protocols.
var Events = []Event{
	{"a packet whose hops are over", func(ctx context.Context, lab *Lab, _ At, f *Flow) {
		lab.Sends(ctx, f.X.To(f.Y.Addr()).TTL(1))
	}},
	{"damaged packets both ways", func(ctx context.Context, lab *Lab, _ At, f *Flow) {
		lab.Sends(ctx, f.X.To(f.Y.Addr()).Damaged())
		lab.Sends(ctx, f.Y.To(f.Mapping).Damaged())
	}},
	{"packets of twelve strangers", func(ctx context.Context, lab *Lab, at At, f *Flow) {
		for port := range uint16(12) {
			at.port(lab, "Y4", 2000+port).Sends(ctx, f.Mapping)
		}
	}},
	{"packets to 120 peers", func(ctx context.Context, lab *Lab, at At, f *Flow) {
		var sessions []Session
		for port := range uint16(120) {
			sessions = append(sessions, Session{X: f.X, Y: at.port(lab, fmt.Sprintf("Y%d", 3+port%2), 10_000+port)})
		}
		lab.SeenInAll(ctx, sessions...)
	}},
	{"a large packet", func(ctx context.Context, lab *Lab, _ At, f *Flow) {
		lab.Sends(ctx, f.X.To(f.Y.Addr()).Size(1400))
	}},
	{"a packet to itself by its external endpoint", func(ctx context.Context, lab *Lab, at At, f *Flow) {
		lab.Sends(ctx, f.X.To(f.Mapping))
	}},
	{"a packet to a neighbour's external endpoint", func(ctx context.Context, lab *Lab, at At, f *Flow) {
		f.X.Sends(ctx, at(lab, "X3:7700").SeenBy(ctx, at(lab, "Y4:7000")))
	}},
	{"ICMP errors of hosts that it knows and of others", func(ctx context.Context, lab *Lab, _ At, f *Flow) {
		about := f.X.ArrivesAt(ctx, f.Y)
		for _, from := range []string{"R", "Y1", "Y2"} {
			lab.ICMPError(from, 11, 0, 0, about).Sends(ctx)
			lab.ICMPError(from, 3, 1, 0, about).Sends(ctx)
		}
	}},
	{"the other protocol's packets from its port", func(ctx context.Context, lab *Lab, _ At, f *Flow) {
		lab.UDPAt(f.X.Host(), f.X.Addr().Port()).SeenBy(ctx, lab.UDP("Y4:7000"))
		lab.TCP(fmt.Sprintf("%s:%d", f.X.Host(), f.X.Addr().Port())).SeenBy(ctx, lab.TCP("Y4:7000"))
	}},
}

// DeterminismOfEvents declares the specs that mapping and filtering stay as they are whatever
// happens to a mapping.
func DeterminismOfEvents(lab *Lab, at At, requirement string) {
	// Each event has the two ports that filtering is looked at with.
	It("filtering is the same whatever a mapping has met", Requirement(requirement), func(ctx SpecContext) {
		primary := lab.Filtering(ctx, at(lab, "X:44100"))
		for i, event := range Events {
			x := at.port(lab, "X", 44110+2*uint16(i))
			By("X has met: " + event.Name)
			for _, x := range []*Endpoint{x, x.Sibling(x.Addr().Port() + 1)} {
				event.Happens(ctx, lab, at, lab.Open(ctx, x, at(lab, "Y1:7"), true))
			}
			Expect(lab.Filtering(ctx, x)).To(BeLike(primary), "filtering must not change with %s", event.Name)
		}
	})

	It("mapping is the same whatever a mapping has met", Requirement(requirement), func(ctx SpecContext) {
		y1, y2 := at(lab, "Y1:7"), at(lab, "Y2:7")
		primary := lab.Mapping(ctx, at(lab, "X:44200"), y1, y2)
		for i, event := range Events {
			flow := lab.Open(ctx, at.port(lab, "X", 44210+uint16(i)), y1, true)
			By("X has met: " + event.Name)
			event.Happens(ctx, lab, at, flow)
			Expect(lab.Mapping(ctx, flow.X, y1, y2)).To(BeLike(primary), "mapping must not change with %s", event.Name)
			Expect(flow.X.SeenBy(ctx, y1)).To(Be(flow.Mapping), "the mapping must be what it was before %s", event.Name)
		}
	})
}

// AddressesPolicy shares the hosts out to two external addresses.
func AddressesPolicy() Policy { return Policy{Pool: Pool()[:2]} }

// DeterminismOfAddresses declares the spec that mapping and filtering are the same at each
// external address, in a lab with AddressesPolicy.
func DeterminismOfAddresses(lab *Lab, at At, requirement string) {
	It("mapping and filtering are the same at each external address", Requirement(requirement),
		func(ctx SpecContext) {
			By("hosts use their mappings, which are of two addresses")
			y1, y2 := at(lab, "Y1:7"), at(lab, "Y2:7")
			mapping, filtering := lab.Mapping(ctx, at(lab, "X:44300"), y1, y2), lab.Filtering(ctx, at(lab, "X:44310"))
			for _, host := range []string{"X2", "X3"} {
				const alike = "hosts must be served alike"
				Expect(lab.Mapping(ctx, at.port(lab, host, 44300), y1, y2)).To(BeLike(mapping), alike)
				Expect(lab.Filtering(ctx, at.port(lab, host, 44310))).To(BeLike(filtering), alike)
			}
		})
}
