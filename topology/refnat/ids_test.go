package refnat

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
)

// ids are those with which packets of these IDs leave, sent from an endpoint to y1.
func (l *lab) ids(x string, ids ...uint16) []uint32 {
	l.Helper()
	var left []uint32
	for _, id := range ids {
		left = append(left, l.send(Inside, udp(x, y1, identified(id)))[0].ID)
	}
	return left
}

// An ID that is free stays, and one that is taken is replaced by one that is not.
func TestIDsAreUnique(t *testing.T) {
	l := newLab(t)
	if diff := cmp.Diff([]uint32{7, 8, 9}, l.ids(x40000, 7, 8, 9)); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	seen := map[uint32]bool{7: true, 8: true, 9: true}
	for _, id := range append(l.ids(z40000, 7, 8, 9), l.ids(x40000, 7)...) {
		if seen[id] {
			t.Errorf("ID %d is used twice", id)
		}
		seen[id] = true
	}
	if got := l.send(Inside, udp(z40000, y2, identified(7)))[0].ID; got != 7 {
		t.Errorf("toward another host ID 7 became %d", got)
	}
}

// What cannot be fragmented keeps its ID, and takes none.
func TestAtomicIDsStay(t *testing.T) {
	l := newLab(t)
	for _, x := range []string{x40000, z40000} {
		if got := l.send(Inside, udp(x, y1, identified(7), dontFragment))[0].ID; got != 7 {
			t.Errorf("the ID of %s became %d", x, got)
		}
	}
	if got := l.ids(x40000, 7); got[0] != 7 {
		t.Errorf("an ID that only such packets have had became %d", got[0])
	}
}

// An ID is used again after a datagram's life, and not before.
func TestIDsAreForgotten(t *testing.T) {
	for _, test := range []struct {
		idle  time.Duration
		freed bool
	}{{datagramLife - time.Second, false}, {2 * datagramLife, true}} {
		l := newLab(t)
		l.ids(x40000, 7)
		l.idle(test.idle)
		if freed := l.ids(x40000, 7)[0] == 7; freed != test.freed {
			t.Errorf("after %v it is free: %t, want %t", test.idle, freed, test.freed)
		}
	}
}

// When all are used, they begin anew; and a flood does not fill the memory.
func TestIDsRunOut(t *testing.T) {
	i, now := newIdentities(1), epoch
	seen := map[uint16]bool{}
	for range 1 << 16 {
		seen[i.take(path{}, 1, now)] = true
	}
	if len(seen) != 1<<16 {
		t.Errorf("%d IDs were given out before one came twice", len(seen))
	}
	i.take(path{}, 1, now)
	for n := range 3 * mostShelves {
		i.take(path{protocol: packet.Protocol(n % 251)}, uint16(n/251*64), now)
	}
	if held := len(i.now.used) + len(i.before.used); held > 2*mostShelves {
		t.Errorf("%d shelves are held", held)
	}
}

// Fragments that are put together leave with one ID, which errors about them give back.
func TestIDsOfFragments(t *testing.T) {
	l := newLab(t)
	l.ids(z40000, 7)
	var left []seen
	for _, data := range split(udp(x40000, y1, size(3000), identified(7)), 1500) {
		left = append(left, l.send(Inside, data)...)
	}
	if len(left) != 3 || left[0].ID == 7 || left[1].ID != left[0].ID || left[2].ID != left[0].ID {
		t.Fatalf("%d fragments left, with the ID %d first", len(left), left[0].ID)
	}
	got := l.send(Outside, quoting("198.51.100.1", "203.0.113.1", 3, 1, left[0].Data[:200]))
	if len(got) != 1 || got[0].Quote().ID != 7 {
		t.Errorf("the error about ID %d, which was 7, does not give that back", left[0].ID)
	}
}
