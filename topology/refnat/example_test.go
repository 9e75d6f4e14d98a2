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
	head := packet.Header{Source: x.Addr(), Destination: y.Addr(), Protocol: packet.UDP}
	query, err := head.Packet(packet.UDPSegment(x, y, []byte("query")))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, sent := range table.Outbound(query, now) {
		p, err := packet.Parse(sent.Data)
		fmt.Println(p.SourceEndpoint(), "to", p.DestinationEndpoint(), err)
	}
	// Output:
	// UDP 203.0.113.1:5000 to UDP 198.51.100.1:7000 <nil>
}
