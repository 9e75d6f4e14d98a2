package topology

import (
	"net"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

const (
	etherTypeIPv4 = uint16(layers.EthernetTypeIPv4)
	etherTypeIPv6 = uint16(layers.EthernetTypeIPv6)
	etherTypeARP  = uint16(layers.EthernetTypeARP)
)

// ndHopLimit tells a message that comes from this link.
const ndHopLimit = 255

const ipv6HeaderLen = 40

// A mac is an Ethernet address.
type mac [6]byte

var broadcast = mac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// A binding says which Ethernet address an IP address is at.
type binding struct {
	addr netip.Addr
	mac  mac
}

// A sighting is what an ARP or neighbour discovery message tells: where its
// sender is, and whom it asks for, if it asks.
type sighting struct {
	sender binding
	asks   netip.Addr // zero in an answer
}

// parseARP reads an ARP message for Ethernet and IPv4 (RFC 826).
func parseARP(data []byte) (sighting, bool) {
	var arp layers.ARP
	if arp.DecodeFromBytes(data, gopacket.NilDecodeFeedback) != nil ||
		len(arp.SourceHwAddress) != 6 || len(arp.SourceProtAddress) != 4 || len(arp.DstProtAddress) != 4 {
		return sighting{}, false
	}
	s := sighting{sender: binding{
		addr: netip.AddrFrom4([4]byte(arp.SourceProtAddress)),
		mac:  mac(arp.SourceHwAddress),
	}}
	if arp.Operation == layers.ARPRequest {
		s.asks = netip.AddrFrom4([4]byte(arp.DstProtAddress))
	}
	return s, true
}

// isND reports whether an IPv6 packet belongs to neighbour discovery (RFC 4861,
// Section 4), which no router forwards: all of it has the largest hop limit.
func isND(packet []byte) bool {
	if len(packet) <= ipv6HeaderLen || packet[6] != byte(layers.IPProtocolICMPv6) || packet[7] != ndHopLimit {
		return false
	}
	kind := packet[ipv6HeaderLen]
	return kind >= layers.ICMPv6TypeRouterSolicitation && kind <= layers.ICMPv6TypeRedirect
}

// parseND reads a neighbour solicitation or advertisement (RFC 4861, Sections
// 4.3 and 4.4) out of an IPv6 packet from the Ethernet address from. It returns
// false for any other packet, and for one that a router may have forwarded.
func parseND(packet []byte, from mac) (sighting, bool) {
	const icmpHeaderLen = 4
	if len(packet) < ipv6HeaderLen+icmpHeaderLen || !isND(packet) {
		return sighting{}, false
	}
	body := packet[ipv6HeaderLen+icmpHeaderLen:]
	switch packet[ipv6HeaderLen] {
	case layers.ICMPv6TypeNeighborSolicitation:
		var ns layers.ICMPv6NeighborSolicitation
		if ns.DecodeFromBytes(body, gopacket.NilDecodeFeedback) != nil {
			return sighting{}, false
		}
		source := netip.AddrFrom16([16]byte(packet[8:24]))
		at := linkAddress(ns.Options, layers.ICMPv6OptSourceAddress, from)
		return sighting{sender: binding{source, at}, asks: netip.AddrFrom16([16]byte(ns.TargetAddress))}, true
	case layers.ICMPv6TypeNeighborAdvertisement:
		var na layers.ICMPv6NeighborAdvertisement
		if na.DecodeFromBytes(body, gopacket.NilDecodeFeedback) != nil {
			return sighting{}, false
		}
		at := linkAddress(na.Options, layers.ICMPv6OptTargetAddress, from)
		return sighting{sender: binding{netip.AddrFrom16([16]byte(na.TargetAddress)), at}}, true
	}
	return sighting{}, false
}

func linkAddress(options layers.ICMPv6Options, kind layers.ICMPv6Opt, otherwise mac) mac {
	for _, option := range options {
		if option.Type == kind && len(option.Data) == 6 {
			return mac(option.Data)
		}
	}
	return otherwise
}

// question returns the frame by which self asks where addr is. Self's address
// may be zero, as long as it is of addr's family.
func question(self binding, addr netip.Addr) ([]byte, error) {
	if addr.Is4() {
		return arpFrame(layers.ARPRequest, self, binding{addr: addr}, broadcast)
	}
	// RFC 4291, Section 2.7.1, and RFC 2464, Section 7.
	a := addr.As16()
	group := netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 11: 1, 12: 0xff, 13: a[13], 14: a[14], 15: a[15]})
	at := mac{0x33, 0x33, 0xff, a[13], a[14], a[15]}
	return ndFrame(self, binding{group, at}, layers.ICMPv6TypeNeighborSolicitation,
		&layers.ICMPv6NeighborSolicitation{
			TargetAddress: addr.AsSlice(),
			Options:       ndOption(layers.ICMPv6OptSourceAddress, self),
		})
}

// answer returns the frame by which self tells asker where it is.
func answer(self, asker binding) ([]byte, error) {
	if self.addr.Is4() {
		return arpFrame(layers.ARPReply, self, asker, asker.mac)
	}
	const solicited, override = 0x40, 0x20
	flags := uint8(solicited | override)
	if asker.addr.IsUnspecified() {
		// RFC 4861, Section 7.2.4: whoever has no address yet is told by
		// way of all nodes.
		asker = binding{netip.IPv6LinkLocalAllNodes(), mac{0x33, 0x33, 0, 0, 0, 1}}
		flags = override
	}
	return ndFrame(self, asker, layers.ICMPv6TypeNeighborAdvertisement,
		&layers.ICMPv6NeighborAdvertisement{
			Flags:         flags,
			TargetAddress: self.addr.AsSlice(),
			Options:       ndOption(layers.ICMPv6OptTargetAddress, self),
		})
}

func arpFrame(operation uint16, self, other binding, to mac) ([]byte, error) {
	return serialize(ethernet(self.mac, to, layers.EthernetTypeARP), arpMessage(operation, self, other))
}

func arpMessage(operation uint16, self, other binding) *layers.ARP {
	return &layers.ARP{
		AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4,
		HwAddressSize: 6, ProtAddressSize: 4, Operation: operation,
		SourceHwAddress: self.mac[:], SourceProtAddress: self.addr.AsSlice(),
		DstHwAddress: other.mac[:], DstProtAddress: other.addr.AsSlice(),
	}
}

func ndFrame(self, to binding, kind uint8, body gopacket.SerializableLayer) ([]byte, error) {
	ip := &layers.IPv6{
		Version: 6, NextHeader: layers.IPProtocolICMPv6, HopLimit: ndHopLimit,
		SrcIP: self.addr.AsSlice(), DstIP: to.addr.AsSlice(),
	}
	icmp := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(kind, 0)}
	if err := icmp.SetNetworkLayerForChecksum(ip); err != nil {
		return nil, err
	}
	return serialize(ethernet(self.mac, to.mac, layers.EthernetTypeIPv6), ip, icmp, body)
}

func ndOption(kind layers.ICMPv6Opt, self binding) layers.ICMPv6Options {
	if self.addr.IsUnspecified() {
		return nil // RFC 4861, Section 4.3: not from the unspecified address
	}
	return layers.ICMPv6Options{{Type: kind, Data: self.mac[:]}}
}

func ethernet(from, to mac, kind layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{
		SrcMAC: net.HardwareAddr(from[:]), DstMAC: net.HardwareAddr(to[:]), EthernetType: kind,
	}
}

func serialize(stack ...gopacket.SerializableLayer) ([]byte, error) {
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, stack...); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}
