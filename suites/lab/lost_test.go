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

func TestLostIsListed(t *testing.T) {
	for want, lost := range map[string][]string{
		"what came in by the mapping: of a high port; of an odd port; toward a service": {
			"what came in by the mapping of a high port", "what came in by the mapping of an odd port",
			"what came in by the mapping toward a service",
		},
		"what came in by the mapping of a high port": {"what came in by the mapping of a high port"},
		"one to X; one to X2":                        {"one to X", "one to X2"},
		"what came in to: X; X late":                 {"what came in to X", "what came in to X late"},
		"":                                           nil,
	} {
		if got := listed(lost); got != want {
			t.Errorf("%q is %q, want %q", lost, got, want)
		}
	}
}
