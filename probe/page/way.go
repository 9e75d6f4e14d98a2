package page

import (
	"net/netip"
	"strings"

	"github.com/natproof/natproof/probe"
)

// A way is the drawing of what is between this host and the Internet, over IPv4
// where that was measured.
type way struct {
	Stops []stop
	// Together is what holds of everything on the way at once.
	Together []pair
}

// A stop is one place of the way, with what is known of it.
type stop struct {
	Class, Name string
	Facts       []pair
}

type pair struct{ Name, Value string }

func (t texts) way(r *probe.Report) *way {
	basis := r.Basis()
	if basis == nil {
		basis = &probe.Result{}
	}
	unknown := t.say("term.not-determined")
	address := func(a netip.Addr) string {
		if !a.IsValid() {
			return unknown
		}
		return probe.Visible(a.String())
	}
	host := stop{Class: "host", Name: t.say("way.host"), Facts: []pair{
		{t.say("way.address"), address(basis.Local.Addr())},
	}}
	g := r.Gateway
	if g == nil {
		g = &probe.Gateway{}
	}
	router := stop{Class: "router", Name: t.say("way.router"), Facts: []pair{
		{t.say("way.address"), address(g.Router)},
		{t.say("way.outside"), address(g.External)},
		{t.say("way.services"), t.services(g)},
	}}
	carrier := probe.Unknown
	if r.NATs != nil {
		carrier = r.NATs.Carrier
	}
	seen := unknown
	if basis.Mapped.IsValid() {
		seen = probe.Visible(basis.Mapped.String())
	}
	internet := stop{Class: "internet", Name: t.say("way.internet"), Facts: []pair{{t.say("way.seen"), seen}}}
	if r.Server != "" {
		internet.Facts = append(internet.Facts, pair{t.say("way.server"), probe.Visible(r.Server)},
			pair{t.say("way.round-trip"), t.words(r.RTT.String())})
	}
	provider := stop{Class: "carrier", Name: t.say("way.carrier"), Facts: []pair{
		{t.say("way.nat"), t.words(carrier.String())},
	}}
	if r.Transition != "" {
		name, _, _ := strings.Cut(t.words(r.Transition), ":")
		provider.Facts = append(provider.Facts, pair{t.words("IPv4 over IPv6"), name})
	}
	return &way{
		Stops: []stop{host, router, provider, internet},
		Together: []pair{
			{t.say("way.translated"), t.words(basis.NAT.String())},
			{t.say("way.count"), t.count(r.NATs)},
			{t.say("way.mapping"), t.say("term." + basis.Mapping.String())},
			{t.say("way.filtering"), t.say("term." + basis.Filtering.String())},
		},
	}
}

// services lists the protocols by which a router can be asked for a mapping.
func (t texts) services(g *probe.Gateway) string {
	var spoken, unknown []string
	all := true
	for _, one := range []struct {
		name  string
		value probe.Tristate
	}{{"UPnP", g.UPnP}, {"NAT-PMP", g.NATPMP}, {"PCP", g.PCP}} {
		switch one.value {
		case probe.Yes:
			spoken = append(spoken, one.name)
		case probe.Unknown:
			unknown = append(unknown, one.name)
		}
		all = all && one.value == probe.No
	}
	switch {
	case len(spoken) > 0:
		return strings.Join(spoken, ", ")
	case all:
		return t.say("way.no-services")
	case len(g.Refused) > 0:
		return t.say("way.refused", "refused", strings.Join(g.Refused, ", "), "unknown", strings.Join(unknown, ", "))
	}
	return t.say("term.not-determined")
}
