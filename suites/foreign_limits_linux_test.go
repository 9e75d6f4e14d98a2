package suites_test

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the small NAT does for carriers: limits, a quarantine of ports, blocks of them, and
// destinations without translation.

// smallLimits are what an inside address may have, 0 for any number.
type smallLimits struct {
	limit               int          // of mappings of each protocol
	limits              map[byte]int // of mappings of one protocol
	sessions, ofMapping int
	mappingRate         int // in a second
	sessionRate         int
	quarantine          int // in seconds
	quarantined, block  int
	bypassed            []bypass
	begun               map[string]*bucket
	granted             map[endpoint]int       // mappings of a protocol, by host; at port 1, what it was refused
	sessionsBegun       map[netip.Addr]int     // by host
	ended               map[endpoint]time.Time // external endpoints that were given up, and when
}

// A bypass is destinations: the addresses of a prefix and a port, or any.
type bypass struct {
	to   netip.Prefix
	port uint16
}

// A bucket is what is left of a rate.
type bucket struct {
	left    float64
	at      time.Time
	refused bool
}

// readLimits takes what each inside address may have.
func (n *smallNAT) readLimits(env func(string) string) error {
	n.limits, n.begun, n.ended = map[byte]int{}, map[string]*bucket{}, map[endpoint]time.Time{}
	n.granted, n.sessionsBegun = map[endpoint]int{}, map[netip.Addr]int{}
	numbers := map[string]func(int){
		"SUBSCRIBER_PORTS":       func(i int) { n.limit = i },
		"SUBSCRIBER_UDP_PORTS":   func(i int) { n.limits[protoUDP] = i },
		"SUBSCRIBER_TCP_PORTS":   func(i int) { n.limits[protoTCP] = i },
		"SUBSCRIBER_IDENTIFIERS": func(i int) { n.limits[protoICMP] = i },
		"SUBSCRIBER_SESSIONS":    func(i int) { n.sessions = i },
		"MAPPING_SESSIONS":       func(i int) { n.ofMapping = i },
		"MAPPING_RATE":           func(i int) { n.mappingRate = i },
		"SESSION_RATE":           func(i int) { n.sessionRate = i },
		"QUARANTINE":             func(i int) { n.quarantine = i },
		"QUARANTINED_PORTS":      func(i int) { n.quarantined = i },
		"PORT_BLOCK":             func(i int) { n.block = i },
	}
	for name, set := range numbers {
		text := env("NATPROOF_" + name)
		if text == "" {
			continue
		}
		number, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		set(number)
	}
	for _, text := range strings.Fields(env("NATPROOF_BYPASS")) {
		prefix, port, _ := strings.Cut(text, ":")
		var b bypass
		if prefix != "" {
			b.to = netip.MustParsePrefix(prefix)
		}
		if port != "" {
			number, err := strconv.ParseUint(port, 10, 16)
			if err != nil {
				return err
			}
			b.port = uint16(number)
		}
		n.bypassed = append(n.bypassed, b)
	}
	return nil
}

// limited reports whether inside addresses have a quota.
func (n *smallNAT) limited() bool {
	return n.limit+len(n.limits)+n.sessions+n.ofMapping+n.mappingRate+n.sessionRate > 0
}

// quota reports whether an inside address may have one mapping more.
func (n *smallNAT) quota(key session, peer netip.AddrPort) bool {
	limit := n.limit
	if own := n.limits[key.proto]; own > 0 {
		limit = own
	}
	if n.mistakes["half of a limit"] {
		limit /= 2
	}
	host := key.inside.Addr()
	if limit == 0 {
		return n.within("mapping", host, n.mappingRate)
	}
	held := 0
	var oldest *binding
	for _, b := range n.byInside {
		elsewhere := n.mistakes["a limit is for each destination"] && b.first.Addr() != peer.Addr()
		if b.lifetime == 0 || b.key.proto != key.proto || b.key.inside.Addr() != host || !n.alive(b) || elsewhere {
			continue
		}
		held++
		if oldest == nil || b.made.Before(oldest.made) {
			oldest = b
		}
	}
	if n.mistakes["what has ended counts"] {
		held = n.granted[endpoint{key.proto, netip.AddrPortFrom(host, 0)}]
	}
	if held >= limit && n.mistakes["the oldest mapping makes room"] {
		n.forget(oldest)
		return true
	}
	tried := endpoint{key.proto, netip.AddrPortFrom(host, 1)}
	if n.mistakes["what is refused counts"] {
		held += n.granted[tried]
	}
	if held >= limit || !n.within("mapping", host, n.mappingRate) {
		n.granted[tried]++
		return false
	}
	n.granted[endpoint{key.proto, netip.AddrPortFrom(host, 0)}]++
	return true
}

// within reports whether a host may begin one thing more of those that have a rate.
func (n *smallNAT) within(what string, host netip.Addr, rate int) bool {
	if rate == 0 {
		return true
	}
	b, most := n.begun[what+host.String()], float64(rate)
	if b == nil {
		b = &bucket{left: most, at: n.now()}
		n.begun[what+host.String()] = b
	}
	if b.refused && n.mistakes["who was too fast has begun enough"] {
		return false
	}
	b.left = min(most, b.left+most*n.now().Sub(b.at).Seconds())
	if b.refused && b.left >= 1 && n.mistakes["a rate is for the first rush"] {
		return true
	}
	b.at = n.now()
	if b.left < 1 {
		b.refused = true
		return false
	}
	b.left--
	return true
}

// admits reports whether a mapping may have a session with a peer, and the host one more.
func (n *smallNAT) admits(key session, peer netip.AddrPort) bool {
	own := n.byInside[key]
	if n.sessions+n.ofMapping+n.sessionRate == 0 || n.hasSession(own, peer) {
		return true
	}
	if n.ofMapping > 0 && n.sessionsOf(own) >= n.ofMapping {
		return false
	}
	all := 0
	for _, b := range n.byInside {
		if b.key.inside.Addr() == key.inside.Addr() {
			all += n.sessionsOf(b)
		}
	}
	if n.mistakes["sessions that have ended count"] {
		all = n.sessionsBegun[key.inside.Addr()]
	}
	if n.sessions > 0 && all >= n.sessions || !n.within("session", key.inside.Addr(), n.sessionRate) {
		return false
	}
	n.sessionsBegun[key.inside.Addr()]++
	return true
}

// hasSession tells that a mapping has a session with a peer.
func (n *smallNAT) hasSession(b *binding, peer netip.AddrPort) bool {
	if b == nil || !n.alive(b) {
		return false
	}
	if b.key.proto == protoTCP {
		return n.connectionOf(b, peer) != nil
	}
	at, ok := b.sessions[peer]
	return ok && n.now().Sub(at) < b.lifetime
}

func (n *smallNAT) sessionsOf(b *binding) int {
	if b == nil {
		return 0
	}
	count := 0
	for peer := range b.sessions {
		if n.hasSession(b, peer) {
			count++
		}
	}
	return count
}

// rest keeps an external endpoint back whose mapping has ended.
func (n *smallNAT) rest(b *binding) {
	if n.quarantine > 0 && b.key.proto == protoUDP && !n.alive(b) {
		n.ended[b.outside] = b.last.Add(b.lifetime)
		if n.mistakes["a port is kept back from when it was taken"] {
			n.ended[b.outside] = b.made
		}
	}
}

// isResting tells that an external endpoint is kept back.
func (n *smallNAT) isResting(at endpoint) bool {
	if n.quarantine == 0 || n.mistakes["who knew a port's last host gets in"] {
		return false
	}
	length := time.Duration(n.quarantine) * time.Second
	if n.mistakes["ports are kept back for two minutes"] {
		length = 2 * time.Minute
	}
	for _, b := range n.byOutside {
		n.rest(b)
	}
	var resting []endpoint
	for e, end := range n.ended {
		b := n.byOutside[e]
		over := n.now().Sub(end) >= length
		if !over && (b == nil || !n.alive(b)) && e.at.Addr() == at.at.Addr() && e.proto == at.proto {
			resting = append(resting, e)
		}
	}
	slices.SortFunc(resting, func(a, b endpoint) int {
		return cmp.Or(n.ended[b].Compare(n.ended[a]), cmp.Compare(a.at.Port(), b.at.Port()))
	})
	if n.quarantined > 0 && len(resting) > n.quarantined {
		resting = resting[:n.quarantined]
	}
	return slices.Contains(resting, at)
}

// blockOf is the first and the last port of an inside address.
func (n *smallNAT) blockOf(inside netip.Addr) (int, int) {
	first := 1024
	if n.ports[0] > 0 {
		first = n.ports[0]
	}
	last := inside.As4()
	number := int(last[3])
	if n.mistakes["blocks are given in turn"] {
		number = 0
		for key, b := range n.byInside { // as many as others have
			if key.inside.Addr() != inside && n.alive(b) {
				number = 1
			}
		}
	}
	first += number * n.block
	return first, first + n.blockLength() - 1
}

// bypasses sends a packet on as a router does, where nothing is to be translated.
func (n *smallNAT) bypasses(fromInside bool, p ipv4) bool {
	beyond := p.to()
	if !fromInside {
		beyond = p.from()
		if !n.inside.Contains(p.destination()) {
			return false
		}
	}
	if q := p.quote(n.mistakes); len(n.bypassed) > 0 && q != nil {
		beyond = q.to()
		if fromInside {
			beyond = q.from()
		}
		if n.mistakes["nobody is told of what is not translated"] {
			return true
		}
	}
	for _, b := range n.bypassed {
		there := (!b.to.IsValid() || b.to.Contains(beyond.Addr())) && (b.port == 0 || b.port == beyond.Port())
		if there && !n.keepsMapped(fromInside, p) {
			n.routes(!fromInside, p)
			return true
		}
	}
	return false
}
