package probe_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// measureAll measures n NATs on a number of devices at a time. Become makes a
// device one of the NATs, and each result is handed over. Runs mostly wait.
func measureAll(t *testing.T, n, devices int, become func(i int, d *device) error, found func(i int, r *probe.Result)) {
	t.Helper()
	next := make(chan int)
	var group sync.WaitGroup
	for range devices {
		d := newDevice(t)
		group.Go(func() {
			for i := range next {
				err := become(i, d)
				var r *probe.Result
				if err == nil {
					r, err = d.measure(t.Context())
				}
				if err != nil {
					t.Error(err)
					continue
				}
				found(i, r)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

// Every truth of the simulated network holds on real sockets, too, and all that
// is told of it is right.
func TestReference(t *testing.T) {
	truths := append(single(), others()...)
	measureAll(t, len(truths), 8, func(i int, d *device) error {
		return d.become(weather{}, uint64(i), truths[i].nats...)
	}, func(i int, r *probe.Result) {
		if diff := cmp.Diff(truths[i].shows(r), shownBy(r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s%s %v", truths[i].name, diff, r.Reason, r.Ports.Mapped)
		}
	})
}

// Hairpinning shows on real sockets, too. Where the NAT leaves the internal source,
// the host has to take packets from its own address, which it does not by default.
func TestReferenceHairpin(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		nat         refnat.Behaviour
		acceptLocal string
		works       probe.Tristate
		source      string
	}{
		{"external", refnat.Behaviour{}, "0", probe.Yes, "external"},
		{"external, strict filter", refnat.Behaviour{Filtering: refnat.AddressAndPortDependent},
			"0", probe.Yes, "external"},
		{"internal", refnat.Behaviour{Hairpin: refnat.HairpinInternalSource}, "1", probe.Yes, "internal"},
		{"internal, dropped by the host", refnat.Behaviour{Hairpin: refnat.HairpinInternalSource}, "0", probe.No, ""},
		{"none", refnat.Behaviour{Hairpin: refnat.HairpinNone}, "0", probe.No, ""},
		{"none, symmetric without a filter",
			refnat.Behaviour{Hairpin: refnat.HairpinNone, Mapping: refnat.AddressAndPortDependent}, "0", probe.No, ""},
		{"external, behind a filter in the way", refnat.Behaviour{Mapping: refnat.AddressAndPortDependent,
			Filtering: refnat.AddressAndPortDependent}, "0", probe.Unknown, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // it waits for packets that do not come
			d := newDevice(t)
			check(t, d.become(weather{}, 1, test.nat))
			check(t, d.lab.host.Sysctl("net/ipv4/conf/all/accept_local", test.acceptLocal))
			h := d.lab.probe(theServer + " +hairpin -tcp -router").UDP4.Hairpin
			if h.Works != test.works || h.Source != test.source || (h.WrongNo > 0) != (h.Works == probe.No) ||
				h.WrongNo >= 1e-3 {
				t.Errorf("%+v", *h)
			}
			t.Logf("%v with %d packets", h.Duration, h.Sent)
		})
	}
}
