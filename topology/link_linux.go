package topology

import (
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
)

// Link joins two nodes by a cable: a veth pair, with one end in each, up.
func Link(a *Node, aIface string, b *Node, bIface string) error {
	veth := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: aIface},
		PeerName:      bIface,
		PeerNamespace: netlink.NsFd(b.FD()),
	}
	err := a.handle.LinkAdd(veth)
	if err == nil {
		err = a.prepare(aIface)
	}
	if err == nil {
		err = b.prepare(bIface)
	}
	if err != nil {
		return fmt.Errorf("topology: linking %s/%s to %s/%s: %w", a.name, aIface, b.name, bIface, err)
	}
	return nil
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
// snooping the bridge sends nothing of its own.
func (n *Node) Bridge(name string, ifaces ...string) error {
	if err := n.bridge(name, ifaces); err != nil {
		return fmt.Errorf("topology: bridging %s/%s: %w", n.name, name, err)
	}
	return nil
}

func (n *Node) bridge(name string, ifaces []string) error {
	snooping := false
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: name}, MulticastSnooping: &snooping}
	if err := n.handle.LinkAdd(bridge); err != nil {
		return err
	}
	for _, iface := range ifaces {
		link, err := n.handle.LinkByName(iface)
		if err == nil {
			err = n.handle.LinkSetMaster(link, bridge)
		}
		if err != nil {
			return fmt.Errorf("adding %s: %w", iface, err)
		}
	}
	return n.prepare(name)
}
