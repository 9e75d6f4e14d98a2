package nat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Carrier is what a policy asks for as the operators of carrier-grade NATs do, whose
// subscribers share addresses (RFC 6888). A subscriber is an inside address. Its zero
// value asks for nothing.
type Carrier struct {
	// Subscriber bounds what each subscriber may have. What would go beyond is refused,
	// and takes nothing from anybody.
	Subscriber Limits
	// Quarantine is how long an external port is given to nobody after its mapping has
	// ended, but for the exceptions of RFC 6888, REQ-8. Zero leaves it to the NAT.
	Quarantine time.Duration
	// QuarantinedPorts is how many ports of one address and protocol may be in quarantine
	// at a time. Zero means any number. It needs a Quarantine.
	QuarantinedPorts int
	// PortBlock gives each subscriber a block of so many external ports of each protocol,
	// which are nobody else's and stay the same for good. With a Pool, one inside address
	// after the other has its block at the next address of that. Zero gives out ports one by
	// one.
	PortBlock int
	// Bypass are destinations toward which nothing is translated: the NAT is a plain
	// router between them and the inside.
	Bypass []Destination
}

// Limits are what a subscriber may have at a time. Zero means no limit.
type Limits struct {
	// Ports is how many external ports, and how many query identifiers of ICMP. Whether
	// the protocols are counted apart or together is the NAT's choice.
	Ports int
	// UDPPorts, TCPPorts and Identifiers are the same for one protocol, each by itself.
	UDPPorts, TCPPorts, Identifiers int
	// Sessions is how many sessions, and MappingSessions how many of them by one mapping.
	// A session is an inside endpoint and whom it sends to.
	Sessions, MappingSessions int
	// MappingRate is how many mappings it may begin in a second, and SessionRate how many
	// sessions.
	MappingRate, SessionRate int
}

// A Destination is outside endpoints: the addresses of a prefix, or all for its zero
// value, with one port, or all for 0.
type Destination struct {
	To   netip.Prefix
	Port uint16
}

// String writes a destination as a program is told it: 203.0.113.102/32:80, with an
// empty part for what may be any.
func (d Destination) String() string {
	text := ""
	if d.To.IsValid() {
		text = d.To.String()
	}
	if d.Port != 0 {
		text += ":" + strconv.Itoa(int(d.Port))
	}
	return text
}

// Holds reports whether an endpoint is one of the destination's.
func (d Destination) Holds(at netip.AddrPort) bool {
	return (!d.To.IsValid() || d.To.Contains(at.Addr())) && (d.Port == 0 || d.Port == at.Port())
}

// Bypasses reports whether nothing is translated toward an outside endpoint.
func (c Carrier) Bypasses(at netip.AddrPort) bool {
	return slices.ContainsFunc(c.Bypass, func(d Destination) bool { return d.Holds(at) })
}

const (
	FeatureSubscriberPorts         Feature = "subscriber-ports"
	FeatureSubscriberProtocolPorts Feature = "subscriber-protocol-ports"
	FeatureSubscriberSessions      Feature = "subscriber-sessions"
	FeatureMappingSessions         Feature = "mapping-sessions"
	FeatureMappingRate             Feature = "mapping-rate"
	FeatureSessionRate             Feature = "session-rate"
	FeatureQuarantine              Feature = "quarantine"
	FeaturePortBlocks              Feature = "port-blocks"
	FeatureBypass                  Feature = "bypass"
)

// carrierFeatures are all that a Carrier can ask for.
func carrierFeatures() []Feature {
	return []Feature{
		FeatureSubscriberPorts, FeatureSubscriberProtocolPorts, FeatureSubscriberSessions, FeatureMappingSessions,
		FeatureMappingRate, FeatureSessionRate, FeatureQuarantine, FeaturePortBlocks, FeatureBypass,
	}
}

// asks returns what is asked for.
func (c Carrier) asks() []Feature {
	var asks []Feature
	s := c.Subscriber
	for feature, asked := range map[Feature]bool{
		FeatureSubscriberPorts:         s.Ports != 0,
		FeatureSubscriberProtocolPorts: s.UDPPorts != 0 || s.TCPPorts != 0 || s.Identifiers != 0,
		FeatureSubscriberSessions:      s.Sessions != 0,
		FeatureMappingSessions:         s.MappingSessions != 0,
		FeatureMappingRate:             s.MappingRate != 0,
		FeatureSessionRate:             s.SessionRate != 0,
		FeatureQuarantine:              c.Quarantine != 0 || c.QuarantinedPorts != 0,
		FeaturePortBlocks:              c.PortBlock != 0,
		FeatureBypass:                  len(c.Bypass) > 0,
	} {
		if asked {
			asks = append(asks, feature)
		}
	}
	return asks
}

// A bound is a number that a Carrier asks for, with the name that a program is told.
type bound struct {
	name string
	most int
}

func (c Carrier) bounds() []bound {
	s := c.Subscriber
	return []bound{
		{"subscriber_ports", s.Ports}, {"subscriber_udp_ports", s.UDPPorts}, {"subscriber_tcp_ports", s.TCPPorts},
		{"subscriber_identifiers", s.Identifiers}, {"subscriber_sessions", s.Sessions},
		{"mapping_sessions", s.MappingSessions}, {"mapping_rate", s.MappingRate}, {"session_rate", s.SessionRate},
		{"quarantined_ports", c.QuarantinedPorts}, {"port_block", c.PortBlock},
	}
}

// firstBlockPort is where blocks of ports begin, unless the policy has a range: what is
// below are well-known ports.
const firstBlockPort = 1024

// blockRange is the ports that blocks are taken from.
func (p Policy) blockRange() PortRange {
	if p.Ports != (PortRange{}) {
		return p.Ports
	}
	return PortRange{firstBlockPort, 65535}
}

// blockOf returns the block of an inside address, and at which of so many external ones it
// is: they take turns in the order of the inside's.
func (p Policy) blockOf(inside netip.Prefix, addr netip.Addr, external int) (place int, block PortRange) {
	number := hostNumber(inside, addr)
	first := int(p.blockRange().First) + number/external*p.PortBlock
	return number % external, PortRange{uint16(first), uint16(first + p.PortBlock - 1)}
}

// blockAddrs are the external addresses of blocks: the pool, or the NAT's own without one.
func (p Policy) blockAddrs(own netip.Addr) []netip.Addr {
	if len(p.Pool) == 0 {
		return []netip.Addr{own}
	}
	return p.Pool
}

// hostNumber is the place of an address in its IPv4 subnet.
func hostNumber(subnet netip.Prefix, addr netip.Addr) int {
	first, own := subnet.Masked().Addr().As4(), addr.As4()
	return int(binary.BigEndian.Uint32(own[:]) - binary.BigEndian.Uint32(first[:]))
}

func (p Policy) checkCarrier(inside Interface) error {
	for _, b := range p.bounds() {
		if b.most < 0 {
			return fmt.Errorf("the limit %s is %d; make it larger than 0, or 0 for none", b.name, b.most)
		}
	}
	switch {
	case p.Quarantine < 0:
		return fmt.Errorf("the quarantine of ports is %v; make it longer than 0, or 0 to leave it to the NAT",
			p.Quarantine)
	case p.QuarantinedPorts > 0 && p.Quarantine == 0:
		return fmt.Errorf("%d ports may be in quarantine, and it has no length; give it one", p.QuarantinedPorts)
	case p.PortBlock > 0 && p.Basic:
		return fmt.Errorf("there are to be blocks of %d ports, and ports that stay as they are by Basic NAT; ask for "+
			"one of the two", p.PortBlock)
	case p.PortBlock > 0 && len(p.Sources) > 0:
		return fmt.Errorf("there are to be blocks of %d ports, whose addresses are chosen by turns, and sources that "+
			"choose addresses; ask for one of the two", p.PortBlock)
	}
	if err := p.checkBlocks(inside); err != nil {
		return err
	}
	for _, d := range p.Bypass {
		switch {
		case !d.To.IsValid() && d.Port == 0:
			return errors.New("a destination to bypass is every one there is; name an address or a port")
		case d.To.IsValid() && inside.reaches(d.To.Addr()):
			return fmt.Errorf("the destination %v to bypass is on the inside (%s); name one outside", d,
				inside.subnets())
		}
	}
	return nil
}

// checkBlocks sees to it that each address of the inside finds a block.
func (p Policy) checkBlocks(inside Interface) error {
	subnet := inside.Prefix(false)
	if p.PortBlock == 0 || !subnet.IsValid() {
		return nil
	}
	ports := p.blockRange()
	hosts, room := 1<<(32-subnet.Bits()), int(ports.Last)-int(ports.First)+1
	addrs := len(p.blockAddrs(netip.Addr{}))
	if (hosts+addrs-1)/addrs*p.PortBlock > room {
		return fmt.Errorf("%d blocks of %d ports, one for each address of %v, have no room in the ports %v of %d "+
			"external addresses; make them smaller, or the range or the pool larger", hosts, p.PortBlock,
			subnet.Masked(), ports, addrs)
	}
	return nil
}

// environment is what a program is told of it.
func (c Carrier) environment() []string {
	env := []string{
		"NATPROOF_QUARANTINE=" + timeout(c.Quarantine), "NATPROOF_BYPASS=" + words(c.Bypass, Destination.String),
	}
	for _, b := range c.bounds() {
		env = append(env, "NATPROOF_"+strings.ToUpper(b.name)+"="+number(b.most))
	}
	return env
}

// A carrierJSON is a Carrier as a program reads it. A number of 0 is no limit.
type carrierJSON struct {
	SubscriberPorts       int               `json:"subscriber_ports"`
	SubscriberUDPPorts    int               `json:"subscriber_udp_ports"`
	SubscriberTCPPorts    int               `json:"subscriber_tcp_ports"`
	SubscriberIdentifiers int               `json:"subscriber_identifiers"`
	SubscriberSessions    int               `json:"subscriber_sessions"`
	MappingSessions       int               `json:"mapping_sessions"`
	MappingRate           int               `json:"mapping_rate"`
	SessionRate           int               `json:"session_rate"`
	Quarantine            float64           `json:"quarantine"` // in seconds
	QuarantinedPorts      int               `json:"quarantined_ports"`
	PortBlock             int               `json:"port_block"`
	Bypass                []destinationJSON `json:"bypass"`
}

// A destinationJSON has an empty text or 0 for what may be any.
type destinationJSON struct {
	To   netip.Prefix `json:"to"`
	Port uint16       `json:"port"`
}

func (c Carrier) json() carrierJSON {
	s := c.Subscriber
	out := carrierJSON{
		SubscriberPorts: s.Ports, SubscriberUDPPorts: s.UDPPorts, SubscriberTCPPorts: s.TCPPorts,
		SubscriberIdentifiers: s.Identifiers, SubscriberSessions: s.Sessions, MappingSessions: s.MappingSessions,
		MappingRate: s.MappingRate, SessionRate: s.SessionRate,
		Quarantine: c.Quarantine.Seconds(), QuarantinedPorts: c.QuarantinedPorts, PortBlock: c.PortBlock,
		Bypass: []destinationJSON{},
	}
	for _, d := range c.Bypass {
		out.Bypass = append(out.Bypass, destinationJSON(d))
	}
	return out
}
