package lab

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

var (
	x5000 = netip.MustParseAddrPort("192.168.0.5:5000")
	y80   = netip.MustParseAddrPort("203.0.113.101:80")
)

// heardOnce is what X:5000 heard of Y1:80.
func heardOnce() Heard {
	arrived := Arrival{Packet: packet.Packet{
		Source: y80, Destination: x5000, Protocol: packet.UDP, Payload: []byte("natproof 1: Y1:80 to X:5000"),
	}}
	return Heard{Arrival: &arrived, Meanwhile: []Arrival{arrived}, what: `"natproof 1"`, observer: "X:5000"}
}

var silent = Heard{what: `"natproof 1"`, observer: "X:5000", at: named("X")}

func TestBeHeard(t *testing.T) {
	heard := heardOnce()
	besides := Heard{observer: "X:5000", Meanwhile: []Arrival{{Packet: packet.Packet{
		Source: y80, Destination: x5000, Protocol: packet.ICMP, ICMP: &packet.ICMPMessage{Type: 3, Code: 1},
	}}}}
	if ok, err := BeHeard().Match(heard); !ok || err != nil {
		t.Errorf("BeHeard of what was heard: %t, %v", ok, err)
	}
	if ok, err := BeHeard().Match(silent); ok || err != nil {
		t.Errorf("BeHeard of silence: %t, %v", ok, err)
	}
	if _, err := BeHeard().Match("a string"); err == nil {
		t.Error("BeHeard takes a string")
	}
	belied := heardOnce()
	belied.belied = "Y2:80"
	if _, err := BeHeard().Match(belied); err == nil || !strings.HasSuffix(err.Error(),
		`X:5000 heard "natproof 1", but as coming from Y1:80; it must come from Y2:80`) {
		t.Errorf("BeHeard of what comes from somebody else: %v", err)
	}
	for _, test := range []struct{ name, message, want string }{
		{"silence", BeHeard().FailureMessage(silent), "nothing arrived at X,"},
		{"what came instead", BeHeard().FailureMessage(besides), "ICMP 3/1 from Y1:80"},
		{"heard all the same", BeHeard().NegatedFailureMessage(heard), `"natproof 1" from Y1:80`},
	} {
		if !strings.Contains(test.message, test.want) {
			t.Errorf("%s: message %q, want one with %q", test.name, test.message, test.want)
		}
	}
}
