package lab

import (
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// What came instead is told with the field in which it differs.
func TestUnlike(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	sent := y.To(x.Addr()).Carrying([]byte("abc"))
	as := func(change func(a *Arrival)) Arrival {
		a := Arrival{Packet: packet.Packet{
			Source: y80, Destination: x5000, Protocol: packet.UDP, ID: uint32(sent.id),
			Payload: append([]byte(nil), sent.payload...),
		}}
		change(&a)
		return a
	}
	n := len(sent.payload)
	for _, test := range []struct {
		name, want string
		change     func(a *Arrival)
	}{
		{"the packet", "", func(*Arrival) {}},
		{"damaged", "wrong UDP checksum", func(a *Arrival) { a.Damage = "wrong UDP checksum" }},
		{"longer", "it carries 31 bytes and not 30", func(a *Arrival) { a.Payload = append(a.Payload, 0) }},
		{"another byte", "1 of its 30 bytes are changed, the first at 29 from 0x63 to 0x64",
			func(a *Arrival) { a.Payload[n-1]++ }},
		{"to another host", "it is for 192.168.0.6 and not for 192.168.0.5",
			func(a *Arrival) { a.Destination = l.UDP("X2:5000").Addr() }},
		{"to another port", "it is for port 5001 and not for 5000",
			func(a *Arrival) { a.Destination = l.UDP("X:5001").Addr() }},
		{"another packet", "", func(a *Arrival) { a.ID, a.Payload = 999, []byte("natproof 999: else") }},
	} {
		if got := sent.unlike(x)(as(test.change)); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	heard := Heard{what: "it", observer: "X:5000", unlike: sent.unlike(x)}
	for range 6 {
		heard.Meanwhile = append(heard.Meanwhile, as(func(a *Arrival) { a.Payload = nil }))
	}
	got := BeHeard().FailureMessage(heard)
	for _, want := range []string{"X:5000 should hear it\n", "carries 0 bytes and not 30\n", "and 2 more"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q has no %q", got, want)
		}
	}
}
