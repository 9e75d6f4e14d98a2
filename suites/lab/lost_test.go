package lab

import "testing"

func TestLost(t *testing.T) {
	var lost Lost
	lost = lost.Unless(heardOnce(), "%d bytes", 1)
	if ok, err := BeNothing().Match(lost); !ok || err != nil {
		t.Errorf("%v: %v", lost, err)
	}
	lost = lost.Unless(silent, "%d bytes", 0)
	want := "not heard, while the controls before and after it were: 0 bytes"
	if ok, _ := BeNothing().Match(lost); ok || BeNothing().FailureMessage(lost) != want {
		t.Errorf("nothing: %t; %s", ok, BeNothing().FailureMessage(lost))
	}
	if _, err := BeNothing().Match(0); err == nil {
		t.Error("a number is taken for what was lost")
	}
}
