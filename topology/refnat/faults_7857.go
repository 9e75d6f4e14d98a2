package refnat

import "github.com/natproof/natproof/topology/packet"

// SettingFaults are in what an administrator can choose, and in what RFC 7857 says of
// its defaults and of ports.
type SettingFaults struct {
	// FilteringMixedUp gives another filter than the one chosen, where it is chosen for
	// one protocol alone. Breaks RFC 4787, REQ-8 a), and of TCP RFC 5382, REQ-3 a).
	FilteringMixedUp bool `breaks:"rfc4787.req-8a" tcp:"rfc5382.req-3a"`
	// StricterFilterForBoth gives both protocols the stricter of the two filters that
	// are chosen. Breaks RFC 5382, REQ-3 b).
	StricterFilterForBoth bool `breaks:"rfc5382.req-3b" touches:"udp tcp"`
	// ContactsOfBothProtocols lets in by one protocol whom an endpoint has sent to by
	// the other. Breaks RFC 5382, REQ-3 b).
	ContactsOfBothProtocols bool `breaks:"rfc5382.req-3b" touches:"udp tcp"`

	// PairsByProtocol pairs a host with one address for TCP and with another for the
	// rest. Breaks RFC 7857, Section 4.
	PairsByProtocol bool `breaks:"rfc7857.s4-tcp" also:"rfc6888.req-2" touches:"tcp"`
	// SoftPoolingIgnored keeps to the paired address although soft pairing is asked
	// for. Breaks RFC 7857, Section 4.
	SoftPoolingIgnored bool `breaks:"rfc7857.s4-soft"`

	// SharesMappingsUnset has TCP and UDP share mappings where nothing is chosen of what they
	// share or how each filters. Breaks RFC 7857, Section 5; TCP's ports are used up by UDP's
	// as well then.
	SharesMappingsUnset bool `breaks:"rfc7857.s5-eim" blinds:"practice.ports-recovered"`
	// MappingsFollowFilters has TCP and UDP share mappings where only filters are asked to
	// be shared. Breaks the default of RFC 7857, Section 5.
	MappingsFollowFilters bool `breaks:"rfc7857.s5-default"`
	// SharedMappingsIgnored keeps the mappings of TCP and UDP apart where they are asked to
	// be shared. Breaks the option of RFC 7857, Section 5.
	SharedMappingsIgnored bool `breaks:"rfc7857.s5-param"`
	// SharesFiltersUnset has TCP and UDP share filters where nothing is chosen of what they
	// share or how each filters. Breaks RFC 7857, Section 6.
	SharesFiltersUnset bool `breaks:"rfc7857.s6"`
	// FiltersFollowMappings has TCP and UDP share filters where only mappings are asked to
	// be shared. Breaks the default of RFC 7857, Section 6.
	FiltersFollowMappings bool `breaks:"rfc7857.s6-default"`
	// SharedFiltersIgnored keeps the filters of TCP and UDP apart where they are asked to be
	// shared. Breaks the option of RFC 7857, Section 6.
	SharedFiltersIgnored bool `breaks:"rfc7857.s6-param"`

	// FreePortsChanged gives every sixteenth port another one although it is free.
	// Breaks RFC 7857, Section 9.
	FreePortsChanged bool `breaks:"rfc7857.s9-preserve"`
	// NextPortWhenCrowded takes the next free port, of whichever parity, once many that
	// were wanted were taken. Breaks RFC 7857, Section 9.
	NextPortWhenCrowded bool `breaks:"rfc7857.s9-preserve" also:"rfc4787.req-4"`
}

// crowdedPorts is how many taken ports are many to NextPortWhenCrowded.
const crowdedPorts = 32

func (f SettingFaults) behaviour(b Behaviour) Behaviour {
	udp, tcp := b.UDPFiltering, b.TCPFiltering
	switch {
	case f.FilteringMixedUp && (udp == nil) != (tcp == nil):
		b.UDPFiltering, b.TCPFiltering = udp.another(), tcp.another()
	case f.StricterFilterForBoth && udp != nil && tcp != nil:
		stricter := max(*udp, *tcp)
		b.UDPFiltering, b.TCPFiltering = &stricter, &stricter
	}
	mappings, filters := b.SharedMappings, b.SharedFilters
	unset := !mappings && !filters && udp == nil && tcp == nil
	b.SoftPooling = b.SoftPooling && !f.SoftPoolingIgnored
	b.SharedMappings = mappings && !f.SharedMappingsIgnored ||
		unset && f.SharesMappingsUnset || filters && f.MappingsFollowFilters
	b.SharedFilters = filters && !f.SharedFiltersIgnored ||
		unset && f.SharesFiltersUnset || mappings && f.FiltersFollowMappings
	return b
}

// another returns another dependence than d, nil for nil.
func (d *Dependence) another() *Dependence {
	if d == nil {
		return nil
	}
	return new((*d + 1) % (AddressAndPortDependent + 1))
}

// elsewhere returns how far the address of a protocol is from a host's place in the pool.
func (f SettingFaults) elsewhere(x packet.Endpoint) int {
	if f.PairsByProtocol && x.Protocol == packet.TCP {
		return 1
	}
	return 0
}

// meddles returns the port that x is to get in place of its own, which is free.
func (f SettingFaults) meddles(t *Table, p ports, x packet.Endpoint) (uint16, bool) {
	if !f.FreePortsChanged || x.Port()%16 != 0 {
		return 0, false
	}
	b := *t.behaviour(x.Protocol)
	b.Ports = PortRandom
	return p.choose(x.Port(), &b, t.rand)
}
