package nat

import (
	"slices"
	"strings"
)

// nftables is the driver for the NAT of the kernel it runs on.
type nftables struct {
	described

	openInput   bool
	noLoose     bool
	dropInvalid bool
	random      bool
	fullyRandom bool
	persistent  bool
}

const openInput = "open-input"

// An nftOption is one word after "nftables:".
type nftOption struct {
	name string
	set  func(*nftables)
}

// nftOptions are sorted by name.
func nftOptions() []nftOption {
	return []nftOption{
		// Packets that conntrack cannot place leave untranslated otherwise:
		// a plain masquerade rule leaks them, most router distributions do not.
		{"drop-invalid", func(d *nftables) { d.dropInvalid = true }},
		{"fully-random", func(d *nftables) { d.fullyRandom = true }},
		// The kernel takes up a TCP connection in its middle, and translates it
		// from there; some routers turn that off.
		{"no-loose", func(d *nftables) { d.noLoose = true }},
		// Without a firewall on the router itself, a probe from outside
		// reaches it, and leaves a conntrack entry of its own behind.
		{openInput, func(d *nftables) { d.openInput = true }},
		{"persistent", func(d *nftables) { d.persistent = true }},
		{"random", func(d *nftables) { d.random = true }},
	}
}

func nftOptionNames() []string {
	var names []string
	for _, option := range nftOptions() {
		names = append(names, option.name)
	}
	return names
}

// kernelHonours are what a firewall can ask of the kernel's NAT, in whatever words.
func kernelHonours() []Feature {
	return []Feature{
		FeaturePool, FeatureStatic, FeatureForwardUDP, FeatureForwardTCP, FeatureHairpin, FeatureUDPTimeout,
		FeatureTCPEstablished, FeatureTCPOpening, FeatureTCPClosing, FeatureSilent, FeaturePortRange,
		FeatureICMPTimeout, FeatureSources, FeatureRanges, FeatureHideClients, FeatureOwnPort,
		FeatureProxyARP, FeatureSecond, FeatureQuietInside,
	}
}

// nftablesHonours are what this driver can ask of it besides. It cannot ask for a
// quarantine: the kernel forgets a port with its session.
func nftablesHonours() []Feature {
	carrier := slices.DeleteFunc(carrierFeatures(), func(f Feature) bool { return f == FeatureQuarantine })
	return append(carrier, FeatureFTP)
}

func nftablesEntry() entry {
	const does = "masquerade behind a stateful firewall"
	info := Info{
		Name: DefaultName, Title: "the NAT of this kernel, set up over netlink",
		Detail:  does + ", as a home router has it; options: " + strings.Join(nftOptionNames(), ", "),
		Clocks:  []Clock{Aged, Real},
		Honours: slices.Concat(kernelHonours(), nftablesHonours()), Patience: quickStart,
	}
	return entry{info: info, words: nftOptionNames, new: func(words []string) (Driver, error) {
		detail := "Linux kernel NAT: nftables " + does
		if len(words) > 0 {
			detail += " (" + strings.Join(words, ", ") + ")"
		}
		driver := &nftables{described: described{named(info, words, detail)}}
		if slices.Contains(words, openInput) { // the kernel itself answers then
			driver.info.Honours = slices.DeleteFunc(slices.Clone(info.Honours), func(f Feature) bool {
				return f == FeatureSilent
			})
		}
		for _, word := range words {
			for _, option := range nftOptions() {
				if option.name == word {
					option.set(driver)
				}
			}
		}
		return driver, nil
	}}
}
