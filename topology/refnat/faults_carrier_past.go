package refnat

import (
	"net/netip"

	"github.com/natproof/natproof/topology/packet"
)

// carrierMistakes are what these faults remember.
type carrierMistakes struct {
	// arrived are the subscribers in the order in which they came.
	arrived []netip.Addr
	// peers are those that an external endpoint has served last.
	peers map[packet.Endpoint]contacts
	// vain counts the endpoints in a row that have found no port.
	vain int
	// told are the subscribers of whom something was refused.
	told map[netip.Addr]bool
	// had is who had an external endpoint last.
	had map[packet.Endpoint]netip.Addr
}

func newCarrierMistakes() carrierMistakes {
	return carrierMistakes{
		peers: map[packet.Endpoint]contacts{}, told: map[netip.Addr]bool{}, had: map[packet.Endpoint]netip.Addr{},
	}
}
