package packet

import (
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/ip4defrag"
	"github.com/gopacket/gopacket/layers"
)

// A Reassembler puts the fragments that a host receives together. It knows
// IPv4's.
type Reassembler struct{ v4 *ip4defrag.IPv4Defragmenter }

// NewReassembler returns a Reassembler that holds no fragments.
func NewReassembler() *Reassembler { return &Reassembler{ip4defrag.NewIPv4Defragmenter()} }

// Add takes in a sound fragment. When it was the last that was missing, Add
// returns the datagram as a packet, and true.
func (r *Reassembler) Add(p *Packet, at time.Time) (Packet, bool) {
	if p.Fragment == nil || p.Damage != "" || p.Is6() {
		return Packet{}, false
	}
	var ip layers.IPv4
	if ip.DecodeFromBytes(p.Data, gopacket.NilDecodeFeedback) != nil {
		return Packet{}, false
	}
	whole, err := r.v4.DefragIPv4WithTimestamp(&ip, at)
	if err != nil || whole == nil {
		return Packet{}, false
	}
	data, err := Header{
		Source: p.Source.Addr(), Destination: p.Destination.Addr(), Protocol: p.Protocol,
		ID: uint16(p.ID), TTL: whole.TTL, TrafficClass: whole.TOS,
	}.Packet(whole.Payload)
	if err != nil {
		return Packet{}, false
	}
	datagram, err := Parse(data)
	return datagram, err == nil
}
