package refnat_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology/packet"
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
	x, y := netip.MustParseAddrPort("10.0.0.2:5000"), netip.MustParseAddrPort("198.51.100.1:7000")
	for protocol, segment := range map[packet.Protocol][]byte{
		packet.UDP: packet.UDPSegment(x, y, []byte("query")),
		packet.TCP: packet.TCPSegment(x, y, packet.TCPHeader{Flags: packet.SYN}, nil),
	} {
		head := packet.Header{Source: x.Addr(), Destination: y.Addr(), Protocol: protocol}
		first, err := head.Packet(segment)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, sent := range table.Outbound(first, now) {
			p, err := packet.Parse(sent.Data)
			fmt.Println(p.SourceEndpoint(), "to", p.DestinationEndpoint(), err)
		}
	}
	// Unordered output:
	// UDP 203.0.113.1:5000 to UDP 198.51.100.1:7000 <nil>
	// TCP 203.0.113.1:5000 to TCP 198.51.100.1:7000 <nil>
}
