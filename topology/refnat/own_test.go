package refnat

import (
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// A NAT sends so many errors at once, and more with time.
func TestAllowance(t *testing.T) {
	l := newLab(t)
	said := func(n int) int {
		sum := 0
		for range n {
			sum += len(l.errors(l.send(Inside, udp(x40000, y1, ttl(1)))))
		}
		return sum
	}
	if got := said(errorsAtOnce + 50); got != errorsAtOnce {
		t.Errorf("%d errors at once, want %d", got, errorsAtOnce)
	}
	l.idle(time.Second)
	if got := said(errorsPerSecond + 50); got != errorsPerSecond {
		t.Errorf("%d errors a second later, want %d", got, errorsPerSecond)
	}
	l.idle(time.Hour)
	if got := said(1000); got != errorsAtOnce {
		t.Errorf("%d errors after an hour, want %d", got, errorsAtOnce)
	}
}

// An error is of the class of the packet that it is about, without its marks of
// congestion.
func TestClassOfErrors(t *testing.T) {
	l := newLab(t)
	marked := func(head *packet.Header, _ *[]byte) { head.TrafficClass = 46<<2 | 3 }
	got := l.send(Inside, udp(x40000, y1, ttl(1), marked))
	if len(got) != 1 || got[0].TrafficClass != 46<<2 {
		t.Errorf("the error about a packet of class 46 is %+v", got)
	}
}

func TestSourceRouted(t *testing.T) {
	for _, test := range []struct {
		options []byte
		want    bool
	}{
		{nil, false},
		{[]byte{1, 131, 7, 4, 10, 0, 0, 3}, true},
		{[]byte{137, 7, 4, 10, 0, 0, 3, 0}, true},
		{[]byte{7, 4, 131, 0, 131, 3, 4, 0}, true}, // behind another option, whose data looks like one
		{[]byte{7, 4, 131, 0}, false},
		{[]byte{0, 131, 3, 4}, false}, // behind the end
		{[]byte{7, 0, 131, 3}, false}, // behind what is no option
		{[]byte{7, 9, 131, 3}, false},
		{[]byte{7}, false},
	} {
		if got := sourceRouted(test.options); got != test.want {
			t.Errorf("[% x]: %t, want %t", test.options, got, test.want)
		}
	}
}

// A message with a source route stays inside, and so does one that quotes it.
func TestReveals(t *testing.T) {
	l := newLab(t)
	routed := func(head *packet.Header, _ *[]byte) { head.Options = []byte{1, 131, 7, 4, 10, 0, 0, 3} }
	x1 := l.mapped(x40000, y1)
	delivered := l.send(Outside, udp(y1, x1, routed))
	if len(delivered) != 1 {
		t.Fatalf("a datagram with a route becomes %v", ends(delivered))
	}
	if got := l.send(Inside, quoting("10.0.0.2", "198.51.100.1", 3, 3, delivered[0].Data)); len(got) != 0 {
		t.Errorf("an error about it becomes %v", ends(got))
	}
}
