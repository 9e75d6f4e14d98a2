package lab

import (
	"net/netip"
	"strings"
	"testing"
)

func TestBeHeardFrom(t *testing.T) {
	heard := heardOnce()
	if ok, _ := BeHeardFrom(y80).Match(heard); !ok {
		t.Error("BeHeardFrom does not know its source")
	}
	other := netip.MustParseAddrPort("203.0.113.10:80")
	if ok, _ := BeHeardFrom(other).Match(heard); ok {
		t.Error("BeHeardFrom takes another source")
	}
	if ok, _ := BeHeardFrom(netip.AddrPort{}).Match(silent); ok {
		t.Error("BeHeardFrom takes silence")
	}
	for _, test := range []struct{ name, message, want string }{
		{"another source", BeHeardFrom(other).FailureMessage(heard), "but it came from Y1:80"},
		{"silence", BeHeardFrom(other).FailureMessage(silent), "nothing arrived at X"},
		{"heard all the same", BeHeardFrom(y80).NegatedFailureMessage(heard), "but it did"},
	} {
		if !strings.Contains(test.message, test.want) {
			t.Errorf("%s: message %q, want one with %q", test.name, test.message, test.want)
		}
	}
}
