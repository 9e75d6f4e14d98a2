package suites_test

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

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
		name: "only the first choice counts", mistake: `chosen=$(echo "$chosen" | head -n 2)`,
		breaks: []string{"translation.snat-subnet"}, beside: []string{"translation.snat-source"},
	},
	{
		name:    "a choice is about services alone",
		mistake: `chosen=$(echo "$chosen" | sed 's/ip saddr/udp sport 0-1023 &/')`,
		breaks:  []string{"translation.snat-source", "translation.snat-subnet"},
		beside:  []string{"translation.snat-others"},
	},
	{
		name:    "a choice for one is for all",
		mistake: `chosen=$(echo "$chosen" | sed 's/saddr [0-9./]*/saddr 0.0.0.0\/0/')`,
		breaks:  []string{"translation.snat-subnet", "translation.snat-others"},
		beside:  []string{"translation.snat-source"},
	},
	{
		name:    "an interface's choice is about its first host",
		mistake: `chosen=$(echo "$chosen" | sed 's/iifname [^ ]*/& ip saddr 192.168.0.7/')`,
		breaks:  []string{"translation.snat-interface"}, beside: []string{"translation.snat-source"},
	},
	{
		name:    "an interface's choice is about its subnet",
		mistake: `chosen=$(echo "$chosen" | sed "s|iifname [^ ]*|ip saddr $NATPROOF_INSIDE_PREFIX|")`,
		breaks:  []string{"translation.snat-interface"}, beside: []string{"translation.snat-source"},
	},
	{
		name:    "a forward has room for eight clients",
		mistake: `forward="iifname $outside ct state new ct status dnat ct count over 8 drop"`,
		breaks:  []string{"translation.dnat-clients"}, beside: []string{"translation.dnat-lasting"},
	},
	{
		name: "a range without its last port", mistake: `ranges=$(echo "$ranges" | sed '$d')`,
		breaks: []string{"translation.dnat-range"}, beside: []string{"translation.dnat-servers"},
	},
	{
		name:    "whoever has the number of the next hop is taken for that",
		mistake: `raw="ip saddr 192.168.100.254 drop"`,
		breaks:  []string{"rfc4787.req-7"}, beside: []string{"rfc3022.napt-tuple"},
	},
	{
		name: "clients are not hidden", mistake: `hidden=''`,
		breaks: []string{"rfc2663.twice-nat"}, beside: []string{"translation.dnat-clients"},
	},
	{
		name: "tunnels are dropped", mistake: `raw='ip protocol gre drop'`,
		breaks: []string{"translation.static-protocols"}, beside: []string{"rfc3022.napt-other-proto"},
	},
	{
		name: "experiments leave as they are", mistake: `raw="iifname $inside ip protocol 253 notrack"`,
		breaks: []string{"rfc3022.napt-other-proto"}, beside: []string{"translation.static-protocols"},
	},
	{
		name: "nobody looks after FTP", mistake: `helped=''`,
		breaks: []string{"rfc3022.ftp-alg"}, beside: []string{"rfc5382.req-6"},
	},
	{
		name: "only 192.168.0.0/16 is inside", mistake: `NATPROOF_INSIDE_PREFIX=192.168.0.0/16`,
		breaks: []string{"translation.inside-renumbered"}, beside: []string{"rfc3022.napt-tuple"},
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
		name:   "pairs are one-way without ports",
		breaks: []string{"translation.static-protocols"}, beside: []string{"rfc3022.basic-static"},
	},
	{
		name:   "a choice is for the first port alone",
		breaks: []string{"translation.snat-source"}, beside: []string{"translation.snat-subnet"},
	},
	{
		name:   "every port of a range is its first",
		breaks: []string{"translation.dnat-range"}, beside: []string{"translation.dnat-servers"},
	},
	{
		name:   "a forward ends when it is idle",
		breaks: []string{"translation.dnat-lasting"}, beside: []string{"translation.dnat-clients"},
	},
	{
		name:   "a forward ends with its first connection",
		breaks: []string{"translation.dnat-lasting"}, beside: []string{"translation.dnat-clients"},
	},
	{
		name:   "a registered address is one of the pool",
		breaks: []string{"rfc3022.static-own"}, beside: []string{"rfc3022.basic-static", "rfc3022.napt-tuple"},
	},
}

// serves reports whether a forward lets a peer in.
func (n *smallNAT) serves(b *binding, peer netip.AddrPort) bool {
	last, known := n.past.served[b.outside]
	if known && !b.peers[peer] && n.mistakes["a forward ends when it is idle"] && n.now().Sub(last) > time.Hour {
		return false
	}
	n.past.served[b.outside] = n.now()
	for other, c := range b.connections {
		if n.mistakes["a forward ends with its first connection"] && c.phase == over && other != peer {
			return false
		}
	}
	return true
}

// readTranslation takes ranges of ports and the addresses of sources.
func (n *smallNAT) readTranslation(env func(string) string) error {
	for _, text := range strings.Fields(env("NATPROOF_FORWARD_RANGES")) {
		var name, external, inside string
		var first, last, to uint16
		spaced := strings.NewReplacer(":", " ", "=", " ", "-", " ").Replace(text)
		if _, err := fmt.Sscan(spaced, &name, &external, &first, &last, &inside, &to); err != nil {
			return fmt.Errorf("range %q: %w", text, err)
		}
		for i := range last - first + 1 {
			port := to + i
			if n.mistakes["every port of a range is its first"] {
				port = to
			}
			n.forward(protocols[name], netip.AddrPortFrom(netip.MustParseAddr(external), first+i),
				netip.AddrPortFrom(netip.MustParseAddr(inside), port))
		}
	}
	for _, text := range strings.Fields(env("NATPROOF_SOURCES")) {
		inside, external, _ := strings.Cut(text, "=")
		n.sources = append(n.sources, source{netip.MustParsePrefix(inside), netip.MustParseAddr(external)})
	}
	return nil
}

// A source is an inside subnet and the external address of its hosts.
type source struct {
	inside   netip.Prefix
	external netip.Addr
}

// sourceOf is the address that was chosen for an inside endpoint, if one was.
func (n *smallNAT) sourceOf(inside netip.AddrPort) (netip.Addr, bool) {
	for _, s := range n.sources {
		if s.inside.Contains(inside.Addr()) {
			first, known := n.past.first[inside.Addr()]
			if !known {
				n.past.first[inside.Addr()] = inside.Port()
			}
			return s.external, !known || first == inside.Port() || !n.mistakes["a choice is for the first port alone"]
		}
	}
	return netip.Addr{}, false
}

// portless sends on what has no ports, by a pair.
func (n *smallNAT) portless(fromInside bool, p ipv4) {
	if p[8] <= 1 {
		return
	}
	p.set(8, []byte{p[8] - 1, p[9]}, 10)
	if external, ok := n.pairs[p.source()]; fromInside && ok {
		addr := external.As4()
		p.set(12, addr[:], 10)
		n.send(false, p)
	}
	if inside, ok := n.paired(p.destination()); !fromInside && ok && !n.mistakes["pairs are one-way without ports"] {
		addr := inside.As4()
		p.set(16, addr[:], 10)
		n.send(true, p)
	}
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
