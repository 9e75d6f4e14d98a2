package nat

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/natproof/natproof/topology"
)

// An arpLink is the outside link of a kernel's NAT, on which the kernel answers ARP.
type arpLink struct {
	node  *topology.Node
	iface string
	// answered are the addresses that it answers for beside the interface's own.
	answered []netip.Addr
}

// answer has the kernel answer for these addresses, and no others beside the interface's
// own. It does so for what its routes call local, attached or not. An entry of a proxy
// ("ip neigh add proxy") would not do: it serves addresses that lie behind another
// interface, and these are of the outside's own subnet.
func (l *arpLink) answer(addrs []netip.Addr) error {
	var errs []error
	for _, addr := range l.answered {
		if !slices.Contains(addrs, addr) {
			errs = append(errs, l.node.DelLocal(l.iface, addr))
		}
	}
	for _, addr := range addrs {
		if !slices.Contains(l.answered, addr) {
			errs = append(errs, l.node.AddLocal(l.iface, addr))
		}
	}
	l.answered = addrs
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("answering ARP: %w", err)
	}
	return nil
}
