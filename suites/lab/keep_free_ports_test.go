package lab

import "testing"

func TestKeepFreePorts(t *testing.T) {
	changing := func(every int) Sightings {
		return chosen(12, func(i int, x uint16) uint16 {
			if (i+1)%every == 0 {
				return x + 5
			}
			return x
		})
	}
	want := "of 12 free ports the NAT has kept 9, so it preserves ports, but X:40009 is 203.0.113.10:40014 " +
		"toward Y1:7; a port must be changed only when it is in use"
	if got := KeepFreePorts().FailureMessage(changing(4)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for every, kept := range map[int]bool{1: true, 4: false, 13: true} {
		if ok, err := KeepFreePorts().Match(changing(every)); ok != kept || err != nil {
			t.Errorf("every %dth changed: %t, %v", every, ok, err)
		}
	}
	if _, err := KeepFreePorts().Match(3); err == nil {
		t.Error("a number is taken for sightings")
	}
}

// Which ports are judged depends on what the NAT is seen to do.
func TestChangedPorts(t *testing.T) {
	kept := chosen(4, func(_ int, x uint16) uint16 { return x })
	even := chosen(4, func(_ int, x uint16) uint16 { return x + 2 })
	odd := chosen(4, func(_ int, x uint16) uint16 { return x + 1 })
	for name, test := range map[string]struct {
		got  Sightings
		want int
	}{
		"preserved":              {kept.Unpreserved(), 0},
		"not preserved":          {odd.Unpreserved(), 4},
		"displaced":              {odd.Displaced(kept), 4},
		"displaced by nobody":    {kept.Displaced(kept), 0},
		"changed anyway":         {odd.Displaced(odd), 0},
		"with parity":            {even.WithParity(), 4},
		"with another":           {odd.WithParity(), 0},
		"without parity":         {odd.WithoutParity(), 4},
		"without, though it has": {even.WithoutParity(), 0},
	} {
		if len(test.got) != test.want {
			t.Errorf("%s: %v, want %d", name, test.got, test.want)
		}
	}
}
