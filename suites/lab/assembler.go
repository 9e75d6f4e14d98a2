package lab

import (
	"github.com/natproof/natproof/topology/packet"
)

// An assembler puts the fragments together that come in, so that what a NAT has made of
// them is known: it may have given it another ID.
type assembler struct {
	fragments map[bool]*packet.Reassembler // by side
	whole     map[string]bool              // by identity
}

func newAssembler() assembler {
	return assembler{
		map[bool]*packet.Reassembler{true: packet.NewReassembler(), false: packet.NewReassembler()}, map[string]bool{},
	}
}

func (a assembler) add(p *Passage) {
	if p.Outgoing {
		return
	}
	if whole, ok := a.fragments[p.Inside].Add(&p.Packet, p.lab); ok {
		a.whole[whole.Identity()] = true
	}
}

func (a assembler) has(key string) bool { return a.whole[key] }
