package refnat

import "testing"

// Only the packet right after the one that made a mapping is lost.
func TestSecondPacketLost(t *testing.T) {
	l := newLab(t, faulty(t, "second-packet-lost"))
	arrive := func(x, y string) int { return len(l.send(Inside, udp(x, y))) }
	got := []int{arrive(x40000, y1), arrive(x40000, y1), arrive(x40000, y1)}
	got = append(got, arrive(z40000, y1), arrive(x40000, y1), arrive(z40000, y1))
	got = append(got, arrive(w40000, y1), len(l.send(Outside, udp(y1, "203.0.113.1:40000"))), arrive(w40000, y1))
	for i, want := range []int{1, 0, 1, 1, 1, 1, 1, 1, 1} {
		if got[i] != want {
			t.Errorf("packet %d: %d leave, want %d", i+1, got[i], want)
		}
	}
}

func TestFirstPeerShown(t *testing.T) {
	const well = "198.51.100.1:7"
	l := newLab(t, faulty(t, "first-peer-shown"))
	x1 := l.mapped(x40000, well)
	if other := l.mapped(x40000, y2); other != x1 {
		t.Fatalf("mapped to %s and %s", x1, other)
	}
	for _, y := range []string{well, y2} {
		if got := l.send(Outside, udp(y, x1)); len(got) != 1 || got[0].src != well || got[0].to != x40000 {
			t.Errorf("from %s: %+v, want a packet from %s", y, got, well)
		}
	}
}
