package suites_test

import (
	"fmt"
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// A met is a packet that comes to a NAT, whole or as a fragment, and where it goes.
type met struct {
	*packet.Packet
	// by is how it passes, "out by a mapping" for one.
	by string
}

// A drop is a kind of packets.
type drop struct {
	name string
	is   func(p met) bool
}

// by are the ways of packets through a NAT.
var by = []string{
	"out by a mapping", "in by a mapping", "out by a forward", "in by a forward", "out by a pair", "in by a pair",
	"turned around",
}

// drops are kinds of packets that a sound NAT carries, each on each way.
var drops = func() []drop {
	var all []drop
	kinds := slices.Concat(ofAll(), ofPorts(), ofSegments(), ofErrors())
	for _, way := range by {
		for _, kind := range kinds {
			all = append(all, drop{kind.name + " " + way, func(p met) bool { return p.by == way && kind.is(p) }})
		}
	}
	return all
}()

// carried are the protocols whose packets have kinds.
var carried = []struct {
	name string
	is   func(p met) bool
}{
	{"datagrams", func(p met) bool { return p.UDP != nil && p.Fragment == nil }},
	{"segments", func(p met) bool { return p.TCP != nil && p.Fragment == nil }},
	{"queries", func(p met) bool { return p.ICMP != nil && p.ICMP.Query && p.Fragment == nil }},
}

// ofAll are kinds by the IP header and the length.
func ofAll() []drop {
	kinds := []drop{
		{"with few hops to live", func(p met) bool { return p.TTL < 5 }},
		{"with many hops to live", func(p met) bool { return p.TTL > 200 }},
		{"of a class", func(p met) bool { return p.TrafficClass>>2 != 0 }},
		{"of expedited forwarding", func(p met) bool { return p.TrafficClass == 0xb8 }},
		{"with ECN", func(p met) bool { return p.TrafficClass&3 != 0 }},
		{"with the ID 0", func(p met) bool { return p.ID == 0 }},
		{"that may not be fragmented", func(p met) bool { return p.DontFragment }},
		{"that are long and may be fragmented", func(p met) bool { return !p.DontFragment && len(p.Data) > 1000 }},
	}
	for _, n := range [][2]int{
		{0, 0}, {1, 1}, {2, 7}, {8, 20}, {100, 499}, {500, 600}, {1000, 1300}, {1400, 1460}, {1461, 1472},
	} {
		kinds = append(kinds, drop{
			fmt.Sprintf("of %d to %d bytes", n[0], n[1]),
			func(p met) bool {
				return len(p.Payload) >= n[0] && len(p.Payload) <= n[1] && (p.TCP == nil || n[1] > 0)
			},
		})
	}
	var all []drop
	for _, of := range carried {
		for _, kind := range kinds {
			all = append(all, drop{of.name + " " + kind.name, func(p met) bool { return of.is(p) && kind.is(p) }})
		}
	}
	return append(all,
		drop{"datagrams without a checksum", func(p met) bool { return p.UDP != nil && p.UDP.Checksum == 0 }},
		drop{"fragments of datagrams", func(p met) bool { return p.Fragment != nil && p.Protocol == packet.UDP }},
	)
}

// ofPorts are kinds by the ports of either end.
func ofPorts() []drop {
	kinds := []struct {
		name string
		is   func(from, to uint16) bool
	}{
		{"from ports below 1024", func(from, _ uint16) bool { return from < 1024 }},
		{"to ports below 1024", func(_, to uint16) bool { return to < 1024 }},
		{"from ports above 60000", func(from, _ uint16) bool { return from > 60000 }},
		{"to ports above 60000", func(_, to uint16) bool { return to > 60000 }},
		{"from ports of the upper half", func(from, _ uint16) bool { return from >= 32768 }},
		{"from even ports", func(from, _ uint16) bool { return from%2 == 0 }},
		{"from odd ports", func(from, _ uint16) bool { return from%2 == 1 }},
		{"between equal ports", func(from, to uint16) bool { return from == to }},
		{"between ports above 1023", func(from, to uint16) bool { return min(from, to) > 1023 }},
		{"to port 443", func(_, to uint16) bool { return to == 443 }},
		{"from port 53", func(from, _ uint16) bool { return from == 53 }},
	}
	var all []drop
	for _, of := range carried[:2] {
		for _, kind := range kinds {
			all = append(all, drop{of.name + " " + kind.name, func(p met) bool {
				return of.is(p) && kind.is(p.Source.Port(), p.Destination.Port())
			}})
		}
	}
	return all
}

// ofSegments are kinds by the header of TCP.
func ofSegments() []drop {
	const fin, syn, rst, psh, ack = packet.FIN, packet.SYN, packet.RST, packet.PSH, packet.ACK
	flags := func(of, set packet.Flags) func(p met) bool {
		return func(p met) bool { return p.TCP != nil && p.Fragment == nil && p.TCP.Flags&of == set }
	}
	with := func(is func(p met) bool, data bool) func(p met) bool {
		return func(p met) bool { return is(p) && (len(p.Payload) > 0) == data }
	}
	header := func(is func(h *packet.TCPHeader) bool) func(p met) bool {
		return func(p met) bool { return p.TCP != nil && p.Fragment == nil && is(p.TCP) }
	}
	return []drop{
		{"SYNs", flags(syn|ack, syn)},
		{"SYNs with ECN", flags(syn|ack|packet.ECE, syn|packet.ECE)},
		{"SYNs with data", with(flags(syn|ack, syn), true)},
		{"SYN-ACKs", flags(syn|ack, syn|ack)},
		{"bare ACKs", with(flags(syn|ack|fin|rst|psh, ack), false)},
		{"data that is not pushed", with(flags(syn|ack|fin|rst|psh, ack), true)},
		{"data", with(flags(psh|fin, psh), true)},
		{"FINs", flags(fin, fin)},
		{"FINs with data", with(flags(fin, fin), true)},
		{"bare RSTs", flags(rst|ack, rst)},
		{"RSTs that acknowledge", flags(rst|ack, rst|ack)},
		{"urgent data", flags(packet.URG, packet.URG)},
		{"echoes of congestion", flags(packet.ECE|syn, packet.ECE)},
		{"closed windows", header(func(h *packet.TCPHeader) bool { return h.Window == 0 && h.Flags&(syn|rst) == 0 })},
		{"sequence numbers of the upper half", header(func(h *packet.TCPHeader) bool { return h.Seq >= 1<<31 })},
		{"options in SYNs", header(func(h *packet.TCPHeader) bool { return h.Flags&syn != 0 && len(h.Options) > 0 })},
		{"options in data", header(func(h *packet.TCPHeader) bool { return h.Flags&psh != 0 && len(h.Options) > 0 })},
		{"bare SYNs", header(func(h *packet.TCPHeader) bool { return h.Flags&syn != 0 && len(h.Options) == 0 })},
	}
}

// ofErrors are the ICMP errors, by what they are about.
func ofErrors() []drop {
	var all []drop
	for _, about := range []struct {
		name     string
		protocol packet.Protocol
	}{{"datagrams", packet.UDP}, {"segments", packet.TCP}, {"queries", packet.ICMP}} {
		quotes := func(p met) bool {
			return p.ICMP != nil && p.ICMP.Quote != nil && p.ICMP.Quote.Protocol == about.protocol
		}
		for _, kind := range [][2]uint8{
			{3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}, {3, 5}, {3, 10}, {3, 13}, {3, 15},
			{11, 0}, {11, 1}, {12, 0}, {12, 2},
		} {
			all = append(all, drop{
				fmt.Sprintf("errors %d/%d about %s", kind[0], kind[1], about.name),
				func(p met) bool { return quotes(p) && p.ICMP.Type == kind[0] && p.ICMP.Code == kind[1] },
			})
		}
		all = append(all,
			drop{"errors of routers about " + about.name, func(p met) bool {
				return quotes(p) && p.Source.Addr() != p.ICMP.Quote.Destination.Addr()
			}},
			drop{"errors of hosts about " + about.name, func(p met) bool {
				return quotes(p) && p.Source.Addr() == p.ICMP.Quote.Destination.Addr()
			}},
			drop{"long errors about " + about.name, func(p met) bool { return quotes(p) && len(p.Data) > 200 }},
		)
	}
	return all
}
