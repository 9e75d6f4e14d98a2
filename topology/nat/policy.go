package nat

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A Policy is what a NAT is asked to do. Its zero value is the plain NAPT of a
// home router: sources from the inside are translated to the outside
// interface's address, and nothing else is let in.
type Policy struct {
	// Pool lists the external addresses to use in place of the outside
	// interface's own. They are attached to the outside interface already.
	Pool []netip.Addr
	// Static pairs inside addresses with external ones, in both directions.
	Static []Pair
	// Forwards lets sessions from outside in, to one inside endpoint each.
	Forwards []Forward
	// Hairpin asks that Static and Forwards serve the inside as well.
	Hairpin bool
	// UDPTimeout is how long an idle UDP mapping is to live, whatever state
	// it is in; zero leaves the NAT's own timers alone.
	UDPTimeout time.Duration
	// TCPEstablished, TCPOpening and TCPClosing are how long an idle TCP
	// connection is to live; zero leaves the NAT's own timers alone. A connection
	// is opening until both ends have sent an ACK, and closing once both have sent
	// a FIN or one a RST; in between it is established, half closed or not
	// (RFC 5382, Section 5).
	TCPEstablished, TCPOpening, TCPClosing time.Duration
	// UDPFiltering and TCPFiltering say what is let in to a mapping; empty leaves
	// the NAT's own filter alone.
	UDPFiltering, TCPFiltering Filtering
	// Silent asks that no packet from outside that is not let in be answered.
	Silent bool
	// Ports are the external ports that mappings may have; zero means any.
	// Forwards and pairs have theirs all the same.
	Ports PortRange
	// SoftPooling lets a host whose paired address is out of ports go on with
	// another one.
	SoftPooling bool
	// SharedMappings has TCP and UDP of one inside endpoint use one mapping.
	SharedMappings bool
	// SharedFilters lets in packets of either protocol where an
	// endpoint-independent filter lets in those of one.
	SharedFilters bool
	// ICMPTimeout is how long an idle mapping of ICMP queries is to live; zero leaves
	// the NAT's own timer alone.
	ICMPTimeout time.Duration
	// QuietInside asks that the NAT send no ICMP messages of its own toward the inside
	// (RFC 5508, REQ-9).
	QuietInside bool

	Translation
	Carrier
}

// A Filtering is how much of an outside endpoint a filter looks at, in the words
// of RFC 4787, Section 5.
type Filtering string

const (
	EndpointIndependent     Filtering = "endpoint-independent"
	AddressDependent        Filtering = "address-dependent"
	AddressAndPortDependent Filtering = "address-and-port-dependent"
)

// A PortRange is the ports from First to Last. Its zero value means all.
type PortRange struct {
	First, Last uint16
}

// String writes the range as a program is told it: 40000-40019, or nothing.
func (r PortRange) String() string {
	if r == (PortRange{}) {
		return ""
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// A Pair ties one inside address to one external address.
type Pair struct {
	Inside, External netip.Addr
}

func (p Pair) String() string { return fmt.Sprintf("%v=%v", p.Inside, p.External) }

// A Forward sends what arrives for an external endpoint to an inside one.
type Forward struct {
	Protocol string // "udp" or "tcp"
	External netip.AddrPort
	Inside   netip.AddrPort
}

func (f Forward) String() string { return fmt.Sprintf("%s:%v=%v", f.Protocol, f.External, f.Inside) }

// A Feature is something that a policy can ask for. A forward of a protocol that
// has no constant here is a feature too: "forward-sctp".
type Feature string

const (
	FeaturePool       Feature = "pool"
	FeatureStatic     Feature = "static"
	FeatureForwardUDP Feature = "forward-udp"
	FeatureForwardTCP Feature = "forward-tcp"
	FeatureHairpin    Feature = "hairpin"
	FeatureUDPTimeout Feature = "udp-timeout"

	FeatureTCPEstablished Feature = "tcp-established-timeout"
	FeatureTCPOpening     Feature = "tcp-opening-timeout"
	FeatureTCPClosing     Feature = "tcp-closing-timeout"
	FeatureUDPFiltering   Feature = "udp-filtering"
	FeatureTCPFiltering   Feature = "tcp-filtering"
	FeatureSilent         Feature = "silent"
	FeaturePortRange      Feature = "port-range"
	FeatureSoftPooling    Feature = "soft-pooling"
	FeatureSharedMappings Feature = "shared-mappings"
	FeatureSharedFilters  Feature = "shared-filters"
	FeatureICMPTimeout    Feature = "icmp-timeout"
	FeatureQuietInside    Feature = "quiet-inside"
)

// Asks returns what the policy asks for beyond the plain one, sorted and each
// once. It is empty for the plain policy.
func (p Policy) Asks() []Feature {
	var asks []Feature
	for feature, asked := range map[Feature]bool{
		FeaturePool:       len(p.Pool) > 0,
		FeatureStatic:     len(p.Static) > 0,
		FeatureHairpin:    p.Hairpin,
		FeatureUDPTimeout: p.UDPTimeout != 0,

		FeatureTCPEstablished: p.TCPEstablished != 0,
		FeatureTCPOpening:     p.TCPOpening != 0,
		FeatureTCPClosing:     p.TCPClosing != 0,
		FeatureUDPFiltering:   p.UDPFiltering != "",
		FeatureTCPFiltering:   p.TCPFiltering != "",
		FeatureSilent:         p.Silent,
		FeaturePortRange:      p.Ports != PortRange{},
		FeatureSoftPooling:    p.SoftPooling,
		FeatureSharedMappings: p.SharedMappings,
		FeatureSharedFilters:  p.SharedFilters,
		FeatureICMPTimeout:    p.ICMPTimeout != 0,
		FeatureQuietInside:    p.QuietInside,
	} {
		if asked {
			asks = append(asks, feature)
		}
	}
	for _, forward := range p.Forwards {
		asks = append(asks, Feature("forward-"+forward.Protocol))
	}
	asks = append(asks, p.Translation.asks()...)
	asks = append(asks, p.Carrier.asks()...)
	slices.Sort(asks)
	return slices.Compact(asks)
}

// ErrUnsupported means that a NAT cannot do what a policy asks. Info.Refuses
// returns it for a feature; Start returns it for a value that the feature cannot
// have, such as a pool with a gap, or for a program that declined by itself.
var ErrUnsupported = errors.New("policy not supported")

// FeatureNames returns every feature that one of the NATs here can be asked for, sorted.
func FeatureNames() []string {
	var all []string
	for _, info := range Drivers() {
		for _, feature := range info.Honours {
			all = append(all, string(feature))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Refuses returns nil if NATs of this kind honour all that the policy asks for, and none of
// it is among the features that the user leaves out. Otherwise it returns an error that
// wraps ErrUnsupported and names the rest.
func (i Info) Refuses(p Policy, leftOut ...Feature) error {
	var missing, without []string
	for _, feature := range p.Asks() {
		switch {
		case slices.Contains(leftOut, feature):
			without = append(without, string(feature))
		case !slices.Contains(i.Honours, feature):
			missing = append(missing, string(feature))
		}
	}
	switch {
	case len(without) > 0:
		return fmt.Errorf("nat: %s: %w: left out of this run: %s", i.Name, ErrUnsupported, strings.Join(without, ", "))
	case len(missing) > 0:
		return fmt.Errorf("nat: %s: %w: %s", i.Name, ErrUnsupported, strings.Join(missing, ", "))
	}
	return nil
}

// RefusesChange returns the error for a NAT of this kind that is no Changer where one
// is needed.
func (i Info) RefusesChange() error {
	return fmt.Errorf("nat: %s: %w: another one while it runs", i.Name, ErrUnsupported)
}
