package lab

import "testing"

func TestKeepPort(t *testing.T) {
	odd := Sightings{
		sighting(20001, "X", "Y1", "203.0.113.10:20001"), sighting(20001, "X2", "Y1", "203.0.113.10:20002"),
		sighting(20004, "X2", "Y1", "203.0.113.10:20005"),
	}
	want := "X2:20001 is 203.0.113.10:20002 toward Y1:7; the external port must be an odd port, too " +
		"(more sessions like this: 1)"
	if ok, _ := KeepParity().Match(odd); ok || KeepParity().FailureMessage(odd) != want {
		t.Errorf("matches %t: %s", ok, KeepParity().FailureMessage(odd))
	}
	low := Sightings{sighting(53, "X", "Y1", "203.0.113.10:1024")}
	want = "X:53 is 203.0.113.10:1024 toward Y1:7; the external port must be a port of 0-1023, too"
	if ok, _ := KeepRangeClass().Match(low); ok || KeepRangeClass().FailureMessage(low) != want {
		t.Errorf("matches %t: %s", ok, KeepRangeClass().FailureMessage(low))
	}
	sound := Sightings{sighting(1023, "X", "Y1", "203.0.113.10:3"), sighting(1025, "X", "Y1", "203.0.113.10:65535")}
	if ok, _ := KeepRangeClass().Match(sound); !ok {
		t.Error("other ports of the class are not taken")
	}
	if ok, _ := KeepParity().Match(sound); !ok {
		t.Error("other ports of the parity are not taken")
	}
	if _, err := KeepParity().Match(3); err == nil {
		t.Error("a number is taken for sightings")
	}
}
