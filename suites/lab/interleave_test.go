package lab

import "testing"

// Fragments that alternate are heard each for itself, unless the NAT tells them
// apart by their ID alone.
func TestHearsAmid(t *testing.T) {
	for nat, want := range map[string]bool{"memory": true, "memory:fragments-by-id": false} {
		l := newTestLab(t, nat, Setup{}, nothing)
		x, x2, y := l.UDP("X:5000"), l.UDP("X2:5000"), l.UDP("Y1:80")
		train := func(e *Endpoint, size int) *Packet { return e.To(y.Addr()).Size(size).WithID(7).InFragments(1480) }
		heard := y.HearsAmid(t.Context(), train(x, 4000), train(x2, 4000))
		if got := heard.Arrival != nil; got != want {
			t.Errorf("%s: heard %t, want %t", nat, got, want)
		}
	}
}

// No nonsense passes for a packet of the mapping's.
func TestNonsense(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	arrived := x.ArrivesAt(t.Context(), y)
	for _, nonsense := range NonsenseAbout(arrived) {
		heard := x.Hears(t.Context(), l.ICMPError("Y1", 3, 3, 0, arrived).QuotingBytes(nonsense.Data))
		if len(heard.Meanwhile) != 0 {
			t.Errorf("%s: %s", nonsense.Name, heard.Meanwhile[0])
		}
	}
}
