package nat

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// iptables is the driver for the kernel's NAT as the program of that name sets it
// up.
type iptables struct {
	described

	restore string // the program that takes all rules at once; absolute
	// tables is a file that is there when the kernel has ip_tables. It is empty
	// for a program that speaks to nf_tables instead.
	tables string
}

const (
	kindIptables = "iptables"
	// Each names a program, which Debian lets be one of the other two.
	backendLegacy, backendNft = "legacy", "nft"
)

// restorer is the program of a backend, or of the system's choice for "".
func restorer(backend string) tool {
	name := "iptables-restore"
	if backend != "" {
		name = "iptables-" + backend + "-restore"
	}
	return tool{kindIptables, name, "install it, on Debian and Ubuntu with: apt-get install iptables"}
}

func iptablesEntry() entry {
	const does = "masquerade behind a stateful firewall"
	info := Info{
		Name: kindIptables, Title: "the NAT of this kernel, set up by iptables",
		Detail: "the same rules as nftables; options: legacy, nft (which iptables; by default what is called so)",
		Clocks: []Clock{Aged, Real}, Honours: append(kernelHonours(), iptablesHonours()...),
		// What of the kernel's parts is there shows only when it is asked for them.
		Patience: quickStart, Uncertain: true,
	}
	words := func() []string { return []string{backendLegacy, backendNft} }
	return entry{info: info, words: words, needs: iptablesNeeds, new: func(words []string) (Driver, error) {
		if len(words) > 1 {
			return nil, errors.New("nat: iptables: legacy and nft exclude each other; name one of them")
		}
		path, err := restorer(strings.Join(words, "")).inSystem()
		if err != nil {
			return nil, err
		}
		program := multiName(path)
		detail := fmt.Sprintf("Linux kernel NAT: iptables (%s) %s", program, does)
		driver := &iptables{described: described{named(info, words, detail)}, restore: path}
		if strings.Contains(program, backendLegacy) {
			driver.tables = "/proc/thread-self/net/ip_tables_names"
		}
		return driver, nil
	}}
}

// iptablesHonours are what this driver can ask of the kernel's NAT besides. It cannot ask for
// a limit of a mapping's sessions: what counts sessions here tells them apart by addresses, and not by
// ports. Nor can any rule ask for a quarantine.
func iptablesHonours() []Feature {
	return slices.DeleteFunc(carrierFeatures(), func(f Feature) bool {
		return f == FeatureMappingSessions || f == FeatureQuarantine
	})
}

// iptablesNeeds tells what iptables there is.
func iptablesNeeds() (string, error) {
	path, err := restorer("").inSystem()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s (%s)", path, multiName(path)), nil
}

// multiName is the name of the file that a link of iptables leads to in the end,
// which tells the backend: xtables-nft-multi.
func multiName(path string) string {
	if file, err := filepath.EvalSymlinks(path); err == nil {
		path = file
	}
	return filepath.Base(path)
}
