package refnat

import (
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// TranslationFaults are in the kinds of translation: many hosts by one address, pairs of
// addresses, and forwards of ports.
type TranslationFaults struct {
	// CrowdAstray brings answers to an endpoint that did not get its own port to the
	// one that has it, when there are many mappings. Breaks RFC 3022, Section 2.2.
	CrowdAstray bool `breaks:"rfc3022.napt-tuple" tcp:"rfc3022.napt-tuple"`
	// ExpiredPortsLost gives no odd port back where the ports were chosen. Breaks practice.
	ExpiredPortsLost bool `breaks:"translation.pat-expiry" also:"rfc6888.req-8-config" touches:"udp"`
	// FirstPairOnly leads every registered address to the first pair's host. Breaks
	// RFC 3022, Section 2.1.
	FirstPairOnly bool `breaks:"rfc3022.basic-static" blinds:"rfc4787.req-9 rfc4787.req-9a rfc5382.req-8 rfc5382.req-8a"` //nolint:lll // a tag cannot be broken
	// PairedAddressShared translates others, from ports above 34999, to an address that is
	// tied. Breaks RFC 3022, Section 2.1.
	PairedAddressShared bool `breaks:"rfc3022.static-own" also:"rfc3022.basic-no-port" touches:"udp tcp icmp"`
	// PairedPortChanged translates the well-known ports of a pair, and those at the edges of
	// the rest, to the ones beside them. Breaks RFC 3022, Section 2.1.
	PairedPortChanged bool `breaks:"rfc3022.basic-no-port"`
	// PairExpires ends a pair after five minutes without a packet. Breaks RFC 2663,
	// Section 3.1.1.
	PairExpires bool `breaks:"rfc2663.static"`
	// ForwardsMixedUp leads a forward to the first host that has another one with the
	// same inside port, where there are many. Breaks RFC 3022, Section 2.2.
	ForwardsMixedUp bool `breaks:"translation.dnat-servers"`
	// FourthClientDisguised shows the fourth client of a forward as the first. Breaks
	// RFC 3022, Section 4.1.
	FourthClientDisguised bool `breaks:"translation.dnat-clients"`
	// IPSECPassedThrough gives what comes to port 500 or 4500 to whoever inside has
	// sent from there. Breaks RFC 3022, Section 2.2.
	IPSECPassedThrough bool `breaks:"translation.dnat-ipsec" touches:"udp"`
	// ForwardOfEveryProtocol leads a packet of another protocol than the forward's to its
	// host. Breaks RFC 3022, Section 2.
	ForwardOfEveryProtocol bool `breaks:"rfc3022.oneway"`
	// ForwardOfEveryAddress leads a packet to another address than the forward's to its
	// host. Breaks RFC 3022, Section 2.
	ForwardOfEveryAddress bool `breaks:"rfc3022.oneway"`
	// ForwardOfEveryPort leads a packet to another port than the forward's to its host.
	// Breaks RFC 3022, Section 2.
	ForwardOfEveryPort bool `breaks:"rfc3022.oneway"`
	// KnownInsideOnly translates no host that is not of 192.168.0.0/16.
	KnownInsideOnly bool `breaks:"translation.inside-renumbered wire.inside-address"`
	// ForwardsToKnownInside does not follow the first forward if it leads to a host that is
	// not of 192.168.0.0/16.
	ForwardsToKnownInside bool `breaks:"translation.inside-renumbered"`
	// InsideRouted routes what comes to an address of the inside. Breaks RFC 3022,
	// Section 2.
	InsideRouted bool `breaks:"rfc3022.oneway"`
}

// translationMistakes are what these faults remember.
type translationMistakes struct {
	// asked is who has asked first with a number.
	asked map[numberedQuery]*mapping
	// used is when a pair had its last packet, by inside address.
	used map[netip.Addr]time.Time
	// clients are those of a forward, in order.
	clients map[packet.Endpoint][]packet.Endpoint
	// ipsec is who has sent from a port of IPsec.
	ipsec map[uint16]packet.Endpoint
}

func newTranslationMistakes() translationMistakes {
	return translationMistakes{
		asked: map[numberedQuery]*mapping{}, used: map[netip.Addr]time.Time{},
		clients: map[packet.Endpoint][]packet.Endpoint{}, ipsec: map[uint16]packet.Endpoint{},
	}
}

const (
	crowdAstray  = 250
	sharingPorts = 35000
	pairLifetime = 5 * time.Minute
	lastPort     = 65535
)

// astray returns the mapping that a packet for m goes to.
func (t *Table) astray(m *mapping) *mapping {
	if m == nil || m.permanent || !t.faults(m.internal.Protocol).CrowdAstray || len(t.mappings) < crowdAstray {
		return m
	}
	own := at(m.external.Addr(), m.external.Protocol, m.internal.Port())
	if holder := t.inward(own); holder != nil && m.external != own {
		return holder
	}
	return m
}

// sharesPaired returns the tied address that x is translated to, if it is.
func (t *Table) sharesPaired(x packet.Endpoint) (packet.Endpoint, bool) {
	if !t.faults(x.Protocol).PairedAddressShared || len(t.cfg.Static) == 0 || x.Port() < sharingPorts {
		return x, false
	}
	return at(t.cfg.Static[0].External, x.Protocol, x.Port()), true
}

// expired reports whether a pair has been left alone too long, and notes its use.
func (t *Table) expired(m *mapping, now time.Time) bool {
	if !m.permanent || t.forwards[m.internal] != nil || !t.faults(m.internal.Protocol).PairExpires {
		return false
	}
	last, known := t.wrongly.used[m.internal.Addr()]
	if known && now.Sub(last) > pairLifetime {
		return true
	}
	t.wrongly.used[m.internal.Addr()] = now
	return false
}

// paired returns the mapping of a pair's inside endpoint.
func (t *Table) paired(x, x1 packet.Endpoint) *mapping {
	if t.faults(x.Protocol).PairedPortChanged && (x.Port() <= 1024 || x.Port() == lastPort) {
		x1 = at(x1.Addr(), x1.Protocol, x1.Port()^1)
	}
	if t.faults(x.Protocol).PairedPortTaken && t.sharers[indexOf(anywhere(x))] > 0 {
		x1 = at(x1.Addr(), x1.Protocol, x1.Port()^1)
	}
	return &mapping{internal: x, external: x1, permanent: true}
}

// firstPair returns the inside address that a registered one leads to.
func (t *Table) firstPair(x1 packet.Endpoint, addr netip.Addr) netip.Addr {
	if t.faults(x1.Protocol).FirstPairOnly && addr.IsValid() {
		return t.cfg.Static[0].Inside
	}
	return addr
}

// manyForwards are so many that ForwardsMixedUp mixes them up.
const manyForwards = 4

// misled returns the mapping that a packet for x1 goes to, where it is not m.
func (t *Table) misled(m *mapping, x1 packet.Endpoint) *mapping {
	f := t.faults(x1.Protocol)
	if x, ok := t.wrongly.ipsec[x1.Port()]; ok && m != nil && m.permanent {
		return &mapping{internal: x, external: m.external, permanent: true}
	}
	for _, forward := range t.cfg.Forwards {
		external := forward.external()
		own := m != nil && m.permanent
		switch {
		case f.ForwardsMixedUp && len(t.cfg.Forwards) >= manyForwards && own:
			if forward.Inside.Port() != m.internal.Port() {
				continue
			}
		case own:
			return m
		case f.ForwardOfEveryProtocol && external.AddrPort == x1.AddrPort:
		case f.ForwardOfEveryAddress && external.Port() == x1.Port() && external.Protocol == x1.Protocol:
		case f.ForwardOfEveryPort && m == nil && external.Addr() == x1.Addr() && x1.Port() == forward.Inside.Port():
		default:
			continue
		}
		to := packet.Endpoint{Protocol: x1.Protocol, AddrPort: forward.Inside}
		return &mapping{internal: to, external: x1, permanent: true}
	}
	return m
}

// servedIPsec notes who sends from a port of IPsec.
func (t *Table) servedIPsec(x packet.Endpoint) {
	if t.faults(x.Protocol).IPSECPassedThrough && t.forwards[x] == nil && ipsecPort(x.Port()) {
		t.wrongly.ipsec[x.Port()] = x
	}
}

// ipsecPort reports whether IPsec uses a port of UDP, to exchange keys or behind NATs.
func ipsecPort(port uint16) bool { return port == 500 || port == 4500 }

// disguise writes the first client of a forward into what the fourth sends.
func (t *Table) disguise(m *mapping, y packet.Endpoint, e packet.Edit) {
	if !m.permanent || !t.faults(m.internal.Protocol).FourthClientDisguised || t.forwards[m.internal] == nil {
		return
	}
	clients := t.wrongly.clients[m.internal]
	if !slices.Contains(clients, y) {
		clients = append(clients, y)
		t.wrongly.clients[m.internal] = clients
	}
	if slices.Index(clients, y) > 2 {
		e.SetSource(clients[0].AddrPort)
	}
}

// knownInside is where an inside is by most routers' defaults.
var knownInside = netip.MustParsePrefix("192.168.0.0/16")

// strange reports whether a packet's sender has an address that is no inside's.
func (t *Table) strange(d *datagram) bool {
	return t.cfg.Faults.KnownInsideOnly && d.from == Inside && !knownInside.Contains(d.src())
}

// unled reports whether a forward is not served for where it leads.
func (t *Table) unled(m *mapping) bool {
	return m.permanent && t.cfg.Faults.ForwardsToKnownInside && !knownInside.Contains(m.internal.Addr()) &&
		len(t.cfg.Forwards) > 0 && t.cfg.Forwards[0].Inside == m.internal.AddrPort
}

// exposed reports whether a packet from outside is routed to an inside host.
func (t *Table) exposed(d *datagram) bool {
	return t.cfg.Faults.InsideRouted && d.from == Outside && t.cfg.host(d.dst())
}
