package probe_test

import (
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
)

func TestHeadline(t *testing.T) {
	met := probe.Result{Reachable: true, NAT: probe.Yes, Mapping: probe.EndpointIndependent,
		Filtering: probe.AddressDependent}
	named := met
	named.Classic = "restricted cone"
	for _, test := range []struct {
		name   string
		result probe.Result
		want   string
	}{
		{"UDP", named, "A NAT that peers can meet through (restricted cone)"},
		{"TCP, which has no old names", met, "A NAT that peers can meet through"},
		{"nothing", probe.Result{}, "Nothing answers"},
	} {
		if got := test.result.Headline(); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// A short time is not written as zero.
func TestMillisWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 31400 * time.Nanosecond: "31µs", 1234567 * time.Nanosecond: "1.2ms",
		4127300 * time.Microsecond: "4.1273s",
	} {
		if got := probe.Millis(d).String(); got != want {
			t.Errorf("%v reads %s, want %s", d, got, want)
		}
	}
}
