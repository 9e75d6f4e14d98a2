package lab

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

func TestIDsApart(t *testing.T) {
	at := func(source string, id uint32, change ...func(*packet.Packet)) Arrival {
		p := packet.Packet{
			Source: netip.MustParseAddrPort(source), Destination: y80, Protocol: packet.UDP, ID: id,
		}
		for _, f := range change {
			f(&p)
		}
		return Arrival{Packet: p}
	}
	first := func(p *packet.Packet) { p.DontFragment, p.Fragment = true, &packet.Fragment{More: true} }
	atomic := func(p *packet.Packet) { p.DontFragment = true }
	const one, two, other = "203.0.113.10:1", "203.0.113.10:2", "203.0.113.11:2"
	for _, test := range []struct {
		name    string
		arrived []Arrival
		want    bool
	}{
		{"different IDs", []Arrival{at(one, 1), at(two, 2)}, true},
		{"one ID", []Arrival{at(one, 1), at(two, 1)}, false},
		{"one ID, and a third with it", []Arrival{at(one, 1), at(two, 1), at(one, 1)}, false},
		{"another address", []Arrival{at(one, 1), at(other, 1)}, true},
		{"the same packet twice", []Arrival{at(one, 1), at(one, 1)}, true},
		{"no fragment and not to be one", []Arrival{at(one, 1, atomic), at(two, 1, atomic)}, true},
		{"fragments that are not to be fragmented further", []Arrival{at(one, 1, first), at(two, 1, first)}, false},
	} {
		got, err := HaveIDsApart().Match(Numbered{observer: "Y1:7", arrived: test.arrived})
		if got != test.want || err != nil {
			t.Errorf("%s: %t, error %v, want %t", test.name, got, err, test.want)
		}
	}
	wrong := Numbered{observer: "Y1:7", arrived: []Arrival{at(one, 1), at(two, 1)}}
	text := HaveIDsApart().FailureMessage(wrong)
	for _, word := range []string{"Y1:7 has heard", one, two, "Repeated IDs: 1"} {
		if !strings.Contains(text, word) {
			t.Errorf("%q lacks %q", text, word)
		}
	}
	if _, err := HaveIDsApart().Match(Numbered{}); err == nil {
		t.Error("nothing that has arrived has IDs apart")
	}
}
