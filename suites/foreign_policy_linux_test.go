package suites_test

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A smallPolicy is what a small NAT may be asked for, beside addresses.
type smallPolicy struct {
	filtering      map[byte]string // by protocol: the name of its kind
	idle           map[phase]time.Duration
	silent, soft   bool
	basic          bool
	sharedMappings bool
	sharedFilters  bool
	ports          [2]int // the first and the last, where there is a range
	quiet          bool   // toward the inside
	switchover     bool
	smallLimits
}

// protocols are those that a policy names.
var protocols = map[string]byte{"tcp": protoTCP, "udp": protoUDP}

// session and endpoint are keys of a protocol, or of all where they share mappings.
func (n *smallNAT) session(proto byte, inside netip.AddrPort) session {
	return session{proto: n.endpoint(proto, inside).proto, inside: inside}
}

func (n *smallNAT) endpoint(proto byte, at netip.AddrPort) endpoint {
	if n.sharedMappings && proto != protoICMP {
		proto = 0
	}
	return endpoint{proto, at}
}

// read takes the site and the policy from the environment.
func (n *smallNAT) read(env func(string) string) error {
	inside, err := netip.ParsePrefix(env("NATPROOF_INSIDE_PREFIX"))
	if err != nil {
		return err
	}
	outside, err := netip.ParsePrefix(env("NATPROOF_OUTSIDE_PREFIX"))
	if err != nil {
		return err
	}
	if n.mtu[ix(false)], err = strconv.Atoi(env("NATPROOF_OUTSIDE_MTU")); err != nil {
		return err
	}
	if n.mtu[ix(true)], err = strconv.Atoi(env("NATPROOF_INSIDE_MTU")); err != nil {
		return err
	}
	n.inside, n.own, n.external = inside, inside.Addr(), []netip.Addr{outside.Addr()}
	if err := n.readPolicy(env); err != nil {
		return err
	}
	if pool := strings.Fields(env("NATPROOF_POOL")); len(pool) > 0 {
		n.external = nil
		for _, addr := range pool {
			n.external = append(n.external, netip.MustParseAddr(addr))
		}
	}
	for _, pair := range strings.Fields(env("NATPROOF_STATIC")) {
		from, to, _ := strings.Cut(pair, "=")
		n.pairs[netip.MustParseAddr(from)] = netip.MustParseAddr(to)
	}
	for _, f := range strings.Fields(env("NATPROOF_FORWARDS")) {
		name, ends, _ := strings.Cut(f, ":")
		from, to, _ := strings.Cut(ends, "=")
		n.forward(protocols[name], netip.MustParseAddrPort(from), netip.MustParseAddrPort(to))
	}
	if err := n.readTranslation(env); err != nil {
		return err
	}
	if err := n.readLimits(env); err != nil {
		return err
	}
	return n.readTimers(env)
}

func (n *smallNAT) readPolicy(env func(string) string) error {
	n.silent, n.soft = env("NATPROOF_SILENT") != "", env("NATPROOF_SOFT_POOLING") != ""
	n.basic, n.switchover = env("NATPROOF_BASIC") != "", env("NATPROOF_SWITCHOVER") != ""
	n.quiet = env("NATPROOF_QUIET_INSIDE") != ""
	n.sharedMappings, n.sharedFilters = env("NATPROOF_SHARED_MAPPINGS") != "", env("NATPROOF_SHARED_FILTERS") != ""
	n.filtering = map[byte]string{protoUDP: "address-dependent", protoTCP: "endpoint-independent"}
	for proto, name := range map[byte]string{protoUDP: "NATPROOF_UDP_FILTERING", protoTCP: "NATPROOF_TCP_FILTERING"} {
		if kind := env(name); kind != "" {
			n.filtering[proto] = kind
		}
	}
	n.misread()
	if ports := env("NATPROOF_PORT_RANGE"); ports != "" {
		if _, err := fmt.Sscanf(ports, "%d-%d", &n.ports[0], &n.ports[1]); err != nil {
			return fmt.Errorf("range of ports %q: %w", ports, err)
		}
	}
	return nil
}

// readTimers sets the timers: what is asked for, save for a mistake.
func (n *smallNAT) readTimers(env func(string) string) error {
	n.idle = map[phase]time.Duration{
		opening: 4 * time.Minute, established: 2*time.Hour + 4*time.Minute, over: 4 * time.Minute,
	}
	n.queries = time.Minute
	if n.mistakes["a query lives for half a minute"] {
		n.queries /= 2
	}
	for name, set := range map[string]func(time.Duration){
		"ICMP":            func(d time.Duration) { n.queries = d },
		"UDP":             func(d time.Duration) { n.lifetime = d },
		"TCP_OPENING":     func(d time.Duration) { n.idle[opening] = d },
		"TCP_ESTABLISHED": func(d time.Duration) { n.idle[established] = d },
		"TCP_CLOSING":     func(d time.Duration) { n.idle[over] = d },
	} {
		timeout := env("NATPROOF_" + name + "_TIMEOUT")
		fixed := n.mistakes["the timer is not settable"] ||
			n.mistakes["the timer of queries is not settable"] && name == "ICMP"
		if timeout == "" || fixed {
			continue
		}
		seconds, err := strconv.ParseFloat(timeout, 64)
		if err != nil {
			return err
		}
		set(time.Duration(seconds * float64(time.Second)))
	}
	for mistake, seconds := range map[string]time.Duration{"a timer of 90 s": 90, "a timer of 200 s": 200} {
		if n.mistakes[mistake] {
			n.lifetime = seconds * time.Second
		}
	}
	if n.mistakes["one timer for opening and closing"] {
		n.idle[over] = n.idle[opening]
	}
	return nil
}

// misread makes another policy of what is asked for, by mistake.
func (n *smallNAT) misread() {
	for mistake, set := range map[string]func(){
		"TCP and UDP have one mapping":        func() { n.sharedMappings = true },
		"TCP and UDP have a mapping each":     func() { n.sharedMappings = false },
		"filters are shared":                  func() { n.sharedFilters = true },
		"filters are never shared":            func() { n.sharedFilters = false },
		"shared mappings have shared filters": func() { n.sharedFilters = n.sharedFilters || n.sharedMappings },
		"any address will do":                 func() { n.soft = true },
		"no other address will do":            func() { n.soft = false },
		"TCP is filtered as UDP is":           func() { n.filtering[protoTCP] = n.filtering[protoUDP] },
		"all of TCP is let in":                func() { n.filtering[protoTCP] = "endpoint-independent" },
		"UDP is filtered in one way":          func() { n.filtering[protoUDP] = "address-dependent" },
		"strangers are kept out by port":      func() { n.filtering[protoTCP] = "address-and-port-dependent" },
		"who is refused keeps the mapping":    func() { n.filtering[protoTCP] = "address-dependent" },
	} {
		if n.mistakes[mistake] {
			set()
		}
	}
}

// reached is the mapping that an endpoint leads to.
func (n *smallNAT) reached(proto byte, to netip.AddrPort) *binding {
	b := n.byOutside[n.endpoint(proto, to)]
	if b != nil && n.alive(b) || !n.sharedFilters {
		return b
	}
	return n.byOutside[n.endpoint(protoUDP+protoTCP-proto, to)]
}

// lets tells whether the filter lets a peer in.
func (n *smallNAT) lets(proto byte, b *binding, peer netip.AddrPort) bool {
	if n.sharedFilters && b.key.proto != 0 {
		proto = b.key.proto
	}
	kind := n.filtering[proto]
	strictly := n.mistakes["filters by port"] || n.mistakes["remembers eight peers"]
	if strictly || b.strict && n.mistakes["filters by port after a conflict"] {
		kind = "address-and-port-dependent"
	}
	if n.mistakes["filters by port at the second address"] && len(n.external) > 1 &&
		b.outside.at.Addr() != n.external[0] && kind == "address-dependent" {
		kind = "address-and-port-dependent"
	}
	if n.mistakes["all are let in after a hundred peers"] && len(b.sessions) > 100 {
		kind = "endpoint-independent"
	}
	switch {
	case b.lifetime == 0: // a forward
		return n.serves(b, peer)
	case n.mistakes["whoever has a name server's port is let in"] && proto == protoUDP && peer.Port() == 53:
		return true
	case n.sharedMappings && !n.sharedFilters && !b.spoken[proto]:
		return false
	case kind == "endpoint-independent":
		return true
	case kind == "address-dependent":
		return b.peers[netip.AddrPortFrom(peer.Addr(), 0)]
	}
	return b.peers[peer]
}
