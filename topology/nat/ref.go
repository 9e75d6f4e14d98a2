package nat

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/natproof/natproof/topology/packet"
	"github.com/natproof/natproof/topology/refnat"
)

// ref is the driver for the reference NAT, between two interfaces.
type ref struct {
	described
	faults refnat.Faults
	losing *losing
}

// The names of the reference NAT, between two interfaces and in memory.
const (
	refName    = "ref"
	memoryName = "memory"
)

// quickStart is far more than a NAT takes to start that is part of this program
// or of the kernel.
const quickStart = 5 * time.Second

func refEntry() entry {
	info := Info{
		Name: refName, Title: "the reference NAT, in a namespace",
		Detail: "obeys every MUST and SHOULD of the catalogue; ref:FAULT,… breaks the clauses named, " +
			"ref:loss-3 loses 3 %",
		Clocks:  []Clock{Shifted, Real},
		Honours: refHonours(), Patience: quickStart,
	}
	return entry{info: info, words: referenceWords, new: func(names []string) (Driver, error) {
		faults, losing, err := faultsOf(names)
		if err != nil {
			return nil, err
		}
		one := referenceInfo(info, names, "reference NAT on packet sockets")
		return &ref{described{one}, faults, losing}, nil
	}}
}

// refHonours is what the reference NAT can be asked for. It hairpins whether
// asked to or not.
func refHonours() []Feature {
	return append(carrierFeatures(), []Feature{
		FeaturePool, FeatureStatic, FeatureForwardUDP, FeatureForwardTCP, FeatureHairpin, FeatureUDPTimeout,
		FeatureTCPEstablished, FeatureTCPOpening, FeatureTCPClosing, FeatureUDPFiltering, FeatureTCPFiltering,
		FeatureSilent, FeaturePortRange, FeatureSoftPooling, FeatureSharedMappings, FeatureSharedFilters,
		FeatureICMPTimeout,
		FeatureSources, FeatureRanges, FeatureHideClients, FeatureBasic, FeatureSwitchover,
		FeatureFTP, FeatureProxyARP, FeatureSecond, FeatureQuietInside,
	}...)
}

func faultsOf(names []string) (refnat.Faults, *losing, error) {
	var faults refnat.Faults
	losing := &losing{}
	for _, name := range names {
		if losing.take(name) {
			continue
		}
		if err := faults.Set(name); err != nil {
			return faults, nil, fmt.Errorf("nat: reference NAT: %w", err)
		}
	}
	return faults, losing, nil
}

// referenceInfo returns info as it is of a reference NAT with these options, which are
// faults and what it loses.
func referenceInfo(info Info, options []string, detail string) Info {
	for _, option := range options {
		if one := fault(option); len(one.Breaks) > 0 {
			info.Faults = append(info.Faults, one)
		}
	}
	if len(options) > 0 {
		detail += ", with the faults " + strings.Join(options, ", ")
	}
	return named(info, options, detail)
}

// named returns info as it is of a NAT with these options.
func named(info Info, options []string, detail string) Info {
	if len(options) > 0 {
		info.Name += ":" + strings.Join(options, ",")
	}
	info.Detail = detail
	return info
}

// ReferenceConfig says what the reference NAT is to do on a site. Only the site's
// interfaces matter, so that there may be no node. The reference NAT translates
// UDP, TCP and ICMP queries over IPv4 only, and hairpins whether asked to or not.
func ReferenceConfig(site Site, policy Policy, faults refnat.Faults) (refnat.Config, error) {
	inside, outside, err := sitePrefixes(site)
	if err != nil {
		return refnat.Config{}, err
	}
	behaviour, err := referenceBehaviour(policy)
	if err != nil {
		return refnat.Config{}, err
	}
	c := refnat.Config{
		Inside:     inside.Masked(),
		InsideAddr: inside.Addr(),
		External:   policy.Pool,
		Second:     policy.SecondSource,
		InsideMTU:  site.Inside.MTU,
		OutsideMTU: site.Outside.MTU,
		Behaviour:  behaviour,
		Faults:     faults,
	}
	if len(c.External) == 0 {
		c.External = append(c.External, outside.Addr())
	}
	for _, p := range policy.Static {
		c.Static = append(c.Static, refnat.Pair{Inside: p.Inside, External: p.External})
	}
	for _, s := range policy.Sources {
		c.Sources = append(c.Sources, refnat.Source(s))
	}
	type server struct {
		protocol string
		at       netip.AddrPort
	}
	forwards := map[server]Forward{}
	for _, f := range policy.AllForwards() {
		// What a server sends by itself leaves from its forward's external endpoint.
		if other, ok := forwards[server{f.Protocol, f.Inside}]; ok {
			return c, fmt.Errorf("%w: the forwards %v and %v to one inside endpoint", ErrUnsupported, other, f)
		}
		forwards[server{f.Protocol, f.Inside}] = f
		protocol := map[string]packet.Protocol{"udp": packet.UDP, "tcp": packet.TCP}[f.Protocol]
		c.Forwards = append(c.Forwards, refnat.Forward{Protocol: protocol, External: f.External, Inside: f.Inside})
	}
	return c, nil
}

// referenceBehaviour is what a policy asks of mappings and filters. It fails with
// ErrUnsupported for values that the reference NAT cannot take.
func referenceBehaviour(policy Policy) (refnat.Behaviour, error) {
	b := refnat.Behaviour{
		Lifetime:       policy.UDPTimeout,
		QueryLifetime:  policy.ICMPTimeout,
		TCPEstablished: policy.TCPEstablished,
		TCPOpening:     policy.TCPOpening,
		TCPClosing:     policy.TCPClosing,
		Silent:         policy.Silent,
		QuietInside:    policy.QuietInside,
		PortRange:      refnat.PortRange(policy.Ports),
		SoftPooling:    policy.SoftPooling,
		SharedMappings: policy.SharedMappings,
		SharedFilters:  policy.SharedFilters,
		HideClients:    policy.HideClients,
		FTP:            policy.FTP,
		Basic:          policy.Basic,
		Switchover:     policy.Switchover,
		Carrier:        referenceCarrier(policy.Carrier),
	}
	filters := map[Filtering]*refnat.Dependence{
		"": nil, EndpointIndependent: new(refnat.EndpointIndependent),
		AddressDependent: new(refnat.AddressDependent), AddressAndPortDependent: new(refnat.AddressAndPortDependent),
	}
	b.UDPFiltering, b.TCPFiltering = filters[policy.UDPFiltering], filters[policy.TCPFiltering]
	// It gives out ports in pairs of an even and an odd one.
	if p := policy.Ports; p != (PortRange{}) && (p.First%2 != 0 || p.Last%2 == 0) {
		return b, fmt.Errorf("%w: port range %v: it has no whole pairs of ports", ErrUnsupported, p)
	}
	if policy.PortBlock%2 != 0 {
		return b, fmt.Errorf("%w: blocks of %d ports: they are no whole pairs of ports", ErrUnsupported,
			policy.PortBlock)
	}
	return b, nil
}

// referenceCarrier is what a policy asks of the sharing among subscribers.
func referenceCarrier(c Carrier) refnat.Carrier {
	s := c.Subscriber
	out := refnat.Carrier{
		Ports: s.Ports, UDPPorts: s.UDPPorts, TCPPorts: s.TCPPorts, Identifiers: s.Identifiers,
		Sessions: s.Sessions, MappingSessions: s.MappingSessions,
		MappingRate: s.MappingRate, SessionRate: s.SessionRate,
		Quarantine: c.Quarantine, QuarantinedPorts: c.QuarantinedPorts, PortBlock: c.PortBlock,
	}
	for _, d := range c.Bypass {
		out.Bypass = append(out.Bypass, refnat.Destination(d))
	}
	return out
}
