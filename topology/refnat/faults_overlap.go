package refnat

// OverlapFaults are in what becomes of hosts where both sides of the NAT have one subnet.
// RFC 4787, Section 4.4.
type OverlapFaults struct {
	// OverlapUntranslated shows an inside host the address of an outside one as it is, though
	// it is of the inside's subnet. Breaks REQ-7.
	OverlapUntranslated bool `breaks:"rfc4787.req-7"`
	// OverlapNeighbourLost takes the inside hosts whose numbers are above that of the NAT's
	// external address for hosts outside, where both sides have one subnet. Breaks REQ-7.
	OverlapNeighbourLost bool `breaks:"rfc4787.req-7"`
}

// takenForOutside reports whether an answer to an inside host is sent outside, where it is
// lost.
func (t *Table) takenForOutside(m *mapping) bool {
	return t.cfg.Faults.OverlapNeighbourLost && t.cfg.overlaps() && t.cfg.External[0].Less(m.internal.Addr())
}
