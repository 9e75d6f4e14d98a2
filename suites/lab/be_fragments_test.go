package lab

import (
	"testing"

	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/topology/packet"
)

func TestFragmentsHeard(t *testing.T) {
	of := func(fragments ...packet.Fragment) Heard {
		h := Heard{observer: "Y1:7"}
		for _, f := range fragments {
			h.Meanwhile = append(h.Meanwhile, Arrival{Packet: packet.Packet{Fragment: &f}})
		}
		return h
	}
	first, second := packet.Fragment{Length: 976}, packet.Fragment{Offset: 976, Length: 400}
	for _, test := range []struct {
		name    string
		matcher types.GomegaMatcher
		heard   Heard
		matches bool
		message string
	}{
		{"in order", BeInOrder(), of(first, second), true,
			"Y1:7 has heard the fragments that begin at the bytes 0, 976 in this order; it must be 0, 976"},
		{"reversed", BeInOrder(), of(second, first), false,
			"Y1:7 has heard the fragments that begin at the bytes 976, 0 in this order; it must be 0, 976"},
		{"fitting", Fit(976), of(first, second), true,
			"Y1:7 has heard fragments that carry 976, 400 bytes; each must carry 976 at most"},
		{"too big", Fit(975), of(first, second), false,
			"Y1:7 has heard fragments that carry 976, 400 bytes; each must carry 975 at most"},
		{"in one piece", Fit(975), of(), false, "Y1:7 has heard no fragment"},
	} {
		if ok, err := test.matcher.Match(test.heard); ok != test.matches || err != nil {
			t.Errorf("%s: matches %t, error %v", test.name, ok, err)
		}
		if got := test.matcher.FailureMessage(test.heard); got != test.message {
			t.Errorf("%s: %q, want %q", test.name, got, test.message)
		}
	}
	for _, matcher := range []types.GomegaMatcher{BeInOrder(), Fit(1)} {
		if _, err := matcher.Match("a text"); err == nil {
			t.Error("a text is taken for something heard")
		}
	}
}
