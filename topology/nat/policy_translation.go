package nat

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// A Translation is what a policy asks for beyond one address for all hosts and single
// forwarded ports: other kinds of translation, by RFC 2663 and RFC 3022. Its zero value
// asks for nothing.
type Translation struct {
	// Sources choose the external addresses of inside hosts. The first that holds a
	// host counts; any other host is translated as without them.
	Sources []Source
	// Ranges forward ranges of ports.
	Ranges []Range
	// HideClients shows an inside host that is reached by a forward the NAT's own
	// inside address as the client's, so that answers come back by the NAT.
	HideClients bool
	// Basic makes the pool one of addresses without ports (RFC 3022, Section 2.1): each
	// host that sends gets one for itself, and keeps it while it has sessions. Who finds
	// none free is not served. It needs a Pool.
	Basic bool
	// Switchover has all hosts that come last share the pool's last address, by their
	// ports (RFC 3022, Section 5.4). It needs Basic.
	Switchover bool
	// FTP has a gateway look after FTP's control connections to port 21, so that a host
	// inside can be told to be connected to (RFC 3022, Section 4.4).
	FTP bool
	// OwnPort is a port of the outside interface's address at which programs on the NAT's
	// own node are reached, by UDP and TCP; zero means that there are none. It asks for a
	// NAT that shares its address with its node's stack (RFC 3022, Section 2.2).
	OwnPort uint16
	// ProxyARP has the NAT answer ARP for the external addresses that the policy names. They
	// are of the outside interface's subnet and, save for its own, not attached to it
	// (RFC 3022, Section 6.2).
	ProxyARP bool
	// SecondSource is the external address of all hosts behind the site's second inside
	// interface, before Sources are looked at. The zero address asks for nothing, and a
	// site has no such interface then.
	SecondSource netip.Addr
}

// A Source has the hosts of an inside subnet, which may be a single one, translated to an
// external address.
type Source struct {
	Inside   netip.Prefix
	External netip.Addr
}

func (s Source) String() string { return fmt.Sprintf("%v=%v", s.Inside, s.External) }

// A Range sends what arrives for a range of ports of an external address to as many of
// an inside host, in their order.
type Range struct {
	Protocol string // "udp" or "tcp"
	External netip.Addr
	Ports    PortRange
	// Inside is the first of the inside host's ports.
	Inside netip.AddrPort
}

func (r Range) String() string {
	return fmt.Sprintf("%s:%v:%v=%v", r.Protocol, r.External, r.Ports, r.Inside)
}

// Forwards returns the range as forwards of single ports.
func (r Range) Forwards() []Forward {
	var all []Forward
	for port := int(r.Ports.First); port <= int(r.Ports.Last); port++ {
		inside := r.Inside.Port() + uint16(port) - r.Ports.First
		all = append(all, Forward{
			Protocol: r.Protocol,
			External: netip.AddrPortFrom(r.External, uint16(port)), Inside: netip.AddrPortFrom(r.Inside.Addr(), inside),
		})
	}
	return all
}

// AllForwards returns the policy's forwards with those of its ranges.
func (p Policy) AllForwards() []Forward {
	all := slices.Clone(p.Forwards)
	for _, r := range p.Ranges {
		all = append(all, r.Forwards()...)
	}
	return all
}

// Externals returns the external addresses that the policy names, each once.
func (p Policy) Externals() []netip.Addr {
	addrs := slices.Clone(p.Pool)
	for _, pair := range p.Static {
		addrs = append(addrs, pair.External)
	}
	for _, forward := range p.Forwards {
		addrs = append(addrs, forward.External.Addr())
	}
	for _, r := range p.Ranges {
		addrs = append(addrs, r.External)
	}
	for _, source := range p.Sources {
		addrs = append(addrs, source.External)
	}
	if p.SecondSource.IsValid() {
		addrs = append(addrs, p.SecondSource)
	}
	var once []netip.Addr
	for _, addr := range addrs {
		if !slices.Contains(once, addr) {
			once = append(once, addr)
		}
	}
	return once
}

// answered returns the addresses for which the NAT is to answer ARP, beside the outside
// interface's own.
func (p Policy) answered(site Site) []netip.Addr {
	if !p.ProxyARP {
		return nil
	}
	return slices.DeleteFunc(p.Externals(), func(addr netip.Addr) bool { return site.Outside.has(addr) })
}

const (
	FeatureSources     Feature = "sources"
	FeatureRanges      Feature = "forward-ranges"
	FeatureHideClients Feature = "hide-clients"
	FeatureBasic       Feature = "basic"
	FeatureSwitchover  Feature = "switchover"
	FeatureFTP         Feature = "ftp"
	FeatureOwnPort     Feature = "own-port"
	FeatureProxyARP    Feature = "proxy-arp"
	FeatureSecond      Feature = "second-source"
)

// asks returns what is asked for. A range asks for forwards of its protocol as well.
func (t Translation) asks() []Feature {
	var asks []Feature
	for feature, asked := range map[Feature]bool{
		FeatureSources: len(t.Sources) > 0, FeatureRanges: len(t.Ranges) > 0, FeatureHideClients: t.HideClients,
		FeatureBasic: t.Basic, FeatureSwitchover: t.Switchover, FeatureFTP: t.FTP,
		FeatureOwnPort: t.OwnPort != 0, FeatureProxyARP: t.ProxyARP,
		FeatureSecond: t.SecondSource.IsValid(),
	} {
		if asked {
			asks = append(asks, feature)
		}
	}
	for _, r := range t.Ranges {
		asks = append(asks, Feature("forward-"+r.Protocol))
	}
	return asks
}

// environment is what a program is told of it.
func (t Translation) environment() []string {
	return []string{
		"NATPROOF_SOURCES=" + words(t.Sources, Source.String),
		"NATPROOF_FORWARD_RANGES=" + words(t.Ranges, Range.String),
		"NATPROOF_HIDE_CLIENTS=" + yes(t.HideClients),
		"NATPROOF_BASIC=" + yes(t.Basic),
		"NATPROOF_SWITCHOVER=" + yes(t.Switchover),
		"NATPROOF_FTP=" + yes(t.FTP),
		"NATPROOF_OWN_PORT=" + number(int(t.OwnPort)),
		"NATPROOF_PROXY_ARP=" + yes(t.ProxyARP),
		"NATPROOF_SECOND_SOURCE=" + wordOf(t.SecondSource),
	}
}

// A translationJSON is a Translation as a program reads it.
type translationJSON struct {
	Sources     []sourceJSON `json:"sources"`
	Ranges      []rangeJSON  `json:"forward_ranges"`
	HideClients bool         `json:"hide_clients"`
	Basic       bool         `json:"basic"`
	Switchover  bool         `json:"switchover"`
	FTP         bool         `json:"ftp"`
	OwnPort     uint16       `json:"own_port"`
}

type sourceJSON struct {
	Inside   netip.Prefix `json:"inside"`
	External netip.Addr   `json:"external"`
}

type rangeJSON struct {
	Protocol string         `json:"protocol"`
	External netip.Addr     `json:"external"`
	Ports    string         `json:"ports"`
	Inside   netip.AddrPort `json:"inside"`
}

func (t Translation) json() translationJSON {
	out := translationJSON{
		Sources: []sourceJSON{}, Ranges: []rangeJSON{},
		HideClients: t.HideClients, Basic: t.Basic, Switchover: t.Switchover, FTP: t.FTP,
		OwnPort: t.OwnPort,
	}
	for _, s := range t.Sources {
		out.Sources = append(out.Sources, sourceJSON(s))
	}
	for _, r := range t.Ranges {
		out.Ranges = append(out.Ranges, rangeJSON{r.Protocol, r.External, r.Ports.String(), r.Inside})
	}
	return out
}

// wordOf writes an address as a program is told it: nothing for the zero address.
func wordOf(addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	return addr.String()
}

// number writes a number as a program is told it: nothing for zero.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
