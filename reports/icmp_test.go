package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestICMPMessagesHaveNames(t *testing.T) {
	for text, want := range map[string]string{
		"the NAT has answered it with ICMP 3/3":    "the NAT has answered it with ICMP 3/3 (Port Unreachable)",
		"ICMP type 11 code 0 from Ri":              "ICMP type 11 code 0 (Time Exceeded) from Ri",
		"ICMP 9/0, ICMP 9/0, ICMP 5/1":             "ICMP 9/0 (Router Advertisement), ICMP 9/0, ICMP 5/1 (Redirect)",
		"Y2 is told by ICMP 3/3, Port Unreachable": "Y2 is told by ICMP 3/3, Port Unreachable",
		"ICMP 42/0 query 7":                        "ICMP 42/0 query 7",
		"nothing":                                  "nothing",
	} {
		if got := withICMP(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	kinds := draw(Ladder{
		Lanes: []Lane{{Name: "X"}, {Name: "NAT", Side: "nat"}},
		Rungs: []Rung{
			{Packet: &Packet{Side: "inside", From: "NAT", To: "X", Info: "ICMP 3/3 about 192.0.2.1:1 to 192.0.2.2:2"}},
			{Packet: &Packet{Side: "inside", From: "NAT", To: "X", Info: "ICMP 3/3 about 192.0.2.1:1 to 192.0.2.2:3"}},
			{Packet: &Packet{Side: "inside", From: "X", To: "NAT", Info: "ICMP 8/0 query 5, 3 bytes"}},
		},
	}, false).Kinds()
	if diff := cmp.Diff([]string{"ICMP 3/3 is Port Unreachable", "ICMP 8/0 is Echo Request"}, kinds); diff != "" {
		t.Errorf("what the legend names (-want +got):\n%s", diff)
	}
}
