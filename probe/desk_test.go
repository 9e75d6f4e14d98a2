package probe

import "testing"

// A call that comes to the socket that made it was not hairpinned to the other.
func TestOwnCall(t *testing.T) {
	h := &hairpinner{desk: &desk{}, sockets: [2]Socket{{ID: 3}, {ID: 5}}, calls: [][]byte{{1}, {2}}}
	h.arrived(Arrival{Socket: 3, Payload: []byte{1}})
	h.arrived(Arrival{Socket: 5, Payload: []byte{2}})
	h.arrived(Arrival{Socket: 5, Payload: []byte{3}})
	if h.result.Works != Unknown {
		t.Errorf("works %v by the sockets' own calls", h.result.Works)
	}
	h.arrived(Arrival{Socket: 5, Payload: []byte{1}})
	if h.result.Works != Yes {
		t.Errorf("works %v after a call to the other socket", h.result.Works)
	}
}

// A datagram of two packets is lost twice as often, so silence to fragments needs
// twice the controls.
func TestFragmentsInSilence(t *testing.T) {
	for answered, want := range map[int]Tristate{6: Unknown, 9: Unknown, 30: No} {
		f := &fragmenter{tally: tally{answered: answered}}
		if f.judge(); f.result.Outbound != want {
			t.Errorf("%d controls are answered: %v, want %v", answered, f.result.Outbound, want)
		}
	}
}
