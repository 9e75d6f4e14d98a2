package suites

import (
	"errors"
	"net/netip"

	"github.com/natproof/natproof/topology"
)

// A hostNet is the hosts of a lab and the two bridges they hang on. It serves
// every spec of a worker: the hosts' nodes have no addresses and no state, since
// specs speak on Ports, which are opened anew. Making it takes the kernel longer
// than most specs last.
type hostNet struct {
	nodes  map[string]*topology.Node
	serial int // of the NATs between the bridges so far
}

const (
	hostIface = "eth0"
	// wires is the node that holds both bridges, so that the NAT's own node
	// has nothing in it but the NAT.
	wires = "wires"
)

// bridges are the names of the inside's bridge and the outside's.
var bridges = map[bool]string{true: "br-inside", false: "br-outside"}

func newHostNet() (*hostNet, error) {
	h := &hostNet{nodes: map[string]*topology.Node{}}
	if err := h.build(); err != nil {
		for _, node := range h.nodes {
			err = errors.Join(err, node.Close())
		}
		return nil, err
	}
	return h, nil
}

func (h *hostNet) build() error {
	var err error
	if h.nodes[wires], err = topology.NewNode(wires); err != nil {
		return err
	}
	cables := map[bool][]string{}
	for _, p := range places {
		if h.nodes[p.node] != nil {
			continue
		}
		if h.nodes[p.node], err = topology.NewNode(p.node); err != nil {
			return err
		}
		if err := topology.Link(h.nodes[p.node], hostIface, h.nodes[wires], "to-"+p.node); err != nil {
			return err
		}
		cables[p.inside] = append(cables[p.inside], "to-"+p.node)
	}
	return errors.Join(
		h.nodes[wires].Bridge(bridges[true], cables[true]...),
		h.nodes[wires].Bridge(bridges[false], cables[false]...))
}

// open returns the wire of a node, on which no address is attached yet.
func (h *hostNet) open(node string) (topology.Port, error) {
	config := topology.PortConfig{OnLink: []netip.Prefix{outsidePrefix}}
	for _, p := range places {
		if p.node != node {
			continue
		}
		if p.inside {
			config.OnLink, config.Gateways = []netip.Prefix{insidePrefix}, []netip.Addr{natInside}
		}
	}
	return h.nodes[node].OpenPort(hostIface, config)
}
