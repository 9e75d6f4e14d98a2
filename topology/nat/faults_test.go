package nat

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithFaults(t *testing.T) {
	for _, test := range []struct {
		name   string
		faults []string
		want   string
	}{
		{"nftables", nil, "nftables"},
		{"ref", []string{"no-hairpin"}, "ref:no-hairpin"},
		{"memory", []string{"no-hairpin", "ttl-kept"}, "memory:no-hairpin,ttl-kept"},
		{"memory:loss-3", []string{"no-hairpin"}, "memory:loss-3,no-hairpin"},
	} {
		got, err := WithFaults(test.name, test.faults)
		if err != nil || got != test.want {
			t.Errorf("%s with %v: %q, %v, want %q", test.name, test.faults, got, err, test.want)
		}
	}
	for _, name := range []string{"nftables", "iptables:nft", "exec:ref", "refs", ""} {
		var faultless *FaultlessError
		if _, err := WithFaults(name, []string{"no-hairpin"}); !errors.As(err, &faultless) {
			t.Errorf("%q has no faults: %v", name, err)
		}
	}
	for _, fault := range []string{"loss-3", "", "NoHairpin"} {
		var unknown *UnknownFaultError
		if _, err := WithFaults("ref", []string{fault}); !errors.As(err, &unknown) || unknown.Name != fault {
			t.Errorf("%q is no fault: %v", fault, err)
		}
	}
}

// Whoever judges the NAT is told of what was built into it.
func TestInfoTellsFaults(t *testing.T) {
	for _, kind := range []string{"ref", "memory"} {
		driver, err := Lookup(kind + ":no-hairpin,loss-3")
		if err != nil {
			t.Fatal(err)
		}
		want := []Fault{{
			Name: "no-hairpin", Does: "drops packets to external endpoints from inside.",
			Breaks: []string{"rfc4787.req-9"},
			Blinds: []string{
				"rfc4787.req-14", "rfc4787.req-9a", "rfc5508.req-7-error", "rfc5508.req-7a", "practice.other-ways",
			},
		}}
		if diff := cmp.Diff(want, driver.Info().Faults); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
}
