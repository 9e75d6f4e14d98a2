package lab

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/natproof/natproof/topology"
)

// A stack is a host with the stack of a kernel, which serves one spec, and its cable to the
// node of the bridges.
type stack struct {
	name  string
	node  *topology.Node
	cable string
}

// machine returns the node of a host with a stack. It is made when a spec first asks for it,
// since most use two of them.
func (n *namespaces) machine(name string) (*topology.Node, error) {
	if name == natLane {
		return n.node, nil
	}
	for _, h := range n.hosts {
		if h.name == name {
			return h.node, nil
		}
	}
	node, err := topology.NewNode(name)
	if err != nil {
		return nil, err
	}
	// A name is not used twice, since the kernel may be slow to forget.
	h, at := stack{name, node, fmt.Sprintf("to%d-%s", n.number, name)}, named(name)
	err = topology.Link(node, hostIface, n.nodes[wires], h.cable)
	if err == nil {
		err = n.nodes[wires].Join(bridges[at.inside], h.cable)
	}
	if err == nil {
		err = settle(node, at)
	}
	if err != nil {
		return nil, errors.Join(err, node.Close())
	}
	n.hosts = append(n.hosts, h)
	return node, nil
}

// settle gives a node the addresses of its places, and an inside one the NAT as its
// gateway.
func settle(node *topology.Node, at place) error {
	var err error
	for _, p := range places {
		if p.node == at.node {
			subnet := outsidePrefixes[IPv4]
			if p.inside {
				subnet = insidePrefixes[IPv4]
			}
			err = errors.Join(err, node.AddAddr(hostIface, netip.PrefixFrom(p.addrs[IPv4], subnet.Bits())))
		}
	}
	if at.inside {
		err = errors.Join(err, node.AddRoute(netip.PrefixFrom(netip.IPv4Unspecified(), 0), natInside[IPv4]))
	}
	return err
}
