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

// TestFirstLost: of a series, the first that was lost is what its picture marks.
func TestFirstLost(t *testing.T) {
	l := &Lab{}
	lost := Lost{}.Unless(heardOnce(), "heard")
	for _, what := range []string{"one", "two"} {
		lost = lost.Unless(Heard{lab: l, what: what}, "%s", what)
	}
	if l.firstLost.what != "one" {
		t.Errorf("%q is marked", l.firstLost.what)
	}
}
