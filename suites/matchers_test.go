package suites

import (
	"net/netip"
	"strings"
	"testing"
)

func TestHeardMatchers(t *testing.T) {
	arrived := Arrival{Source: y80, Destination: x5000, Payload: []byte("natproof 1: Y1:80 to X:5000")}
	heard := Heard{Arrival: &arrived, Meanwhile: []Arrival{arrived}, what: `"natproof 1"`, observer: "X:5000"}
	silent := Heard{what: `"natproof 1"`, observer: "X:5000"}
	besides := Heard{Meanwhile: []Arrival{{Source: y80, Destination: x5000, ICMP: &ICMP{Type: 3, Code: 1}}}, observer: "X:5000"}

	if ok, err := BeHeard().Match(heard); !ok || err != nil {
		t.Errorf("BeHeard of what was heard: %t, %v", ok, err)
	}
	if ok, err := BeHeard().Match(silent); ok || err != nil {
		t.Errorf("BeHeard of silence: %t, %v", ok, err)
	}
	if _, err := BeHeard().Match("a string"); err == nil {
		t.Error("BeHeard takes a string")
	}
	if ok, _ := BeHeardFrom(y80).Match(heard); !ok {
		t.Error("BeHeardFrom does not know its source")
	}
	other := netip.MustParseAddrPort("203.0.113.10:80")
	if ok, _ := BeHeardFrom(other).Match(heard); ok {
		t.Error("BeHeardFrom takes another source")
	}
	for _, test := range []struct{ name, message, want string }{
		{"silence", BeHeard().FailureMessage(silent), "nothing arrived there"},
		{"what came instead", BeHeard().FailureMessage(besides), "ICMP type 3 code 1"},
		{"heard all the same", BeHeard().NegatedFailureMessage(heard), `"natproof 1" from Y1:80`},
		{"another source", BeHeardFrom(other).FailureMessage(heard), "but it came from Y1:80"},
		{"silence, source", BeHeardFrom(other).FailureMessage(silent), "nothing arrived there"},
	} {
		if !strings.Contains(test.message, test.want) {
			t.Errorf("%s: message %q, want one with %q", test.name, test.message, test.want)
		}
	}
}

func TestPrivateMatcher(t *testing.T) {
	public := Arrival{Source: netip.AddrPortFrom(external[0], 60000), Destination: y80}
	leak := Arrival{Source: x5000, Destination: y80}
	quoted := Arrival{Source: public.Source, Destination: y80, ICMP: &ICMP{Quote: &leak}}
	for _, test := range []struct {
		name   string
		packet Arrival
		want   bool
	}{{"public", public, false}, {"source", leak, true}, {"quoted source", quoted, true}} {
		if got, err := HavePrivateAddress().Match(test.packet); got != test.want || err != nil {
			t.Errorf("%s: %t, %v; want %t", test.name, got, err, test.want)
		}
	}
}

func TestEndpointAt(t *testing.T) {
	if p, port, err := endpointAt("Y2:7"); err != nil || p.name != "Y2" || port != 7 {
		t.Errorf("Y2:7 is %v, %d, %v", p, port, err)
	}
	for _, bad := range []string{"", "X", "Z:7", "X:x", "X:70000", "X:-1"} {
		if _, _, err := endpointAt(bad); err == nil {
			t.Errorf("endpoint %q is taken", bad)
		}
	}
}
