package lab

import (
	"context"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// WithID gives the packet's IP header an ID that other packets may have as well.
func (p *Packet) WithID(id uint16) *Packet {
	p.id = id
	return p
}

// HearsAmid sends the fragments of one packet and those of another in turn, and
// observes whether e receives the first packet.
func (e *Endpoint) HearsAmid(ctx context.Context, p, other *Packet) Heard {
	ginkgo.GinkgoHelper()
	return e.Overhears(ctx, p.from, p.String(), p.heardBy(e), func() {
		ginkgo.GinkgoHelper()
		e.lab.interleave(ctx, p, other)
	})
}

// A piece is one fragment of a packet, sent by itself.
type piece struct {
	*Packet
	data []byte
}

func (p piece) packets() ([][]byte, error) { return [][]byte{p.data}, nil }

// pieces are the fragments of a packet.
func (p *Packet) pieces() ([]piece, error) {
	fragments, err := p.packets()
	var pieces []piece
	for _, data := range fragments {
		pieces = append(pieces, piece{p, data})
	}
	return pieces, err
}

// interleave sends the fragments of two packets, each in its order, and in turn
// the one's and the other's first: whoever mixes them has something of both. A packet
// that is whole is one piece.
func (l *Lab) interleave(ctx context.Context, p, other *Packet) {
	ginkgo.GinkgoHelper()
	p.leaves()
	other.leaves()
	one, err := p.pieces()
	if err != nil {
		l.breaks("spec: "+p.String(), err)
	}
	two, err := other.pieces()
	if err != nil {
		l.breaks("spec: "+other.String(), err)
	}
	for i := range max(len(one), len(two)) {
		first, second := one, two
		if i%2 == 1 {
			first, second = two, one
		}
		for _, pieces := range [][]piece{first, second} {
			if i < len(pieces) {
				l.put(ctx, pieces[i])
			}
		}
	}
}
