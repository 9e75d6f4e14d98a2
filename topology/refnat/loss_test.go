package refnat

import "testing"

// Packets are lost one by one, on both sides, as the seed says.
func TestLoss(t *testing.T) {
	const packets = 4000
	lost := func(seed uint64) (lost [2]int) {
		l := newLab(t, behaving(Behaviour{Loss: 0.03}), func(c *Config) { c.Seed = seed })
		l.table.Outbound(udp(x40000, y1), l.now)
		for range packets {
			lost[Inside] += 1 - len(l.send(Inside, udp(x40000, y1)))
			lost[Outside] += 1 - len(l.send(Outside, udp(y1, "203.0.113.1:40000")))
		}
		return lost
	}
	for side, n := range lost(1) {
		if n < packets*2/100 || n > packets*4/100 {
			t.Errorf("side %d: %d of %d lost, want some 3 %%", side, n, packets)
		}
	}
	if one, again := lost(1), lost(1); one != again || one == lost(2) {
		t.Error("the seed does not tell which packets are lost")
	}
}
