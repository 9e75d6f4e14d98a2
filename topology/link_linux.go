package topology

import (
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
)

// Link joins two nodes by a cable: a veth pair, with one end in each, up.
func Link(a *Node, aIface string, b *Node, bIface string) error {
	if err := link(a, aIface, b, bIface); err != nil {
		return explain(fmt.Errorf("topology: linking %s/%s to %s/%s: %w", a.Name(), aIface, b.Name(), bIface, err))
	}
	return nil
}

func link(a *Node, aIface string, b *Node, bIface string) error {
	for _, n := range []*Node{a, b} {
		if err := n.usable(); err != nil {
			return err
		}
	}
	veth := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: aIface},
		PeerName:      bIface,
		PeerNamespace: netlink.NsFd(b.FD()),
	}
	if err := a.handle.LinkAdd(veth); err != nil {
		return fmt.Errorf("making a veth pair: %w", err)
	}
	if err := a.prepare(aIface); err != nil {
		return err
	}
	return b.prepare(bIface)
}

// prepare makes one end of a link behave like a plain network card, and brings
// it up.
func (n *Node) prepare(iface string) error {
	err := n.Do(func() error {
		if err := plain(iface); err != nil {
			return fmt.Errorf("turning offloads of %s off: %w", iface, err)
		}
		return impatient(iface)
	})
	if err != nil {
		return err
	}
	return n.up(iface)
}

// impatient makes the kernel repeat an unanswered ARP request or neighbour
// solicitation after 10 ms, not after a second: of fresh topologies, one in
// five loses the first request, since the far end is not up yet.
func impatient(iface string) error {
	for _, setting := range []struct{ key, value string }{
		{"retrans_time_ms", "10"}, {"mcast_solicit", "100"}, {"ucast_solicit", "100"},
	} {
		for _, family := range []string{"ipv4", "ipv6"} {
			err := writeSysctl("net/"+family+"/neigh/"+iface+"/"+setting.key, setting.value)
			if err != nil && !(family == "ipv6" && errors.Is(err, os.ErrNotExist)) {
				return err
			}
		}
	}
	return nil
}

// Bridge joins interfaces of the node as a switch does. The bridge learns
// addresses and does nothing else: without the spanning tree protocol a port
// forwards as soon as it is up, with no forwarding delay, and without multicast
// snooping the bridge sends nothing of its own. No packet filter of the node sees what
// it forwards: where the kernel has br_netfilter, that would drop damaged packets, too.
func (n *Node) Bridge(name string, ifaces ...string) error {
	if err := n.bridge(name, ifaces); err != nil {
		return explain(fmt.Errorf("topology: bridging %s/%s: %w", n.Name(), name, err))
	}
	return nil
}

func (n *Node) bridge(name string, ifaces []string) error {
	if err := n.usable(); err != nil {
		return err
	}
	if err := n.Do(unfilterBridges); err != nil {
		return err
	}
	snooping := false
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: name}, MulticastSnooping: &snooping}
	if err := n.handle.LinkAdd(bridge); err != nil {
		return err
	}
	for _, iface := range ifaces {
		if err := n.Join(name, iface); err != nil {
			return err
		}
	}
	return n.prepare(name)
}

func unfilterBridges() error {
	for _, family := range []string{"iptables", "ip6tables", "arptables"} {
		err := writeSysctl("net/bridge/bridge-nf-call-"+family, "0")
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Join adds an interface of the node to a bridge of it.
func (n *Node) Join(bridge, iface string) error {
	master, err := n.link(bridge)
	if err != nil {
		return fmt.Errorf("topology: bridge %s/%s: %w", n.Name(), bridge, err)
	}
	link, err := n.link(iface)
	if err == nil {
		err = n.handle.LinkSetMaster(link, master)
	}
	if err != nil {
		return fmt.Errorf("topology: adding %s/%s to %s: %w", n.Name(), iface, bridge, err)
	}
	return nil
}

// Leave takes an interface of the node out of its bridge: at once, whereas to
// remove a link takes the kernel some 25 ms.
func (n *Node) Leave(iface string) error {
	link, err := n.link(iface)
	if err == nil {
		err = n.handle.LinkSetNoMaster(link)
	}
	if err != nil {
		return fmt.Errorf("topology: taking %s/%s out of its bridge: %w", n.Name(), iface, err)
	}
	return nil
}
