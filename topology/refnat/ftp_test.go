package refnat

import (
	"net/netip"
	"testing"
)

// Numbers before a command that has grown stay, and those behind it move, both ways.
func TestFTPShifts(t *testing.T) {
	start := ^uint32(0) - 10 // they wrap around
	var s ftpSession
	s.grow(start+20, 3)
	s.grow(start+20, 3) // once more, as it was sent again
	s.grow(start+50, -2)
	for inside, by := range map[uint32]int{0: 0, 19: 0, 20: 3, 45: 3, 50: 1, 90: 1} {
		outside := s.out(start + inside)
		if want := start + inside + uint32(by); outside != want {
			t.Errorf("%d leaves as %d, want %d", inside, outside-start, want-start)
		}
		if back := s.in(outside); back != start+inside {
			t.Errorf("%d comes back as %d", inside, back-start)
		}
	}
}

func TestFTPCommand(t *testing.T) {
	at := netip.MustParseAddrPort("192.168.0.5:41001")
	if got, ok := ftpNamed(ftpCommand(at)); !ok || got != at {
		t.Errorf("%s comes back as %s, %t", at, got, ok)
	}
	for _, bad := range []string{"", "PORT 1,2,3,4,5\r\n", "PORT 1,2,3,4,5,256\r\n", "PORT 1,2,3,4,5,6", "USER x\r\n"} {
		if at, ok := ftpNamed([]byte(bad)); ok {
			t.Errorf("%q is read as %s", bad, at)
		}
	}
}
