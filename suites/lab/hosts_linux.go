package lab

import (
	"context"
	"errors"
	"net/netip"

	"github.com/natproof/natproof/topology"
)

// A hostNet is the hosts of a lab and the two bridges they hang on. It serves
// every spec of a worker: the hosts' nodes have no addresses and no state, since
// specs speak on Ports. Making it takes the kernel longer than most specs last. The
// ports stay open too, since the kernel waits for a grace period when one is
// closed; each spec finds them empty.
//
// Where specs use sockets, the hosts have addresses and a kernel's stack instead of
// ports. Such a stack remembers, so each of those specs has hosts of its own (stack), and
// the worker's are two bridges alone.
type hostNet struct {
	stacks bool
	nodes  map[string]*topology.Node
	ports  map[string]topology.Port
	serial int // of the NATs between the bridges so far
	spares spareNodes
}

const (
	hostIface = "eth0"
	// wires is the node that holds both bridges, so that the NAT's own node
	// has nothing in it but the NAT.
	wires = "wires"
)

// bridges are the names of the inside's bridge and the outside's.
var bridges = map[bool]string{true: "br-inside", false: "br-outside"}

func newHostNet(stacks bool) (*hostNet, error) {
	h := &hostNet{stacks: stacks, nodes: map[string]*topology.Node{}, ports: map[string]topology.Port{}}
	h.spares.prepare(1)
	if err := h.build(); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *hostNet) build() error {
	if err := h.add(wires); err != nil {
		return err
	}
	cables, hosts := map[bool][]string{}, nodes()
	if h.stacks {
		hosts = nil
	}
	for _, p := range hosts {
		if err := h.add(p.node); err != nil {
			return err
		}
		if err := topology.Link(h.nodes[p.node], hostIface, h.nodes[wires], cableTo(p.node)); err != nil {
			return err
		}
		cables[p.inside] = append(cables[p.inside], cableTo(p.node))
	}
	err := errors.Join(
		h.nodes[wires].Bridge(bridges[true], cables[true]...),
		h.nodes[wires].Bridge(bridges[false], cables[false]...),
		h.nodes[wires].Bridge(secondBridge))
	for _, p := range hosts {
		err = errors.Join(err, h.open(p))
	}
	return err
}

func (h *hostNet) add(name string) error {
	node, err := topology.NewNode(name)
	if err != nil {
		return err
	}
	h.nodes[name] = node
	return nil
}

// open opens the wire of a node, which answers for all addresses of its places. What the
// outside sends to the inside's addresses goes to the NAT, too, as from a neighbour that
// takes it for a router.
func (h *hostNet) open(at place) error {
	config := topology.PortConfig{
		OnLink: append(outsidePrefixes[:], bits(overlapExternal)), Gateways: external[0][:],
	}
	if at.inside {
		config.OnLink = append(insidePrefixes[:], otherInside, overlap)
		config.Gateways = append(natInside[:], otherGateway, overlapGateway)
	}
	for _, p := range places {
		if p.node == at.node {
			config.Addrs = append(config.Addrs, p.every()...)
		}
	}
	port, err := h.nodes[at.node].OpenPort(hostIface, config)
	if err != nil {
		return err
	}
	h.ports[at.node] = port
	return nil
}

// restart empties the hosts' wires, and makes them forget the last NAT. Hosts with
// stacks are fresh.
func (h *hostNet) restart(ctx context.Context) error {
	if h.stacks {
		return nil
	}
	sides := map[bool][]topology.Port{}
	for _, p := range nodes() {
		sides[p.inside] = append(sides[p.inside], h.ports[p.node])
	}
	return errors.Join(topology.Restart(ctx, sides[true]...), topology.Restart(ctx, sides[false]...))
}

func (h *hostNet) close() error {
	var errs []error
	errs = append(errs, h.spares.close())
	for _, port := range h.ports {
		errs = append(errs, port.Close())
	}
	for _, node := range h.nodes {
		errs = append(errs, node.Close())
	}
	return errors.Join(errs...)
}

// bits is an address with the length of its family's prefix.
func bits(addr netip.Addr) netip.Prefix { return netip.PrefixFrom(addr, addr.BitLen()) }
