package suites

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/reports"
)

func TestLadder(t *testing.T) {
	packet := func(source, destination netip.AddrPort, payload string) []byte {
		data, err := ipv4{source: source.Addr(), destination: destination.Addr(), protocol: layers.IPProtocolUDP}.bytes(udpSegment(source, destination, []byte(payload)))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	x1 := netip.AddrPortFrom(external[0], 60000)
	y2 := netip.AddrPortFrom(Addr("Y2"), 7)
	began := time.Unix(1000, 0)
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	records := []record{
		{wall: at(1), lab: at(1), inside: true, data: packet(x5000, y80, "out")},
		{wall: at(2), lab: at(2), outgoing: true, data: packet(x1, y80, "out")},
		{wall: at(2), lab: at(2), inside: true, data: packet(x5000, y80, controlPrefix+"1")},
		{wall: at(4), lab: at(124), data: packet(y2, x1, "unwanted")},
	}
	steps := []mark{{at(0), "x sends"}, {at(3), "two minutes later Y2 sends"}}

	got := ladder(records, steps, began, external[:1])
	want := reports.Ladder{
		Omitted: 1,
		Lanes: []reports.Lane{
			{Name: "X", Addrs: []string{"192.168.0.5"}, Side: "inside"},
			{Name: "NAT", Addrs: []string{"203.0.113.10"}, Side: "nat"},
			{Name: "Y1", Addrs: []string{"203.0.113.101"}, Side: "outside"},
			{Name: "Y2", Addrs: []string{"203.0.113.102"}, Side: "outside"},
		},
		Rungs: []reports.Rung{
			{AtMS: 1000, Step: "x sends"},
			{AtMS: 1000, Packet: &reports.Packet{
				Side: "inside", From: "X", To: "NAT", Src: "192.168.0.5:5000", Dst: "203.0.113.101:80", Info: "UDP 3 bytes",
			}},
			{AtMS: 2000, Packet: &reports.Packet{
				Side: "outside", From: "NAT", To: "Y1", Src: "203.0.113.10:60000", Dst: "203.0.113.101:80", Info: "UDP 3 bytes",
				Rewritten: []string{"src"},
			}},
			{AtMS: 124000, Step: "two minutes later Y2 sends"},
			{AtMS: 124000, Packet: &reports.Packet{
				Side: "outside", From: "Y2", To: "NAT", Src: "203.0.113.102:7", Dst: "203.0.113.10:60000", Info: "UDP 8 bytes",
				Dropped: true,
			}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ladder (-want +got):\n%s", diff)
	}
}
