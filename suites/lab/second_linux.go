package lab

import (
	"errors"
	"fmt"

	"github.com/natproof/natproof/topology"
)

const secondBridge = "br-second"

// second gives the NAT another interface to the inside, with the node X3 behind it in the
// place of the first: a link of its own, and the same subnet, so that nothing but the
// interface tells its hosts from the others. The NAT has one address for both.
func (n *namespaces) second() error {
	n.apart = fmt.Sprintf("nat%d-2", n.number)
	err := errors.Join(
		topology.Link(n.node, secondIface, n.nodes[wires], n.apart),
		n.nodes[wires].Join(secondBridge, n.apart),
		n.nodes[wires].Join(secondBridge, cableTo(secondNode)))
	for _, p := range places {
		if p.node == secondNode {
			err = errors.Join(err, n.node.AddLink(secondIface, bits(p.addr(IPv4))))
		}
	}
	return err
}

// reunite puts X3 back to the other inside hosts.
func (n *namespaces) reunite() error {
	if n.apart == "" {
		return nil
	}
	return errors.Join(n.nodes[wires].Leave(n.apart), n.nodes[wires].Join(bridges[true], cableTo(secondNode)))
}

// cableTo is the link to a host's node, as the node of the bridges knows it.
func cableTo(node string) string { return "to-" + node }
