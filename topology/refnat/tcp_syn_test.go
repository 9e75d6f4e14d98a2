package refnat

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// RFC 5382, REQ-4: a SYN that is not let in is answered after six seconds, unless it
// is met by one from inside.
func TestUnsolicitedSYN(t *testing.T) {
	apdf := Behaviour{Filtering: AddressAndPortDependent}
	silent := apdf
	silent.Silent = true
	for _, test := range []struct {
		name, steps, want string
		behaviour         Behaviour
	}{
		{"no mapping", "< SYN, 5999ms, 1ms, 60s", "-!", Behaviour{}},
		{"filtered", "> SYN, <2 SYN, 5999ms, 1ms, 60s", "+-!", apdf},
		{"retransmitted", "< SYN, 1s, < SYN, 2s, < SYN, 3s, 4s, < SYN, 6s", "---!-!", Behaviour{}},
		{"met", "< SYN, 5999ms, > SYN, 3s, < SYN, 60s", "-++", apdf},
		{"met and over", "< SYN, 1s, > SYN, 4s, < SYN, 5999ms, 1ms", "-+-!",
			Behaviour{Filtering: AddressAndPortDependent, TCPOpening: 2 * time.Second}},
		{"another is met", "<2 SYN, 1s, > SYN, 6s", "-+!", apdf},
		{"silent", "< SYN, > SYN, <2 SYN, 60s", "-+-", silent},
		{"no SYN", "< SYN-ACK, < ACK, < RST, < SYN-FIN, 60s", "----", Behaviour{}},
	} {
		l := newLab(t, behaving(test.behaviour))
		if got := l.script(test.steps); got != test.want {
			t.Errorf("%s: %s\nbecomes %s, want %s", test.name, test.steps, got, test.want)
		}
	}
}

// The error comes from the address that was called, and quotes what came.
func TestUnsolicitedSYNQuote(t *testing.T) {
	l := newLab(t, pooled)
	syn := tcp(y1, "203.0.113.2:80", packet.SYN)
	l.send(Outside, syn)
	clear(syn) // the packet is the caller's
	l.idle(synPatience)
	got := l.errors(l.tick())
	want := told{Outside, "203.0.113.2", "198.51.100.1", 3, 3, 0, y1, "203.0.113.2:80"}
	if len(got) != 1 || got[0] != want {
		t.Errorf("told %v, want %v", got, want)
	}
}

// A flood of SYNs costs no more than there is room for.
func TestSYNFlood(t *testing.T) {
	l := newLab(t)
	for i := range 50_000 {
		l.table.Inbound(tcp(fmt.Sprintf("198.51.100.%d:%d", 1+i%8, 1024+i/8), "203.0.113.1:80", packet.SYN), l.now)
	}
	if len(l.table.held) != heldSYNs || len(l.table.agenda.alarms) != heldSYNs {
		t.Errorf("%d SYNs are held, with %d alarms", len(l.table.held), len(l.table.agenda.alarms))
	}
	l.idle(synPatience)
	// All of them are done with, and no more errors are sent about them than may be.
	if got := len(l.tick()); got != errorsAtOnce || len(l.table.held) != 0 {
		t.Errorf("%d errors, %d held", got, len(l.table.held))
	}
}

// A flood of SYNs through a mapping that lets everybody in makes room for itself, and
// leaves what has been answered alone.
func TestCallFlood(t *testing.T) {
	l := newLab(t)
	l.script(open + "<2 SYN, >2 SYN-ACK")
	for i := range 5000 {
		l.table.Inbound(tcp(fmt.Sprintf("198.51.100.7:%d", 1024+i), x1, packet.SYN), l.now)
	}
	m := l.table.inward(packet.Endpoint{Protocol: packet.TCP, AddrPort: netip.MustParseAddrPort(x1)})
	if got := len(m.life.(*tcpLife).sessions); got != openCalls+2 {
		t.Errorf("%d sessions, want %d", got, openCalls+2)
	}
	l.idle(defaultTCPTransitory)
	if got := l.script("< ACK, <2 ACK"); got != "++" || len(m.life.(*tcpLife).sessions) != 2 {
		t.Errorf("%s: what was answered is gone, %d sessions", got, len(m.life.(*tcpLife).sessions))
	}
}
