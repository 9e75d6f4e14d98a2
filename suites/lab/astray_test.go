package lab

import (
	"net/netip"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// What another host hears of a flow is astray, save for a copy of what its host hears.
func TestStrayed(t *testing.T) {
	flow := &Flow{X: &Endpoint{lab: &Lab{}, place: named("X"), port: 7}, Y: &Endpoint{lab: &Lab{}, place: named("Y1")}}
	at := func(host string) Arrival {
		return Arrival{Packet: packet.Packet{
			Source: flow.Y.Addr(), Destination: netip.AddrPortFrom(Addr(host), 7), Payload: []byte("answer"),
		}}
	}
	known := map[string]*Flow{"answer": flow}
	for name, test := range map[string]struct {
		arrivals []Arrival
		heard    []*Flow
		astray   int
	}{
		"its host":     {[]Arrival{at("X")}, []*Flow{flow}, 0},
		"another host": {[]Arrival{at("X2")}, nil, 1},
		"both":         {[]Arrival{at("X"), at("X2")}, []*Flow{flow}, 0},
		"nobody":       {nil, nil, 0},
	} {
		if got := strayed(test.arrivals, known, test.heard); len(got) != test.astray {
			t.Errorf("%s: %v, want %d", name, got, test.astray)
		}
	}
}
