package probe

import "testing"

// A verdict on one protocol is enough, and that UDP is blocked is one.
func TestOutcome(t *testing.T) {
	silent, met := &Result{}, &Result{Reachable: true}
	found := &Result{Reachable: true, Mapping: EndpointIndependent}
	for name, test := range map[string]struct {
		report Report
		want   Outcome
	}{
		"nothing":           {Report{}, Unreached},
		"silence":           {Report{UDP4: silent, TCP4: silent}, Unreached},
		"an answer":         {Report{UDP4: silent, TCP4: met}, Unsuitable},
		"a NAT":             {Report{UDP4: &Result{Reachable: true, NAT: Yes}}, Reached},
		"an unsuited word":  {Report{UDP4: &Result{Reachable: true, NAT: Yes, unsuited: true}}, Unsuitable},
		"a mapping":         {Report{UDP4: met, UDP6: found}, Reached},
		"blocked":           {Report{UDP4: &Result{Classic: blocked}}, Reached},
		"silence, securely": {Report{Secure: []*Secure{{}}}, Unreached},
		"a NAT, securely":   {Report{Secure: []*Secure{{NAT: No}}}, Reached},
	} {
		if got := test.report.Outcome(); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// An expectation wants a result over UDP, and all of them to be so.
func TestExpectation(t *testing.T) {
	nat, none := &Result{NAT: Yes}, &Result{NAT: No}
	for name, test := range map[string]struct {
		report Report
		holds  bool
		found  string
	}{
		"without UDP":    {Report{TCP4: nat}, false, "no result over UDP"},
		"one":            {Report{UDP4: nat}, true, "true"},
		"both":           {Report{UDP4: nat, UDP6: nat}, true, "true"},
		"one of two":     {Report{UDP4: nat, UDP6: none}, false, "false and true"},
		"neither of two": {Report{UDP4: none, UDP6: none}, false, "false"},
	} {
		e := Expectation{"nat", "true"}
		if holds, found := e.Holds(&test.report), e.Found(&test.report); holds != test.holds || found != test.found {
			t.Errorf("%s: holds %v, found %q; want %v, %q", name, holds, found, test.holds, test.found)
		}
	}
}
