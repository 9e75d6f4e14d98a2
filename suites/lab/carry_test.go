package lab

import (
	"strings"
	"testing"
)

func TestCarry(t *testing.T) {
	heard := heardOnce()
	payload := heard.Arrival.Payload
	if ok, _ := Carry(payload).Match(heard); !ok {
		t.Error("Carry does not know its payload")
	}
	altered := Heard{Meanwhile: []Arrival{*heard.Arrival}, observer: "Y1:80"}
	other := append(append([]byte{}, payload[:3]...), "192.168.0.5"...)
	if ok, _ := Carry(other).Match(heard); ok {
		t.Error("Carry takes another payload")
	}
	for _, test := range []struct{ name, message, want string }{
		{"altered", Carry(other).FailureMessage(altered), "from byte 3 on\n  \"192.168.0.5\" was sent, and\n"},
		{"silence", Carry(other).FailureMessage(silent), "nothing arrived at X"},
		{"heard all the same", Carry(payload).NegatedFailureMessage(heard), "but did"},
	} {
		if !strings.Contains(test.message, test.want) {
			t.Errorf("%s: message %q, want one with %q", test.name, test.message, test.want)
		}
	}
}
