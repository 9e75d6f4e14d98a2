package nat

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// cni is the driver for the NAT of a Kubernetes node: rules that the reference
// plugins of the Container Network Interface make, run as a container runtime runs
// them. docs/cni.md says what is built.
type cni struct {
	described

	plugins string // the folder that has them
	nft     bool   // they make rules of nftables, and not of iptables
	masqAll bool   // portmap masquerades whatever it forwards
}

const (
	kindCNI = "cni"

	cniNftables = "nftables"
	cniMasqAll  = "masq-all"
)

// cniPlugins are those that are run.
var cniPlugins = []string{"bridge", "portmap", "static"}

// cniFolders are where the plugins are looked for: the variable of the convention
// if it is set, and otherwise where Kubernetes, Debian and Fedora have them.
func cniFolders() []string {
	if path := os.Getenv("CNI_PATH"); path != "" {
		return filepath.SplitList(path)
	}
	return []string{"/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"}
}

func cniEntry() entry {
	words := []string{cniMasqAll, cniNftables}
	info := Info{
		Name: kindCNI, Title: "the NAT of a Kubernetes node, set up by CNI's plugins bridge and portmap",
		Detail: "ipMasq and port mappings as a container runtime asks for them; docs/cni.md; options: " +
			strings.Join(words, ", "),
		Clocks:  []Clock{Aged, Real},
		Honours: []Feature{FeatureForwardUDP, FeatureForwardTCP, FeatureHairpin},
		// Plugins are run one by one, and each runs iptables some ten times.
		Patience: 2 * quickStart,
		// What the plugins and the kernel can do shows only when they are asked.
		Uncertain: true,
	}
	needs := func() (string, error) { return cniNeeds(false) }
	known := func() []string { return words }
	return entry{info: info, words: known, needs: needs, new: func(options []string) (Driver, error) {
		driver := &cni{nft: slices.Contains(options, cniNftables), masqAll: slices.Contains(options, cniMasqAll)}
		folder, err := cniNeeds(driver.nft)
		if err != nil {
			return nil, err
		}
		driver.plugins = folder
		detail := fmt.Sprintf("Linux kernel NAT: CNI plugins of %s, bridge with ipMasq and portmap, by %s",
			folder, driver.backend())
		if driver.masqAll {
			detail += " (" + cniMasqAll + ")"
		}
		one := named(info, options, detail)
		if driver.nft && !driver.masqAll {
			// The plugin counts on the node to see answers between containers, as
			// a bridge with a port for each lets it. Here they share one.
			one.Honours = []Feature{FeatureForwardUDP, FeatureForwardTCP}
		}
		driver.described = described{one}
		return driver, nil
	}}
}

func (d *cni) backend() string {
	if d.nft {
		return "nftables"
	}
	return "iptables"
}

// cniNeeds returns the folder of the plugins, if they and what they run are there.
func cniNeeds(nft bool) (folder string, err error) {
	runs := tool{kindCNI, "iptables", "install it, on Debian and Ubuntu with: apt-get install iptables"}
	if nft {
		runs = tool{kindCNI, "nft", "install it, on Debian and Ubuntu with: apt-get install nftables"}
	}
	for _, name := range cniPlugins {
		plugin := tool{kindCNI, name, "install it, on Debian and Ubuntu with: apt-get install " +
			"containernetworking-plugins; or name the folder that has it in the variable CNI_PATH"}
		path, missing := plugin.find(cniFolders()...)
		var unfit *UnfitError
		if errors.As(missing, &unfit) {
			unfit.Program = "the CNI plugin " + name
			unfit.Why += fmt.Sprintf(" in %s", strings.Join(cniFolders(), ", "))
		}
		if missing != nil {
			return "", missing
		}
		folder = cmp.Or(folder, filepath.Dir(path))
	}
	_, err = runs.inSystem()
	return folder, err
}
