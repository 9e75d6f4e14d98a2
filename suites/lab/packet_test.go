package lab

import (
	"net/netip"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// One packet of each kind of endpoint, sound and known again by its receiver.
func TestPacketsOfEndpoints(t *testing.T) {
	for _, setup := range []Setup{{}, {Inside: IPv6, Outside: IPv6}} {
		l := &Lab{setup: setup}
		for name, ends := range map[string][2]*Endpoint{
			"UDP":  {l.UDP("X:5000"), l.UDP("Y1:80")},
			"TCP":  {l.TCP("X:5000"), l.TCP("Y1:80")},
			"echo": {l.Echo("X:77"), l.Echo("Y1:0")},
		} {
			x, y := ends[0], ends[1]
			p := x.To(y.Addr())
			p.leaves()
			a := sent(t, p)
			if a.Protocol != x.protocol || a.Source != x.Addr() || a.Destination != y.Addr() {
				t.Errorf("%s: %s of %v", name, a, a.Protocol)
			}
			if !p.heardBy(y)(a) || x.Sibling(x.port+1).To(y.Addr()).heardBy(y)(a) || p.heardBy(x)(a) {
				t.Errorf("%s: %s is not told from others", name, p)
			}
			if back := sent(t, y.To(x.Addr())); back.Destination != x.Addr() {
				t.Errorf("%s: the answer goes to %v", name, back.Destination)
			}
			if a.ICMP != nil && (a.ICMP.Code != 0 || !a.ICMP.Query) {
				t.Errorf("%s: type %d code %d is no echo", name, a.ICMP.Type, a.ICMP.Code)
			}
			if size := len(sent(t, x.To(y.Addr()).Size(700)).Data); size != 700 {
				t.Errorf("%s: %d bytes, want 700", name, size)
			}
		}
	}
	if a := sent(t, (&Lab{}).TCP("X:1").To(netip.AddrPortFrom(Addr("Y1"), 2))); a.TCP.Flags != packet.SYN {
		t.Errorf("a TCP endpoint sends %s", a.TCP.Flags)
	}
}

// sent returns the one packet that a stimulus is.
func sent(t *testing.T, s Stimulus) Arrival {
	t.Helper()
	data, err := s.packets()
	if err != nil || len(data) != 1 {
		t.Fatalf("%d packets, error %v", len(data), err)
	}
	p, err := packet.Parse(data[0])
	if err != nil || p.Damage != "" {
		t.Fatalf("damage %q, error %v", p.Damage, err)
	}
	return Arrival{Packet: p}
}

func TestPacketInFragments(t *testing.T) {
	l := &Lab{}
	y := l.UDP("Y1:80")
	fragments, err := l.UDP("X:5000").To(y.Addr()).Size(4000).InFragments(1480, 2, 0, 1).packets()
	if err != nil || len(fragments) != 3 {
		t.Fatalf("%d fragments, error %v", len(fragments), err)
	}
	for i, want := range []packet.Fragment{
		{Offset: 2960, Length: 1020}, {Offset: 0, Length: 1480, More: true}, {Offset: 1480, Length: 1480, More: true},
	} {
		p, err := packet.Parse(fragments[i])
		if err != nil || p.Fragment == nil || *p.Fragment != want {
			t.Errorf("fragment %d is %+v, error %v; want %+v", i, p.Fragment, err, want)
		}
	}
	a := sent(t, l.UDP("X:1").To(y.Addr()).WithoutChecksum().DontFragment())
	if a.UDP.Checksum != 0 || !a.DontFragment {
		t.Errorf("checksum %#x, DF %t", a.UDP.Checksum, a.DontFragment)
	}
}
