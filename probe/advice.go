package probe

import "strings"

// An Advice is something that could be done. Its String is in English.
type Advice struct {
	Name string // a name of AdviceTexts
	// Protocols are what the router answers, or what it may answer, where the text speaks of
	// them. There is no word of any language between them.
	Protocols string
}

// AdviceTexts returns the English text of each advice by its name. In it,
// {protocols} stands for Advice.Protocols.
func AdviceTexts() map[string]string {
	return map[string]string{
		"nearer":  "Ask a server on the Internet to learn what works there.",
		"let-udp": "Let UDP pass, or use what works over TCP (TURN over TCP or TLS).",
		"permit":  "Permit the port you need in the firewall.",
		"ask-provider-pcp": "Use IPv6, or ask the provider for a public address of IPv4 or for a port of its " +
			"NAT (PCP): no port can be forwarded on this side.",
		"nat64": "Meet peers over IPv6, or by a relay (TURN): a NAT64 is the provider's, and forwards no port.",
		"ask-provider-forward": "Ask the provider for a public address: a port that is forwarded on the router " +
			"ends at the provider's NAT.",
		"one-router": "Let only one router translate (put the inner one into bridge mode), or forward " +
			"the port you need on each: one forward ends at the next NAT.",
		"ask-provider": "Ask the provider for a public address: this host is behind the provider's NAT, " +
			"where it can forward no port.",
		"ask-router": "Have the port you need forwarded by the router: a program can ask it by " +
			"{protocols}, which it answers.",
		"by-hand": "Forward the port you need on the router by hand, or switch UPnP IGD, NAT-PMP or " +
			"PCP on there: it answers none of them.",
		"forward": "Forward the port you need on the router, by hand or by {protocols} if it " +
			"offers that.",
		"need-ipv6":   "Use IPv6 where both sides have it: it needs no NAT. This host has no address of IPv6 yet.",
		"ipv6-works":  "Use IPv6 where both sides have it: it works here, without a NAT.",
		"ipv6":        "Use IPv6 where both sides have it.",
		"set-mapping": "Set the router to endpoint-independent mapping if it can do it.",
		"relay":       "Have a relay (TURN) at hand for peers behind a NAT that is as strict.",
	}
}

func (a Advice) String() string {
	return strings.ReplaceAll(AdviceTexts()[a.Name], "{protocols}", a.Protocols)
}

func english(list []Advice) []string {
	var all []string
	for _, a := range list {
		all = append(all, a.String())
	}
	return all
}

// Advised says what could be done about what was found, best first.
func (r *Report) Advised() []Advice {
	best := r.Basis()
	switch {
	case best == nil:
		return nil
	case best.Near != "":
		return []Advice{{Name: "nearer"}}
	case best.Classic == blocked:
		return []Advice{{Name: "let-udp"}}
	case best.Mapping == NotDetermined || best.Filtering == NotDetermined:
		return nil
	case best.Mapping == EndpointIndependent && best.Filtering == EndpointIndependent:
		return nil // there is nothing to be done
	case best.NAT == No:
		return []Advice{{Name: "permit"}}
	}
	list := []Advice{toForward(r)}
	if best == r.UDP4 && r.Transition == "" {
		list = append(list, toUseIPv6(r))
	}
	if best.Mapping != EndpointIndependent {
		list = append(list, Advice{Name: "set-mapping"})
	}
	return append(list, Advice{Name: "relay"})
}

// toForward is about forwarding a port, which is the router's business, and of no
// use where another NAT is behind the router.
func toForward(r *Report) Advice {
	switch r.Transition {
	case dsLite, xlat:
		return Advice{Name: "ask-provider-pcp"}
	case nat64:
		return Advice{Name: "nat64"}
	}
	if n := r.NATs; n != nil && n.AtLeast > 1 {
		if n.Carrier == Yes {
			return Advice{Name: "ask-provider-forward"}
		}
		return Advice{Name: "one-router"}
	}
	if n := r.NATs; n != nil && n.Carrier == Yes {
		return Advice{Name: "ask-provider"}
	}
	g := r.Gateway
	if g == nil {
		g = &Gateway{}
	}
	var offered, unknown []string
	for _, one := range []struct {
		name    string
		answers Tristate
	}{{"UPnP IGD", g.UPnP}, {"NAT-PMP", g.NATPMP}, {"PCP", g.PCP}} {
		switch one.answers {
		case Yes:
			offered = append(offered, one.name)
		case Unknown:
			unknown = append(unknown, one.name)
		}
	}
	switch {
	case len(offered) > 0:
		return Advice{Name: "ask-router", Protocols: strings.Join(offered, " / ")}
	case len(unknown) > 0:
		return Advice{Name: "forward", Protocols: strings.Join(unknown, " / ")}
	}
	return Advice{Name: "by-hand"}
}

func toUseIPv6(r *Report) Advice {
	switch six := r.UDP6; {
	case six == nil && strings.Contains(r.unmeasured("ipv6"), noRoute):
		return Advice{Name: "need-ipv6"}
	case six != nil && six.NAT == No && six.Near == "":
		return Advice{Name: "ipv6-works"}
	}
	return Advice{Name: "ipv6"}
}
