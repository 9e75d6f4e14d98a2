package probe

import "strings"

// advice says what could be done about what was found, best first.
func advice(r *Report) []string {
	best := r.Basis()
	switch {
	case best == nil:
		return nil
	case best.Near != "":
		return []string{"Ask a server on the Internet to learn what works there."}
	case best.Classic == blocked:
		return []string{"Let UDP pass, or use what works over TCP (TURN over TCP or TLS)."}
	case best.Mapping == NotDetermined || best.Filtering == NotDetermined:
		return nil
	case best.Mapping == EndpointIndependent && best.Filtering == EndpointIndependent:
		return nil // there is nothing to be done
	case best.NAT == No:
		return []string{"Permit the port you need in the firewall."}
	}
	list := []string{toForward(r)}
	if best == r.UDP4 {
		list = append(list, toUseIPv6(r.UDP6))
	}
	if best.Mapping != EndpointIndependent {
		list = append(list, "Set the router to endpoint-independent mapping if it can do it.")
	}
	return append(list, "Have a relay (TURN) at hand for peers behind a NAT that is as strict.")
}

// toForward is about forwarding a port, which is the router's business, and of no
// use where another NAT is behind the router.
func toForward(r *Report) string {
	switch r.Transition {
	case dsLite, xlat:
		return "Use IPv6, or ask the provider for a public address of IPv4 or for a port of its NAT (PCP): " +
			"no port can be forwarded on this side."
	case nat64:
		return "Meet peers over IPv6, or by a relay (TURN): a NAT64 is the provider's, and forwards no port."
	}
	if n := r.NATs; n != nil && n.AtLeast > 1 {
		if n.Carrier == Yes {
			return "Ask the provider for a public address: " +
				"a port that is forwarded on the router ends at the provider's NAT."
		}
		return "Let only one router translate (put the inner one into bridge mode), " +
			"or forward the port you need on each: one forward ends at the next NAT."
	}
	if n := r.NATs; n != nil && n.Carrier == Yes {
		return "Ask the provider for a public address: " +
			"this host is behind the provider's NAT, where it can forward no port."
	}
	g := r.Gateway
	if g == nil {
		g = &Gateway{}
	}
	var offered []string
	none := true
	for _, one := range []struct {
		name    string
		answers Tristate
	}{{"UPnP IGD", g.UPnP}, {"NAT-PMP", g.NATPMP}, {"PCP", g.PCP}} {
		if one.answers == Yes {
			offered = append(offered, one.name)
		}
		none = none && one.answers == No
	}
	switch {
	case len(offered) > 0:
		return "Have the port you need forwarded by the router: " +
			"a program can ask it by " + strings.Join(offered, " or ") + ", which it answers."
	case none:
		return "Forward the port you need on the router by hand, " +
			"or switch UPnP IGD, NAT-PMP or PCP on there: it answers none of them."
	}
	return "Forward the port you need on the router, by hand or by UPnP IGD, NAT-PMP or PCP if it offers them."
}

func toUseIPv6(r *Result) string {
	switch {
	case r == nil || !r.Reachable:
		return "Use IPv6 where both sides have it, for which this host needs an address: it needs no NAT."
	case r.NAT == No:
		return "Use IPv6 where both sides have it: it works here, without a NAT."
	}
	return "Use IPv6 where both sides have it."
}
