package lab

import (
	"net/netip"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

func TestHavePrivateAddress(t *testing.T) {
	public := packet.Packet{Source: netip.AddrPortFrom(external[0][IPv4], 60000), Destination: y80}
	leak := packet.Packet{Source: x5000, Destination: y80}
	quoting := packet.Packet{Source: public.Source, Destination: y80, ICMP: &packet.ICMPMessage{Quote: &leak}}
	for _, test := range []struct {
		name   string
		packet packet.Packet
		want   bool
	}{{"public", public, false}, {"source", leak, true}, {"quoted source", quoting, true}} {
		if got, err := HavePrivateAddress().Match(Arrival{Packet: test.packet}); got != test.want || err != nil {
			t.Errorf("%s: %t, %v; want %t", test.name, got, err, test.want)
		}
	}
	if _, err := HavePrivateAddress().Match(public); err == nil {
		t.Error("the matcher takes what is not an Arrival")
	}
}
