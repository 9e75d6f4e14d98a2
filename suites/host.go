package suites

import (
	"context"
	"errors"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/ip4defrag"
	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology"
)

// A host is a node's wire and all that has come in on it.
type host struct {
	port   topology.Port
	inbox  []Arrival
	defrag *ip4defrag.IPv4Defragmenter
}

func newHost(port topology.Port) *host {
	return &host{port: port, defrag: ip4defrag.NewIPv4Defragmenter()}
}

// listen reads packets into the inbox until one that came after mark satisfies
// wanted, or patience is over, or in memory nothing is left to read. It
// returns the one found, or nil.
func (h *host) listen(ctx context.Context, mark int, patience time.Duration, wanted func(Arrival) bool) (*Arrival, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for seen := mark; ; {
		for ; seen < len(h.inbox); seen++ {
			if a := &h.inbox[seen]; a.Damage == "" && wanted(*a) {
				return a, nil
			}
		}
		packet, err := h.port.Receive(ctx)
		if errors.Is(err, topology.ErrSilent) || errors.Is(err, context.DeadlineExceeded) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		h.take(packet)
	}
}

// take puts a packet into the inbox and, when it is the last missing fragment
// of a datagram, that datagram as well.
func (h *host) take(packet topology.Packet) {
	arrival, err := parse(packet.Data, packet.Time, false)
	if err != nil {
		arrival.Damage = err.Error()
	}
	h.inbox = append(h.inbox, arrival)
	if arrival.Fragment == nil || arrival.Damage != "" {
		return
	}
	var ip layers.IPv4
	if ip.DecodeFromBytes(packet.Data, gopacket.NilDecodeFeedback) != nil {
		return
	}
	whole, err := h.defrag.DefragIPv4WithTimestamp(&ip, packet.Time)
	if err != nil || whole == nil {
		return
	}
	data, err := ipv4{source: arrival.Source.Addr(), destination: arrival.Destination.Addr(), protocol: whole.Protocol, id: whole.Id, ttl: whole.TTL}.bytes(whole.Payload)
	if err != nil {
		return
	}
	if datagram, err := parse(data, packet.Time, false); err == nil {
		h.inbox = append(h.inbox, datagram)
	}
}
