package probe_test

import (
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology/refnat"
)

// A chain is reference NATs in a row, from the host outward. The inner one of two
// is the host's own, the outer one a carrier's.
type chain []*refnat.Table

// newChain makes a chain whose outermost NAT has the external addresses.
func newChain(seed uint64, external []netip.Addr, nats ...refnat.Behaviour) (chain, error) {
	var c chain
	for i, b := range nats {
		cfg := refnat.Config{
			Inside: netip.MustParsePrefix("10.0.0.0/24"), InsideAddr: netip.MustParseAddr("10.0.0.1"),
			External: external, Behaviour: b, Seed: seed,
		}
		if i > 0 {
			cfg.Inside, cfg.InsideAddr = netip.MustParsePrefix("100.64.0.0/24"), netip.MustParseAddr("100.64.0.1")
		}
		if i < len(nats)-1 {
			cfg.External = between
		}
		if cfg.Behaviour.Ports == refnat.PortPreserving {
			// The port that a taken one is replaced by is part of what is known of the NATs here.
			cfg.Behaviour.Ports = refnat.PortNext
		}
		table, err := refnat.New(cfg)
		if err != nil {
			return nil, err
		}
		c = append(c, table)
	}
	return c, nil
}

// outward takes a packet from the host through the NATs. A packet that leaves
// goes to the Internet, or back to the host after a hairpin.
func (c chain) outward(packet []byte, now time.Time) []refnat.Packet { return c.from(0, packet, now) }

// from takes a packet outward from the i-th NAT on.
func (c chain) from(i int, packet []byte, now time.Time) []refnat.Packet {
	if i == len(c) {
		return []refnat.Packet{{Side: refnat.Outside, Data: packet}}
	}
	var left []refnat.Packet
	for _, p := range c[i].Outbound(packet, now) {
		if p.Side == refnat.Outside {
			left = append(left, c.from(i+1, p.Data, now)...)
		} else {
			left = append(left, c[:i].inward(p.Data, now)...)
		}
	}
	return left
}

// inward takes a packet through the NATs to the host. Packets that a NAT sends
// back to the outside are not followed.
func (c chain) inward(packet []byte, now time.Time) []refnat.Packet {
	if len(c) == 0 {
		return []refnat.Packet{{Side: refnat.Inside, Data: packet}}
	}
	var left []refnat.Packet
	for _, p := range c[len(c)-1].Inbound(packet, now) {
		if p.Side == refnat.Inside {
			left = append(left, c[:len(c)-1].inward(p.Data, now)...)
		}
	}
	return left
}
