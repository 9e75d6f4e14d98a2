package suites_test

import "net/netip"

// kernelTranslations are ways to break the kernel's NAT in the kinds of translation.
var kernelTranslations = []foreign{
	{
		name:    "a registered address for another host as well",
		mistake: `snat="oifname $outside ip saddr 192.168.0.6 udp sport 35000 snat to 203.0.113.11"`,
		breaks:  []string{"rfc3022.static-own"}, beside: []string{"rfc3022.basic-static"},
	},
	{
		name:    "a pair changes a service's port",
		mistake: `snat="oifname $outside ip saddr 192.168.0.5 udp sport 22 snat to 203.0.113.11:1022"`,
		breaks:  []string{"rfc3022.basic-no-port"}, beside: []string{"rfc3022.basic-static"},
	},
	{
		name:    "two servers of one port are one",
		mistake: `forwards=$(echo "$forwards" | sed '/dport 8080/s/192.168.0.6/192.168.0.5/')`,
		breaks:  []string{"translation.dnat-servers"}, beside: []string{"rfc3022.napt-static-port"},
	},
	{
		name: "clients hide behind the router", mistake: `snat="oifname $inside ct status dnat masquerade"`,
		breaks: []string{"rfc3022.napt-static-port", "translation.dnat-clients"}, beside: []string{"rfc3022.oneway"},
	},
	{
		name: "IKE from its own port is taken for something else", mistake: `dnat='udp sport 500 udp dport 500 return'`,
		breaks: []string{"translation.dnat-ipsec"}, beside: []string{"rfc3022.napt-static-port"},
	},
	{
		name: "the inside is routed", mistake: `guard='' forward=accept`,
		breaks: []string{"rfc3022.oneway"}, beside: []string{"rfc3022.napt-static-port"},
	},
	{
		name: "a forward of every address", mistake: `forwards=$(echo "$forwards" | sed 's/ip daddr [0-9.]*//')`,
		breaks: []string{"rfc3022.oneway"}, beside: []string{"rfc3022.napt-static-port"},
	},
}

// smallTranslations are what the small NAT of the tests can do wrong in them.
var smallTranslations = []foreign{
	{
		name:   "a pair ends when it is idle",
		breaks: []string{"rfc2663.static"}, beside: []string{"rfc3022.basic-static"},
	},
	{
		name:   "ports are never given back",
		breaks: []string{"translation.pat-expiry"}, beside: []string{"rfc4787.req-5b"},
	},
	{
		name:   "a registered address is one of the pool",
		breaks: []string{"rfc3022.static-own"}, beside: []string{"rfc3022.basic-static", "rfc3022.napt-tuple"},
	},
}

// rests reports whether a pair is idle for too long, by mistake, and notes its use.
func (n *smallNAT) rests(inside netip.Addr) bool {
	last, known := n.past.used[inside]
	if known && n.mistakes["a pair ends when it is idle"] && n.now().Sub(last) > n.lifetime {
		return true
	}
	n.past.used[inside] = n.now()
	return false
}
