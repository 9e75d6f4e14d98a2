package lab

import (
	"context"
	"errors"
	"time"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/packet"
)

// A host is a node's wire and all that has come in on it.
type host struct {
	port      topology.Port
	inbox     []Arrival
	fragments *packet.Reassembler
	// follow is told of every arrival.
	follow func(*Arrival)
}

func newHost(port topology.Port, follow func(*Arrival)) *host {
	return &host{port: port, fragments: packet.NewReassembler(), follow: follow}
}

// listen reads packets into the inbox until one that came after mark satisfies
// wanted, or patience is over, or in memory nothing is left to read. It
// returns the one found, or nil.
func (h *host) listen(
	ctx context.Context, mark int, patience time.Duration, wanted func(Arrival) bool,
) (*Arrival, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for seen := mark; ; {
		for ; seen < len(h.inbox); seen++ {
			if a := &h.inbox[seen]; (a.Damage == "" || a.damagedQuote()) && wanted(*a) {
				return a, nil
			}
		}
		done := bench.waiting()
		packet, err := h.port.Receive(ctx)
		done()
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
func (h *host) take(p topology.Packet) {
	arrival := parse(p.Data, p.Time)
	h.put(arrival)
	if whole, ok := h.fragments.Add(&arrival.Packet, p.Time); ok {
		h.put(Arrival{whole, p.Time})
	}
}

func (h *host) put(a Arrival) {
	h.inbox = append(h.inbox, a)
	h.follow(&a)
}
