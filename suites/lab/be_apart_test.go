package lab

import (
	"fmt"
	"testing"

	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/topology/packet"
)

// byBoth are sightings of X's ports from 5000 on, by UDP and then by TCP.
func byBoth(udp, tcp []int) Sightings {
	var seen Sightings
	for protocol, ports := range map[packet.Protocol][]int{packet.UDP: udp, packet.TCP: tcp} {
		var own Sightings
		for i, port := range ports {
			s := sighting(uint16(5000+i), "X", "Y1", fmt.Sprintf("203.0.113.10:%d", port))
			s.X.protocol, s.Y.protocol = protocol, protocol
			own = append(own, s)
		}
		if protocol == packet.UDP {
			seen = append(own, seen...)
		} else {
			seen = append(seen, own...)
		}
	}
	return seen
}

func TestMappingsOfProtocols(t *testing.T) {
	for name, test := range map[string]struct {
		udp, tcp      []int
		shared, apart bool
	}{
		"all the same":            {[]int{7001, 7002, 7003}, []int{7001, 7002, 7003}, true, false},
		"all others":              {[]int{7001, 7002, 7003}, []int{5000, 5001, 5002}, false, true},
		"kept in both":            {[]int{5000, 5001, 5002}, []int{5000, 5001, 5002}, true, true},
		"one the same by chance":  {[]int{7001, 7002, 7003}, []int{7001, 5001, 5002}, false, true},
		"one changed, and shared": {[]int{5000, 5001, 7003}, []int{5000, 5001, 7003}, true, true},
		"two changed, and shared": {[]int{5000, 7002, 7003}, []int{5000, 7002, 7003}, true, false},
	} {
		seen := byBoth(test.udp, test.tcp)
		check := func(what string, matcher types.GomegaMatcher, want bool) {
			if ok, err := matcher.Match(seen); ok != want || err != nil {
				t.Errorf("%s: %s: %t, %v", name, what, ok, err)
			}
		}
		check("shared", ShareMappings(), test.shared)
		check("apart", HaveMappingsApart(), test.apart)
	}
	differ, same := byBoth([]int{7001}, []int{5000}), byBoth([]int{5000, 7001}, []int{5000, 7001})
	for message, want := range map[string]string{
		ShareMappings().FailureMessage(differ): "X:5000 is 203.0.113.10:7001 by UDP and 203.0.113.10:5000 by TCP; " +
			"it must be one endpoint",
		HaveMappingsApart().FailureMessage(same): "X:5001 is 203.0.113.10:7001 by UDP and 203.0.113.10:7001 by TCP; " +
			"of the ports that were changed all are the same by both; each protocol must have mappings of its own",
	} {
		if message != want {
			t.Errorf("got %s\nwant %s", message, want)
		}
	}
	for _, wrong := range []any{3, byBoth([]int{5000}, nil)} {
		if _, err := ShareMappings().Match(wrong); err == nil {
			t.Errorf("%v is taken for sightings of two protocols", wrong)
		}
	}
}
