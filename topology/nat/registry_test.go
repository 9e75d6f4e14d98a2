package nat

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	const (
		kernel    = "Linux kernel NAT: nftables masquerade behind a stateful firewall"
		reference = "reference NAT on packet sockets"
	)
	tests := map[string]struct{ name, detail string }{
		"nftables":                          {"nftables", kernel},
		"nftables:random,open-input,random": {"nftables:open-input,random", kernel + " (open-input, random)"},
		"nftables:fully-random":             {"nftables:fully-random", kernel + " (fully-random)"},
		"ref":                               {"ref", reference},
		"ref:no-hairpin,icmp-ends-mapping": {
			"ref:icmp-ends-mapping,no-hairpin", reference + ", with the faults icmp-ends-mapping, no-hairpin"},
		"memory":            {"memory", "reference NAT in memory"},
		"memory:no-hairpin": {"memory:no-hairpin", "reference NAT in memory, with the faults no-hairpin"},
	}
	for name, want := range tests {
		driver, err := Lookup(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if info := driver.Info(); info.Name != want.name || info.Detail != want.detail {
			t.Errorf("%s: got %q, %q, want %q", name, info.Name, info.Detail, want)
		}
	}
}

func TestLookupOfUnknownNames(t *testing.T) {
	// Each unknown name, and one of those it could have been.
	for name, known := range map[string]string{
		"": "nftables", "nftable": "memory", "exec": "exec:PROGRAM", "nftable:random": "nftables", ":": "ref",
	} {
		_, err := Lookup(name)
		var unknown *UnknownDriverError
		if !errors.As(err, &unknown) {
			t.Errorf("%q: got %v, want an UnknownDriverError", name, err)
			continue
		}
		if unknown.Name != name || !slices.Contains(unknown.Known, known) {
			t.Errorf("%q: got %+v, want %q among the known", name, unknown, known)
		}
	}
}

// An option that is empty or unknown is refused in the same way everywhere.
func TestLookupOfUnknownOptions(t *testing.T) {
	tests := map[string]struct{ name, known, text string }{
		"iptables:nf_tables":      {"iptables:nf_tables", "iptables:nft", `iptables has no option or fault "nf_ta`},
		"nftables:persist":        {"nftables:persist", "nftables:persistent", `nftables has no option or fault "pers`},
		"ref:no-hair":             {"ref:no-hair", "ref:no-hairpin", `ref has no option or fault "no-hair"`},
		"memory:no-hair":          {"memory:no-hair", "memory:no-hairpin", `memory has no option or fault "no-hair"`},
		"nftables:":               {"nftables:", "nftables:random", "nftables: an option is empty"},
		"ref:":                    {"ref:", "ref:no-hairpin", "ref: an option is empty"},
		"ref:no-hairpin,,b":       {"ref:", "ref:no-hairpin", "ref: an option is empty"},
		"memory:no-hairpin,,b":    {"memory:", "memory:no-hairpin", "memory: an option is empty"},
		"memory:no-hairpin,":      {"memory:", "memory:no-hairpin", "memory: an option is empty"},
		"nftables:random, random": {"nftables: random", "nftables:random", `no option or fault " random"`},
	}
	for name, want := range tests {
		_, err := Lookup(name)
		var unknown *UnknownOptionError
		if !errors.As(err, &unknown) {
			t.Errorf("%q: got %v, want an UnknownOptionError", name, err)
			continue
		}
		if unknown.Name != want.name || !slices.Contains(unknown.Known, want.known) {
			t.Errorf("%q: got %+v, want %q and %q among the known", name, unknown, want.name, want.known)
		}
		if !strings.Contains(err.Error(), want.text) {
			t.Errorf("%q: got %q, want %q in it", name, err, want.text)
		}
	}
}

func TestDriversAreDescribed(t *testing.T) {
	if name := Drivers()[0].Name; name != DefaultName {
		t.Errorf("%s is the first, want %s", name, DefaultName)
	}
	for _, info := range Drivers() {
		if info.Title == "" || info.Detail == "" || len(info.Clocks) == 0 || info.Patience <= 0 {
			t.Errorf("%s: not described: %+v", info.Name, info)
		}
		if err := info.Refuses(Policy{}); err != nil {
			t.Errorf("%s refuses the plain policy: %v", info.Name, err)
		}
		if strings.Contains(info.Name, ":") {
			continue
		}
		var unfit *UnfitError // the machine lacks a program
		if _, err := Lookup(info.Name); err != nil && !errors.As(err, &unfit) {
			t.Error(err)
		}
	}
}

func TestSplitNames(t *testing.T) {
	for list, want := range map[string][]string{
		"nftables": {"nftables"},
		"nftables,iptables:legacy,ref:no-hairpin,duplicates,exec:./mine,too": {
			"nftables", "iptables:legacy", "ref:no-hairpin,duplicates", "exec:./mine,too",
		},
		"nosuch,ref": {"nosuch", "ref"},
		"":           {""},
	} {
		if got := SplitNames(list); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
	}
}
