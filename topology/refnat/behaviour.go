package refnat

import (
	"fmt"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// A Behaviour says how a NAT behaves, in the terms of RFC 4787, RFC 5382 and
// RFC 5508. Its zero value obeys every MUST, SHOULD and RECOMMENDED of those, as RFC 7857
// updates them.
type Behaviour struct {
	// Translation is what is translated at all; zero means NAPT.
	Translation Translation
	// Mapping is Section 4.1; zero means endpoint-independent.
	Mapping Dependence
	// Filtering is Section 5; zero means endpoint-independent.
	Filtering Dependence
	// FilterState says which contacts count; zero means those of the
	// internal endpoint, by whichever of its mappings.
	FilterState FilterState
	// Ports is Section 4.2.1; zero means that ports are preserved.
	Ports PortAssignment
	// ParityIgnored lets a port be replaced by one of the other parity,
	// Section 4.2.2.
	ParityIgnored bool
	// RangeIgnored takes every external port from 1024-65535, even for an
	// internal port of 0-1023.
	RangeIgnored bool
	// Pooling is Section 4.1; zero means paired.
	Pooling Pooling
	// Hairpin is Section 6; zero means with the external source.
	Hairpin Hairpin

	// Lifetime is how long an idle UDP mapping lives; zero means 5 minutes.
	Lifetime time.Duration
	// UnrepliedLifetime holds until something has come back; zero means
	// the same as Lifetime.
	UnrepliedLifetime time.Duration
	// WellKnownLifetimes gives sessions to a destination port of 0-1023 a
	// timer of their own, RFC 4787 REQ-5a. A mapping that also serves
	// another port keeps the long timer. There are none by default.
	WellKnownLifetimes map[uint16]time.Duration
	// InboundRefresh lets packets from outside restart the timer, REQ-6a.
	InboundRefresh bool
	// NoOutboundRefresh lets the timer run from the mapping's creation.
	NoOutboundRefresh bool

	// SoftPooling takes another address of the pool when a host's own has run out of
	// ports, RFC 7857, Section 4. By default its new sessions are dropped.
	SoftPooling bool
	// PortRange is all the external ports there are to give out, of UDP and TCP; zero
	// means all that the protocol has. Query identifiers are not ports.
	PortRange PortRange
	// SharedMappings gives a TCP and a UDP mapping of one internal endpoint the same
	// external port, RFC 7857, Section 5.
	SharedMappings bool
	// SharedFilters lets in by one of the two protocols what the other's filter would,
	// RFC 7857, Section 6.
	SharedFilters bool

	// UDPFiltering and TCPFiltering are Filtering for one protocol alone, RFC 5382,
	// REQ-3b; nil means the same.
	UDPFiltering, TCPFiltering *Dependence
	// TCPEstablished is how long a TCP session may be idle, RFC 5382, REQ-5; zero
	// means 2 hours and 4 minutes.
	TCPEstablished time.Duration
	// TCPOpening and TCPClosing are how long it may be while only one side has sent
	// a SYN, and after both have sent a FIN or one a RST, RFC 7857, Sections 2.1
	// and 2.2; zero means 4 minutes.
	TCPOpening, TCPClosing time.Duration
	// MidStream takes segments from inside for those of a session that is older than
	// the NAT, as Linux does; by default only a SYN begins one.
	MidStream bool
	// QueryLifetime is how long a mapping of ICMP queries may be idle, RFC 5508, REQ-2;
	// zero means 1 minute.
	QueryLifetime time.Duration
	// Basic gives each inside host an external address for itself and leaves its ports
	// as they are (RFC 3022, Section 2.1). Switchover keeps the last address back for
	// those who find no other free, to share (Section 5.4).
	Basic, Switchover bool
	// HideClients shows who comes in by a forward as the NAT's own inside address, so
	// that both addresses are translated (RFC 2663, Section 4.3).
	HideClients bool
	// FTP looks after control connections of clients inside (RFC 3022, Section 4.4).
	FTP bool
	// Silent never answers a TCP SYN that is not let in, RFC 5382, REQ-4a.
	Silent bool
	// QuietInside never sends ICMP messages of the NAT's own toward the inside, RFC 5508,
	// REQ-9.
	QuietInside bool

	Carrier

	// BlockUDP drops all UDP in silence.
	BlockUDP bool
	// Loss is the chance that a packet that arrives is lost, from 0 to 1.
	Loss float64
}

// of returns the behaviour toward one protocol.
func (b Behaviour) of(p packet.Protocol) Behaviour {
	own := map[packet.Protocol]*Dependence{packet.UDP: b.UDPFiltering, packet.TCP: b.TCPFiltering}[p]
	if own != nil {
		b.Filtering = *own
	}
	return b
}

// A Translation is what a NAT makes of addresses and ports.
type Translation int

const (
	// NAPT translates address and port.
	NAPT Translation = iota
	// NoTranslation is a firewall: it filters by the same rules and timers,
	// and leaves addresses and ports as they are.
	NoTranslation
	// Transparent is a plain router: no translation, no filter.
	Transparent
)

// A Dependence is how much of the remote endpoint a decision depends on.
type Dependence int

const (
	EndpointIndependent Dependence = iota
	AddressDependent
	AddressAndPortDependent
)

// of returns what of the remote endpoint survives in a key. All that sets the
// kinds of mapping apart is this.
func (d Dependence) of(remote packet.Endpoint) packet.Endpoint {
	switch d {
	case AddressAndPortDependent:
		return remote
	case AddressDependent:
		return at(remote.Addr(), remote.Protocol, 0)
	default:
		return packet.Endpoint{}
	}
}

// A FilterState is what a filter remembers contacts for.
type FilterState int

const (
	// PerEndpoint lets a remote reach any mapping of an internal endpoint
	// that has contacted it.
	PerEndpoint FilterState = iota
	// PerMapping lets a remote reach only the mapping that was used to
	// contact it.
	PerMapping
)

// A PortAssignment is how external ports are chosen.
type PortAssignment int

const (
	// PortPreserving takes the internal port, or on collision any free one, as
	// RFC 7857, Section 9, asks.
	PortPreserving PortAssignment = iota
	// PortSequential takes the port next to the last one given.
	PortSequential
	// PortRandom takes any free port.
	PortRandom
	// PortNext takes the internal port, or on collision the next free one.
	PortNext
)

// A PortRange is the ports from its first to its last. It begins at an even port and
// ends at an odd one, so that every port has one of the other parity beside it.
type PortRange struct{ First, Last uint16 }

// holds reports whether a port is in the range.
func (r PortRange) holds(port uint16) bool {
	return r == (PortRange{}) || port >= r.First && port <= r.Last
}

func (r PortRange) check() error {
	if r != (PortRange{}) && (r.First%2 != 0 || r.Last%2 == 0 || r.Last < r.First) {
		return fmt.Errorf("ports %d-%d do not begin at an even one and end at an odd one", r.First, r.Last)
	}
	return nil
}

// A Pooling is how external addresses are chosen.
type Pooling int

const (
	// Paired gives an inside host one address for all its mappings.
	Paired Pooling = iota
	// Arbitrary gives each new mapping of a host another address.
	Arbitrary
	// PoolRandom gives each new mapping any address.
	PoolRandom
)

// A Hairpin is what becomes of packets from the inside to an external endpoint.
type Hairpin int

const (
	// HairpinExternalSource shows the sender's external endpoint.
	HairpinExternalSource Hairpin = iota
	// HairpinInternalSource shows the sender's internal endpoint.
	HairpinInternalSource
	// HairpinNone drops them.
	HairpinNone
)
