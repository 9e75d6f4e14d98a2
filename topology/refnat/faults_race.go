package refnat

// RaceFaults are in what happens at the same time.
type RaceFaults struct {
	// SecondPacketLost drops what an endpoint sends right after the packet that
	// made its mapping.
	SecondPacketLost bool `breaks:"practice.burst-whole"`
}

// A race is the mapping that the last packet has made; nil if it made none.
type race struct{ made *mapping }

// overtakes reports whether a packet comes too soon after the one that made its
// mapping, and takes it for the last packet. With made, it is the one itself.
func (t *Table) overtakes(m *mapping, made bool) bool {
	lost := !made && m == t.race.made && t.faults(m.internal.Protocol).SecondPacketLost
	t.race.made = nil
	if made {
		t.race.made = m
	}
	return lost
}
