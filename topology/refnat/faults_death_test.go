package refnat

import "testing"

// A NAT that has died lets nothing out any more, and says why; a sound one outlives
// the same packets.
func TestDeath(t *testing.T) {
	for _, dies := range []bool{false, true} {
		l := newLab(t)
		if dies {
			l = newLab(t, faulty(t, "dies-of-source-quench"))
		}
		sent := l.send(Inside, udp(x40000, y1, size(60)))
		l.send(Outside, quoting(router, "203.0.113.1", 3, 3, sent[0].Data))
		if err := l.table.Err(); err != nil || len(sent) != 1 {
			t.Errorf("before its time: %d packets, error %v", len(sent), err)
		}
		l.send(Outside, quoting(router, "203.0.113.1", 4, 0, sent[0].Data))
		after := l.send(Inside, udp(x40000, y1))
		if err := l.table.Err(); (err != nil) != dies || (len(after) == 0) != dies {
			t.Errorf("dies %t: %d packets, error %v", dies, len(after), err)
		}
	}
}
