package lab

import (
	"net/netip"
	"testing"
	"time"

	"github.com/onsi/gomega/types"
)

func TestBe(t *testing.T) {
	x := netip.AddrPortFrom(Addr("X"), 5)
	for _, test := range []struct {
		name    string
		matcher types.GomegaMatcher
		actual  any
		matches bool
		message string // of the failure
	}{
		{"the value", Be(x), x, true, "it is X:5; it must be X:5"},
		{"another", Be(x), netip.MustParseAddrPort("203.0.113.10:6"), false, "it is 203.0.113.10:6; it must be X:5"},
		{"a number", Be(uint16(0)), uint16(7), false, "it is 7; it must be 0"},
		{"one of two", BeOneOf(EndpointIndependent, AddressDependent), AddressDependent, true,
			"it is address-dependent; it must be endpoint-independent or address-dependent"},
		{"neither", BeOneOf(EndpointIndependent, AddressDependent), AddressAndPortDependent, false,
			"it is address and port-dependent; it must be endpoint-independent or address-dependent"},
		{"all and more", Include([]int{2}), []int{1, 2}, true, "missing: nothing; found: 1, 2"},
		{"some", Include([]time.Duration{25 * time.Second, 50 * time.Second, 85 * time.Second}),
			[]time.Duration{25 * time.Second}, false, "missing: 50s, 1m25s; found: 25s"},
		{"an empty list", Include([]int{2}), []int(nil), false, "missing: 2; found: nothing"},
	} {
		ok, err := test.matcher.Match(test.actual)
		if ok != test.matches || err != nil {
			t.Errorf("%s: matches %t, error %v", test.name, ok, err)
		}
		if got := test.matcher.FailureMessage(test.actual); got != test.message {
			t.Errorf("%s: %q, want %q", test.name, got, test.message)
		}
	}
	for message, got := range map[string]string{
		"it is 7, which it must not be": Be(7).NegatedFailureMessage(7),
		"found all the same: 1, 2":      Include([]int{1}).NegatedFailureMessage([]int{1, 2}),
	} {
		if got != message {
			t.Errorf("%q, want %q", got, message)
		}
	}
	for _, matcher := range []types.GomegaMatcher{Be(7), Include([]int{7})} {
		if _, err := matcher.Match("7"); err == nil {
			t.Error("a text is taken for a number")
		}
	}
}
