package refnat

import (
	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// EdgeFaults drop what has a value that is legal and rare.
type EdgeFaults struct {
	// EmptyDropped drops datagrams without a payload. Breaks what practice asks of lengths.
	EmptyDropped bool `breaks:"practice.payload-lengths" blinds:"rfc4787.req-6" also:"practice.other-ways" touches:"udp"` //nolint:lll // a tag cannot be broken
	// PortOneDropped drops what comes from port 1 inside. Breaks what practice asks of ports.
	PortOneDropped bool `breaks:"practice.edge-ports" touches:"udp tcp"`
	// MailPortDropped drops what is sent to port 25. Breaks the same.
	MailPortDropped bool `breaks:"practice.edge-ports" blinds:"rfc5382.req-1" touches:"udp tcp"`
	// MiddlePortsDropped drops what is sent to the ports from 40000 to 40999. Breaks the same.
	MiddlePortsDropped bool `breaks:"practice.edge-ports" touches:"udp tcp" blinds:"rfc4787.req-1 rfc5382.req-1"`
	// IdentifierZeroDropped drops queries with the identifier 0. Breaks the same.
	IdentifierZeroDropped bool `breaks:"practice.edge-ports" touches:"icmp"`
	// QueryClassesDropped drops queries of a class. Breaks what practice asks of headers.
	QueryClassesDropped bool `breaks:"practice.edge-headers" blinds:"rfc5508.req-10d wire.payload" touches:"icmp"`
	// LastHopsDropped drops what has two hops to live. Breaks what practice asks of headers.
	LastHopsDropped bool `breaks:"practice.edge-headers" blinds:"rfc5508.req-4-relay" touches:"udp tcp" also:"practice.other-ways"` //nolint:lll // a tag cannot be broken
}

// shuns reports whether a packet from inside is dropped.
func (f EdgeFaults) shuns(p *packet.Packet) bool {
	if p.Protocol == packet.ICMP {
		asks := p.ICMP != nil && p.ICMP.Type == layers.ICMPv4TypeEchoRequest
		return f.IdentifierZeroDropped && asks && p.SourceEndpoint().Port() == 0 ||
			f.QueryClassesDropped && asks && p.TrafficClass != 0
	}
	return f.EmptyDropped && len(p.Payload) == 0 || f.PortOneDropped && p.Source.Port() == 1 ||
		f.MailPortDropped && p.Destination.Port() == 25 || f.MiddlePortsDropped && p.Destination.Port()/1000 == 40 ||
		f.LastHopsDropped && p.TTL == 2
}
