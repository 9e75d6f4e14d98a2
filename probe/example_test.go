package probe_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// Probe the NAT in front of this host with servers of one's own.
func ExampleProbe() {
	report, err := probe.Probe(context.Background(), probe.Config{
		Servers: []string{"stun1.example.org", "stun2.example.org:3478"},
		Timeout: 5 * time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	if udp := report.UDP4; udp != nil {
		fmt.Println(udp.Mapping, udp.Filtering, udp.Mapped)
	}
}

// Any network can be measured that can be made a Transport: here a simulated one,
// in virtual time.
func ExampleUDP() {
	reflector := server(a1, a2, nil)
	network := newSim(nil, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{reflector}, refnat.Behaviour{
		Mapping: refnat.AddressDependent, Filtering: refnat.AddressAndPortDependent,
	})
	r, err := probe.UDP(network, []probe.Server{{Endpoint: a1}}, time.Time{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("mapping:", r.Mapping)
	fmt.Println("filtering:", r.Filtering)
	fmt.Println("wrong with a chance below 1 in 1000:", r.WrongFiltered < 0.001)
	fmt.Println("took:", r.Duration)
	// Output:
	// mapping: address-dependent
	// filtering: address-and-port-dependent
	// wrong with a chance below 1 in 1000: true
	// took: 145 ms
}

func ExampleParseExpectation() {
	report := &probe.Report{UDP4: &probe.Result{Mapping: probe.AddressDependent}}
	e, err := probe.ParseExpectation("mapping=endpoint-independent")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Holds(report), e.Found(report))
	// Output: false address-dependent
}
