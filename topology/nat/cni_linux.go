package nat

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync"

	"github.com/containernetworking/cni/libcni"
	current "github.com/containernetworking/cni/pkg/types/100"
	nft "github.com/google/nftables"
	"github.com/vishvananda/netlink"

	"github.com/natproof/natproof/topology"
)

// Prepare makes the folder for what the library remembers of containers.
func (d *cni) Prepare(context.Context) (Starter, error) {
	folder, err := newFolder()
	if err != nil {
		return nil, fmt.Errorf("nat: cni: %w", err)
	}
	return &cniStarter{d, folder}, nil
}

// A cniStarter is a container runtime, as far as its network goes.
type cniStarter struct {
	*cni
	folder *folder
}

// Close forgets the folder.
func (s *cniStarter) Close() error { return s.folder.Close() }

// Start makes of the site's node one of a cluster: the inside interface becomes a
// port of the plugins' bridge, and each inside host a container that they added.
func (s *cniStarter) Start(ctx context.Context, site Site, policy Policy) (NAT, error) {
	if err := policy.Check(site); err != nil {
		return nil, err
	}
	if _, _, err := sitePrefixes(site); err != nil {
		return nil, fmt.Errorf("nat: cni: %w", err)
	}
	if err := onlyIPv4(policy); err != nil {
		return nil, fmt.Errorf("nat: cni: %w", err)
	}
	n := &cniNAT{kernelNAT: newKernelNAT(site, policy), starter: s, site: site}
	n.runtime = libcni.NewCNIConfigWithCacheDir([]string{s.plugins},
		s.folder.path("cache"), &cniExec{node: site.Node, folder: s.folder})
	n.close = sync.OnceValue(n.remove)
	if err := n.set(ctx, policy); err != nil {
		_ = n.close() // what is left is told of by err
		if unfit := (*UnfitError)(nil); errors.As(err, &unfit) {
			return nil, unfit
		}
		return nil, fmt.Errorf("nat: cni: %w", err)
	}
	n.begun()
	return n, nil
}

// A cniNAT is the kernel's NAT by the rules of plugins.
type cniNAT struct {
	kernelNAT
	starter *cniStarter
	site    Site
	runtime *libcni.CNIConfig
	added   []cniContainer
}

// A cniContainer is one that the plugins have added.
type cniContainer struct {
	list    *libcni.NetworkConfigList
	conf    *libcni.RuntimeConf
	sandbox *topology.Node
}

func (n *cniNAT) set(ctx context.Context, policy Policy) error {
	node, inside := n.site.Node, n.site.Inside
	if err := n.starter.understood(ctx, n.runtime); err != nil {
		return err
	}
	// The bridge has the inside's address from now on, by the plugin.
	if err := removeAddr(node, inside); err != nil {
		return fmt.Errorf("taking the address off %s: %w", inside.Name, err)
	}
	if err := node.Bridge(cniBridge); err != nil {
		return err
	}
	for _, host := range insideHosts(n.site, policy) {
		if err := n.add(ctx, host, policy); err != nil {
			return fmt.Errorf("adding %v: %w", host, err)
		}
	}
	if err := n.starter.obeyed(node); err != nil {
		return err
	}
	if err := routeHairpins(node); err != nil {
		return err
	}
	return node.Join(cniBridge, inside.Name)
}

// insideHosts are those that a container is added for.
func insideHosts(site Site, policy Policy) []netip.Addr {
	var hosts []netip.Addr
	for _, host := range site.Hosts {
		if host.Is4() {
			hosts = append(hosts, host)
		}
	}
	for _, f := range policy.Forwards {
		hosts = append(hosts, f.Inside.Addr())
	}
	slices.SortFunc(hosts, netip.Addr.Compare)
	return slices.Compact(hosts)
}

// add has the plugins add a container with the address of an inside host. Then the
// container is cut off, since the host itself is to answer to the address.
func (n *cniNAT) add(ctx context.Context, host netip.Addr, policy Policy) error {
	text, err := n.starter.config(n.site.Inside, host, policy)
	if err != nil {
		return err
	}
	list, err := libcni.NetworkConfFromBytes(text)
	if err != nil {
		return fmt.Errorf("the configuration: %w", err)
	}
	sandbox, err := topology.NewNode("container " + host.String())
	if err != nil {
		return err
	}
	// Containers of several NATs share the library's cache.
	id := fmt.Sprintf("natproof-%d-%v", n.netns, host)
	conf := &libcni.RuntimeConf{
		ContainerID: id, NetNS: n.starter.folder.descriptor(sandbox.FD()), IfName: cniInterface,
		CapabilityArgs: map[string]any{cniMappings: mappings(host, policy)},
	}
	n.added = append(n.added, cniContainer{list, conf, sandbox})
	result, err := n.runtime.AddNetworkList(ctx, list, conf)
	if err != nil {
		return err
	}
	made, err := current.NewResultFromResult(result)
	if err != nil {
		return fmt.Errorf("the result: %w", err)
	}
	for _, iface := range made.Interfaces {
		if iface.Sandbox == "" && iface.Name != cniBridge {
			return n.site.Node.Leave(iface.Name)
		}
	}
	return errors.New("the plugins name no port of the bridge in their result")
}

func removeAddr(node *topology.Node, iface Interface) error {
	link, err := node.Netlink().LinkByName(iface.Name)
	if err != nil {
		return err
	}
	addrs, err := node.Netlink().AddrList(link, netlink.FAMILY_V4)
	if err != nil {
		return err
	}
	for _, addr := range addrs {
		if err := node.Netlink().AddrDel(link, &addr); err != nil {
			return err
		}
	}
	return nil
}

// routeHairpins has the node route what containers send each other through it, and
// not bridge it: all inside hosts are behind one port, and a bridge sends nothing
// back out of the port that it came in by.
func routeHairpins(node *topology.Node) error {
	const filter = "net/bridge/bridge-nf-call-iptables"
	err := node.Sysctl(filter, "0")
	if errors.Is(err, os.ErrNotExist) {
		return nil // a kernel without that
	}
	return err
}

// understood reports whether the plugins may know the options. Those that do not
// pass them over without a word, and few binaries know their own version. So that
// of the convention has to tell, and it tells only the oldest apart.
func (s *cniStarter) understood(ctx context.Context, runtime *libcni.CNIConfig) error {
	if !s.nft && !s.masqAll {
		return nil
	}
	info, err := runtime.GetVersionInfo(ctx, "portmap")
	if err != nil {
		return fmt.Errorf("asking portmap for its version: %w", err)
	}
	if !slices.Contains(info.SupportedVersions(), "1.1.0") {
		return s.tooOld()
	}
	return nil
}

// obeyed reports what came of the wish for nftables: plugins that do not know it
// use iptables.
func (s *cniStarter) obeyed(node *topology.Node) error {
	if !s.nft {
		return nil
	}
	conn, err := nft.New(nft.WithNetNSFd(node.FD()))
	if err != nil {
		return fmt.Errorf("opening netlink: %w", err)
	}
	tables, err := conn.ListTables()
	if err != nil {
		return fmt.Errorf("listing the tables: %w", err)
	}
	// pkg/ip/ipmasq_nftables_linux.go of the plugins names it.
	if slices.ContainsFunc(tables, func(t *nft.Table) bool { return t.Name == "cni_plugins_masquerade" }) {
		return nil
	}
	return s.tooOld()
}

func (s *cniStarter) tooOld() error {
	return &UnfitError{kindCNI, "the set of CNI plugins in " + s.plugins, "is too old for these options",
		"use version 1.10 or later, or name " + kindCNI + " without an option"}
}

// remove has the plugins delete the containers, and forgets every session.
func (n *cniNAT) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), n.starter.info.Patience)
	defer cancel()
	var errs []error
	for _, c := range slices.Backward(n.added) {
		errs = append(errs, n.runtime.DelNetworkList(ctx, c.list, c.conf), c.sandbox.Close())
	}
	errs = append(errs, n.flush())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("nat: cni: removing the containers: %w", err)
	}
	return nil
}
