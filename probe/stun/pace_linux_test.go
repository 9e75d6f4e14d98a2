package stun

import (
	"net"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	for _, test := range []struct {
		name    string
		packets int // in a batch
		every   time.Duration
		want    bool
	}{
		{"now and then", 1, time.Second, false},
		{"10,000 a second", 1, 100 * time.Microsecond, false},
		{"40,000 a second, one by one", 1, 25 * time.Microsecond, true},
		{"40,000 a second, four at once", 4, 100 * time.Microsecond, true},
		{"many at once, seldom", 16, time.Second, false},
		{"more than it can keep up with", batchSize, 200 * time.Microsecond, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p pace
			var now time.Duration
			for range 2 * steadyLeast {
				now += test.every
				p.took(test.packets, now)
			}
			if got := p.patient(); got != test.want {
				t.Errorf("patient is %t, want %t", got, test.want)
			}
		})
	}
}

// Nothing has come yet: the next packet may be far away.
func TestPaceBegins(t *testing.T) {
	if new(pace).patient() {
		t.Error("patient before the first packet")
	}
}

// Packets in bursts may pause at any time, and the others would wait with them.
func TestPaceOfBursts(t *testing.T) {
	var p pace
	for range 100 {
		p.took(1, p.last+5*time.Millisecond)
		for range 20 {
			if p.patient() {
				t.Fatal("patient in a burst")
			}
			p.took(1, p.last+time.Microsecond)
		}
	}
}

// A busy time ends with the first packet after a silence.
func TestPaceForgets(t *testing.T) {
	p := busyPace()
	p.took(1, p.last+time.Second)
	if p.patient() {
		t.Error("patient after a second of silence")
	}
}

// However busy a worker is, the others get their turn before it goes on.
func TestPaceLooksAround(t *testing.T) {
	p := busyPace()
	for range 3 {
		for i := range lookAround {
			if !p.patient() {
				t.Fatalf("patient %d times in a row, want %d", i, lookAround)
			}
		}
		for range 3 {
			if p.patient() {
				t.Fatal("patient before the others have had their turn")
			}
		}
		p.lookedAround()
	}
}

func busyPace() *pace {
	var p pace
	for range 2 * steadyLeast {
		p.took(1, p.last+10*time.Microsecond)
	}
	return &p
}

// A worker that is patient waits where it reads, for the first packet and no other,
// and no longer than a moment.
func TestPatience(t *testing.T) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer conn.Close()
	must(t, prepare(conn))
	b, err := newBatch(conn)
	must(t, err)
	must(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
	sender, err := net.Dial("udp4", conn.LocalAddr().String())
	must(t, err)
	defer sender.Close()

	// There is nothing: it waits, and the call for the next packet does not. A
	// signal of the runtime's may end one wait, but hardly all.
	var longest time.Duration
	for range 20 {
		must(t, b.raw.Control(func(fd uintptr) {
			b.pace = *busyPace()
			started := time.Now()
			if b.recvmmsg(fd) {
				t.Error("something was received")
			}
			longest = max(longest, time.Since(started))
		}))
	}
	if longest < time.Millisecond {
		t.Errorf("it waited for %v only", longest)
	}
	if b.pace.waiting != 0 {
		t.Error("the others have not had their turn")
	}
	// There is one packet: it does not wait for more.
	shortest := time.Minute
	for range 20 {
		_, err = sender.Write([]byte("one"))
		must(t, err)
		b.pace = *busyPace()
		started := time.Now()
		if n, err := b.receive(); n != 1 || err != nil {
			t.Fatalf("%d packets, %v", n, err)
		}
		shortest = min(shortest, time.Since(started))
	}
	if shortest > time.Millisecond {
		t.Errorf("it waited for %v and longer", shortest)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
