package refnat

// ProtocolFaults are in what RFC 7857 has brought for all protocols.
type ProtocolFaults struct {
	// SpillsWhenFull takes another address of the pool for a host whose own is out of
	// ports. Breaks RFC 7857, Section 4.
	SpillsWhenFull bool `breaks:"rfc7857.s4-drop" tcp:"rfc7857.s4-tcp"`
	// ProtocolsShareMappings has TCP and UDP share mappings unasked. Breaks RFC 7857,
	// Section 5.
	ProtocolsShareMappings bool `breaks:"rfc7857.s5-default rfc7857.s5-eim" blinds:"practice.ports-recovered rfc6888.req-8a"` //nolint:lll // a tag cannot be broken
	// ProtocolsShareFilters has TCP and UDP share filters unasked. Breaks RFC 7857, Section
	// 6, and with it REQ-3 b) of RFC 5382.
	ProtocolsShareFilters bool `breaks:"rfc5382.req-3b rfc7857.s6 rfc7857.s6-default"`
	// PortsInSequence takes the port next to the last one given, and keeps none. Breaks
	// RFC 7857, Section 9.
	PortsInSequence bool `breaks:"rfc7857.s9-nopreserve" tcp:"rfc7857.s9-nopreserve"`
	// NextPortOnCollision takes the next free port, of UDP the next of the same parity,
	// when the one wanted is not free. Breaks RFC 7857, Section 9.
	NextPortOnCollision bool `breaks:"rfc7857.s9-parity" tcp:"rfc7857.s9-preserve"`
	// IdentityKept leaves all IDs as they were. Breaks RFC 7857, Section 10.
	IdentityKept bool `breaks:"rfc7857.s10"`
	// FragmentIdentityKept leaves the ID of what has come in fragments as it was. Breaks RFC
	// 7857, Section 10.
	FragmentIdentityKept bool `breaks:"rfc7857.s10"`
}

// keepsID reports whether a packet leaves with the ID that it has come with, whatever
// others have had.
func (f ProtocolFaults) keepsID(d *datagram) bool {
	return f.IdentityKept || f.FragmentIdentityKept && d.reassembled()
}

func (f ProtocolFaults) behaviour(b Behaviour) Behaviour {
	b.SoftPooling = b.SoftPooling || f.SpillsWhenFull
	b.SharedMappings = b.SharedMappings || f.ProtocolsShareMappings
	b.SharedFilters = b.SharedFilters || f.ProtocolsShareFilters
	switch {
	case f.PortsInSequence:
		b.Ports = PortSequential
	case f.NextPortOnCollision && b.Ports == PortPreserving:
		b.Ports = PortNext
	}
	return b
}
