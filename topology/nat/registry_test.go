package nat

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	tests := map[string]string{
		"nftables":                          "Linux kernel NAT: nftables masquerade behind a stateful firewall",
		"nftables:":                         "Linux kernel NAT: nftables masquerade behind a stateful firewall",
		"nftables:random,open-input,random": "Linux kernel NAT: nftables masquerade behind a stateful firewall (open-input, random)",
		"nftables:fully-random,persistent":  "Linux kernel NAT: nftables masquerade behind a stateful firewall (fully-random, persistent)",
		"ref":                               "reference NAT on packet sockets",
		"ref:no-hairpin,icmp-ends-mapping":  "reference NAT on packet sockets, with the faults icmp-ends-mapping, no-hairpin",
	}
	for name, want := range tests {
		driver, err := Lookup(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := Describe(driver); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestLookupOfUnknownNames(t *testing.T) {
	// Each unknown name, and one of those it could have been.
	tests := map[string]string{
		"":                 "nftables",
		"nftable":          "nftables",
		"exec":             "exec:PROGRAM",
		"nftables:persist": "nftables:persistent",
		"ref:no-hair":      "ref:no-hairpin",
	}
	for name, known := range tests {
		_, err := Lookup(name)
		var unknown *UnknownDriverError
		if !errors.As(err, &unknown) {
			t.Errorf("%q: got %v, want an UnknownDriverError", name, err)
			continue
		}
		if unknown.Name != name {
			t.Errorf("got the name %q, want %q", unknown.Name, name)
		}
		if !slices.Contains(unknown.Known, known) {
			t.Errorf("%q: %q is not among the known %q", name, known, unknown.Known)
		}
	}
}

func TestDriversAreKnown(t *testing.T) {
	for _, info := range Drivers() {
		if info.Title == "" || info.Detail == "" || len(info.Clocks) == 0 {
			t.Errorf("%s: not described: %+v", info.Name, info)
		}
		if strings.Contains(info.Name, ":") {
			continue
		}
		if _, err := Lookup(info.Name); err != nil {
			t.Error(err)
		}
	}
}
