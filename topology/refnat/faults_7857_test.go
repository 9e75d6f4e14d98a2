package refnat

import (
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// What is chosen is mistaken in the one situation that a fault is about, and in no other.
func TestSettingFaults(t *testing.T) {
	open, byAddress, byPort := new(EndpointIndependent), new(AddressDependent), new(AddressAndPortDependent)
	asked := func(udp, tcp *Dependence) Behaviour { return Behaviour{UDPFiltering: udp, TCPFiltering: tcp} }
	shared := func(mappings, filters bool) Behaviour {
		return Behaviour{SharedMappings: mappings, SharedFilters: filters}
	}
	for name, test := range map[string]struct {
		fault        SettingFaults
		chosen, want Behaviour
	}{
		"another filter": {SettingFaults{FilteringMixedUp: true}, asked(byPort, nil), asked(open, nil)},
		"two filters":    {SettingFaults{FilteringMixedUp: true}, asked(byPort, open), asked(byPort, open)},
		"the stricter": {
			SettingFaults{StricterFilterForBoth: true}, asked(open, byAddress), asked(byAddress, byAddress),
		},
		"the only one":   {SettingFaults{StricterFilterForBoth: true}, asked(nil, byAddress), asked(nil, byAddress)},
		"mappings unset": {SettingFaults{SharesMappingsUnset: true}, Behaviour{}, shared(true, false)},
		"filters unset":  {SettingFaults{SharesFiltersUnset: true}, Behaviour{}, shared(false, true)},
		"something set":  {SettingFaults{SharesFiltersUnset: true}, asked(open, nil), asked(open, nil)},
		"mappings too":   {SettingFaults{MappingsFollowFilters: true}, shared(false, true), shared(true, true)},
		"filters too":    {SettingFaults{FiltersFollowMappings: true}, shared(true, false), shared(true, true)},
		"ignored": {
			SettingFaults{SharedMappingsIgnored: true, SharedFiltersIgnored: true, SoftPoolingIgnored: true},
			Behaviour{SharedMappings: true, SharedFilters: true, SoftPooling: true}, Behaviour{},
		},
	} {
		got := test.fault.behaviour(test.chosen)
		for _, protocol := range []packet.Protocol{packet.UDP, packet.TCP} {
			got, want := got.of(protocol), test.want.of(protocol)
			if got.Filtering != want.Filtering || got.SharedMappings != want.SharedMappings ||
				got.SharedFilters != want.SharedFilters || got.SoftPooling != want.SoftPooling {
				t.Errorf("%s: %s: %+v, want %+v", name, protocol, got, want)
			}
		}
	}
}
