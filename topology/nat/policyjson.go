package nat

import (
	"encoding/json"
	"net/netip"
)

// policySchema names the version of the form in which a program under test is
// given its policy. Fields may be added under the same name.
const policySchema = "natproof.policy/1"

// A policyJSON is a Policy as a program reads it. Lists are never null, so that
// a program can loop over them without asking.
type policyJSON struct {
	Schema   string        `json:"schema"`
	Pool     []netip.Addr  `json:"pool"`
	Static   []pairJSON    `json:"static"`
	Forwards []forwardJSON `json:"forwards"`
	Hairpin  bool          `json:"hairpin"`
	// UDPTimeout is in seconds; 0 leaves the program's own timers alone.
	UDPTimeout float64 `json:"udp_timeout"`
	// Asks names what is asked for, so that a program can refuse all that it
	// does not know.
	Asks []Feature `json:"asks"`

	// The timers are in seconds like that of UDP. Words and ranges are empty
	// where nothing is asked.
	TCPEstablished float64   `json:"tcp_established_timeout"`
	TCPOpening     float64   `json:"tcp_opening_timeout"`
	TCPClosing     float64   `json:"tcp_closing_timeout"`
	UDPFiltering   Filtering `json:"udp_filtering"`
	TCPFiltering   Filtering `json:"tcp_filtering"`
	Silent         bool      `json:"silent"`
	Ports          string    `json:"port_range"`
	SoftPooling    bool      `json:"soft_pooling"`
	SharedMappings bool      `json:"shared_mappings"`
	SharedFilters  bool      `json:"shared_filters"`
	ICMPTimeout    float64   `json:"icmp_timeout"`

	translationJSON
	carrierJSON

	ProxyARP bool `json:"proxy_arp"`
	// SecondSource is empty where nothing is asked.
	SecondSource netip.Addr `json:"second_source"`
	QuietInside  bool       `json:"quiet_inside"`
}

// A changeJSON is a Policy as a running program is told of it, with what may have
// changed of the site.
type changeJSON struct {
	policyJSON
	// OutsidePrefix is the outside interface's IPv4 address with the length of its
	// subnet, and OutsidePrefix6 the IPv6 one, empty if there is none.
	OutsidePrefix  string `json:"outside_prefix"`
	OutsidePrefix6 string `json:"outside_prefix6"`
}

type pairJSON struct {
	Inside   netip.Addr `json:"inside"`
	External netip.Addr `json:"external"`
}

type forwardJSON struct {
	Protocol string         `json:"protocol"`
	External netip.AddrPort `json:"external"`
	Inside   netip.AddrPort `json:"inside"`
}

// encodePolicy returns p as one line of JSON.
func encodePolicy(p Policy) ([]byte, error) {
	data, err := json.Marshal(toJSON(p))
	return append(data, '\n'), err
}

// encodeChange returns p, and the outside addresses of site, as JSON.
func encodeChange(site Site, p Policy) ([]byte, error) {
	out := changeJSON{policyJSON: toJSON(p)}
	for v6, to := range map[bool]*string{false: &out.OutsidePrefix, true: &out.OutsidePrefix6} {
		if prefix := site.Outside.Prefix(v6); prefix.IsValid() {
			*to = prefix.String()
		}
	}
	return json.Marshal(out)
}

func toJSON(p Policy) policyJSON {
	out := policyJSON{
		Schema:   policySchema,
		Pool:     append([]netip.Addr{}, p.Pool...),
		Static:   []pairJSON{},
		Forwards: []forwardJSON{},
		Hairpin:  p.Hairpin,

		UDPTimeout: p.UDPTimeout.Seconds(),
		Asks:       append([]Feature{}, p.Asks()...),

		TCPEstablished: p.TCPEstablished.Seconds(),
		TCPOpening:     p.TCPOpening.Seconds(),
		TCPClosing:     p.TCPClosing.Seconds(),
		UDPFiltering:   p.UDPFiltering,
		TCPFiltering:   p.TCPFiltering,
		Silent:         p.Silent,
		Ports:          p.Ports.String(),
		SoftPooling:    p.SoftPooling,
		SharedMappings: p.SharedMappings,
		SharedFilters:  p.SharedFilters,
		ICMPTimeout:    p.ICMPTimeout.Seconds(),

		translationJSON: p.Translation.json(),
		carrierJSON:     p.Carrier.json(),
		ProxyARP:        p.ProxyARP,
		SecondSource:    p.SecondSource,
		QuietInside:     p.QuietInside,
	}
	for _, pair := range p.Static {
		out.Static = append(out.Static, pairJSON(pair))
	}
	for _, forward := range p.Forwards {
		out.Forwards = append(out.Forwards, forwardJSON(forward))
	}
	return out
}
