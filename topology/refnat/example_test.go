package refnat_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/refnat"
)

func Example() {
	table, err := refnat.New(refnat.Config{
		Inside:     netip.MustParsePrefix("10.0.0.0/24"),
		InsideAddr: netip.MustParseAddr("10.0.0.1"),
		External:   []netip.Addr{netip.MustParseAddr("203.0.113.1")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, packet := range table.Outbound(query("10.0.0.2", "198.51.100.1"), now) {
		ip := gopacket.NewPacket(packet.Data, layers.LayerTypeIPv4, gopacket.Default)
		fmt.Println(ip.NetworkLayer().NetworkFlow())
	}
	for _, m := range table.Mappings(now) {
		fmt.Println(m.Internal, "is", m.External, "for", m.Expires.Sub(now))
	}
	// Output:
	// 203.0.113.1->198.51.100.1
	// 10.0.0.2:5000 is 203.0.113.1:5000 for 5m0s
}

// query returns a UDP packet from port 5000 to port 7000.
func query(src, dst string) []byte {
	ip := &layers.IPv4{
		Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP,
		SrcIP: netip.MustParseAddr(src).AsSlice(), DstIP: netip.MustParseAddr(dst).AsSlice(),
	}
	udp := &layers.UDP{SrcPort: 5000, DstPort: 7000}
	if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
		panic(err)
	}
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, ip, udp); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}
