package nat

import (
	"testing"
	"time"
)

// The kernel's TCP timers, and what ageing leaves of a connection: its state and
// all else that the kernel keeps of it, until its time is over.
func TestAgeTCP(t *testing.T) {
	tests := map[string]struct {
		moves []move
		lives int64 // seconds
	}{
		"SYN_SENT":    {toSynSent, 120},
		"SYN_SENT2":   {append(toSynSent[:1:1], move{true, "S"}), 120},
		"SYN_RECV":    {toSynRecv, 60},
		"ESTABLISHED": {toEstablished, 432000},
		"FIN_WAIT":    {toFinWait, 120},
		"CLOSE_WAIT":  {toCloseWait, 60},
		"LAST_ACK":    {toLastAck, 30},
		"TIME_WAIT":   {toTimeWait, 120},
		"CLOSE":       {toClose, 10},
	}
	for want, test := range tests {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			n := l.start("nftables", Policy{})
			l.connection(at(x, 4000)).lead(test.moves)
			before, info, left := l.tcpState(n)
			if before != want || left != test.lives-1 { // the kernel rounds down
				t.Fatalf("it is %s and has %d s left, want %s and %d", before, left, want, test.lives-1)
			}
			age(t, n, time.Duration(test.lives-3)*time.Second)
			if after, now, left := l.tcpState(n); after != want || now != info || left != 2 {
				t.Errorf("aged, it is %s and has %d s left; its state is as it was: %t", after, left, now == info)
			}
			age(t, n, 3*time.Second)
			if after, _, left := l.tcpState(n); after != "gone" {
				t.Errorf("it is %s and has %d s left, want it gone", after, left)
			}
		})
	}
}

// A connection goes on where ageing has left it the time, and ends where not.
func TestAgedTCPGoesOn(t *testing.T) {
	for _, name := range []string{"as long as it lives", "longer"} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			n := l.start("nftables", Policy{})
			c := l.connection(at(x, 4000))
			c.lead(toSynSent)
			age(t, n, 119*time.Second)
			c.lead([]move{{true, "SA"}, {false, "A"}})
			age(t, n, 431999*time.Second)
			c.lead([]move{{true, "PA"}, {false, "A"}})
			if name == "longer" {
				age(t, n, 432000*time.Second)
				if c.step(true, "PA") {
					t.Error("a connection is alive after 432,000 s")
				}
				return
			}
			c.lead([]move{{false, "FA"}, {true, "A"}})
			age(t, n, 59*time.Second)
			c.lead([]move{{true, "FA"}})
			age(t, n, 29*time.Second)
			c.lead([]move{{true, "FA"}, {false, "A"}})
		})
	}
}
