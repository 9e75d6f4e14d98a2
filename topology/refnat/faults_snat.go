package refnat

import (
	"net/netip"

	"github.com/natproof/natproof/topology/packet"
)

// ChoiceFaults are in what a configuration chooses of translation: sources, ranges of
// ports, and clients that are hidden.
type ChoiceFaults struct {
	// SourceForFirstPort translates only the first endpoint of a host to the address that
	// was chosen for that.
	SourceForFirstPort bool `breaks:"translation.snat-source"`
	// SourceOfOneHost takes a subnet for the first of its hosts that sends.
	SourceOfOneHost bool `breaks:"translation.snat-subnet"`
	// SourceForAll translates every other host to the first address that was chosen.
	SourceForAll bool `breaks:"translation.snat-others" touches:"udp tcp icmp"`
	// SecondOfOneHost translates only the first host behind a second inside link to the
	// address that was chosen for that link.
	SecondOfOneHost bool `breaks:"translation.snat-interface"`
	// SecondForAll translates every host to the address that was chosen for those behind a
	// second inside link.
	SecondForAll bool `breaks:"translation.snat-interface"`
	// RangeWithoutLast does not forward the last port of a range.
	RangeWithoutLast bool `breaks:"translation.dnat-range"`
	// RangeWithNeighbours forwards the ports before and after a range as well.
	RangeWithNeighbours bool `breaks:"translation.dnat-range"`
	// RangeToOnePort forwards all ports of a range to the same port inside.
	RangeToOnePort bool `breaks:"translation.dnat-range"`
	// ClientsNotHidden shows the clients of a forward that it should hide. Breaks RFC 2663,
	// Section 4.3.
	ClientsNotHidden bool `breaks:"rfc2663.twice-nat"`
	// HiddenAsOne shows all clients that it should hide as one. Breaks RFC 2663, Section
	// 4.3.
	HiddenAsOne bool `breaks:"rfc2663.twice-nat"`
}

// choiceMistakes are what these faults remember.
type choiceMistakes struct {
	// first is the first port of a host that was translated to a chosen address, and
	// host the first host of a subnet.
	first map[netip.Addr]uint16
	host  map[netip.Prefix]netip.Addr
	// behind is the first host behind a second inside link.
	behind netip.Addr
}

func newChoiceMistakes() choiceMistakes {
	return choiceMistakes{first: map[netip.Addr]uint16{}, host: map[netip.Prefix]netip.Addr{}}
}

// sourceOf returns the address that was chosen for an inside endpoint, if one was.
func (t *Table) sourceOf(x packet.Endpoint) (netip.Addr, bool) {
	f := t.faults(x.Protocol).ChoiceFaults
	if t.fromSecond(f, x.Addr()) {
		return t.cfg.Second, true
	}
	places := t.faults(x.Protocol).PlaceFaults
	for _, source := range t.cfg.Sources {
		if !places.subnet(source.Inside).Contains(x.Addr()) || !places.chooses(x.Protocol, source.Inside) {
			continue
		}
		host, known := t.chosen.host[source.Inside]
		if !known {
			t.chosen.host[source.Inside] = x.Addr()
		}
		if f.SourceOfOneHost && !source.Inside.IsSingleIP() && known && host != x.Addr() {
			continue
		}
		first, known := t.chosen.first[x.Addr()]
		if !known {
			t.chosen.first[x.Addr()] = x.Port()
		}
		return source.External, !f.SourceForFirstPort || !source.Inside.IsSingleIP() || !known || first == x.Port()
	}
	if f.SourceForAll && len(t.cfg.Sources) > 0 {
		return t.cfg.Sources[0].External, true
	}
	return netip.Addr{}, false
}

// fromSecond reports whether a host leaves from the address that was chosen for those behind
// a second inside link.
func (t *Table) fromSecond(f ChoiceFaults, x netip.Addr) bool {
	behind := t.behindSecond(x)
	if behind && !t.chosen.behind.IsValid() {
		t.chosen.behind = x
	}
	if f.SecondOfOneHost {
		return behind && t.chosen.behind == x
	}
	return behind || f.SecondForAll && t.cfg.Second.IsValid()
}

// ranged returns the forwards of a configuration as they are served, of which those of a
// range follow one another.
func (f ChoiceFaults) ranged(forwards []Forward) []Forward {
	var served []Forward
	for i, one := range forwards {
		first := i == 0 || forwards[i-1] != one.beside(-1)
		last := i+1 == len(forwards) || forwards[i+1] != one.beside(1)
		if f.RangeWithoutLast && last && !first {
			continue
		}
		if f.RangeWithNeighbours && first && !last {
			served = append(served, one.beside(-1))
		}
		if f.RangeWithNeighbours && last && !first {
			served = append(served, one.beside(1))
		}
		if f.RangeToOnePort && !first {
			one.Inside = served[len(served)-1].Inside
		}
		served = append(served, one)
	}
	return served
}

// beside returns the forward whose ports are so far from f's.
func (f Forward) beside(by int) Forward {
	f.External = netip.AddrPortFrom(f.External.Addr(), f.External.Port()+uint16(by))
	f.Inside = netip.AddrPortFrom(f.Inside.Addr(), f.Inside.Port()+uint16(by))
	return f
}

// hiddenPort is the port that a client is to be seen with.
func (f ChoiceFaults) hiddenPort(y packet.Endpoint) uint16 {
	if f.HiddenAsOne {
		return 1
	}
	return y.Port()
}
