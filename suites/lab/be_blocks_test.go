package lab

import "testing"

func TestLieInBlocks(t *testing.T) {
	for name, test := range map[string]struct {
		seen  Sightings
		right bool
	}{
		"one block each": {Sightings{
			sighting(1, "X", "Y1", "203.0.113.10:1024"), sighting(2, "X", "Y1", "203.0.113.10:1043"),
			sighting(1, "X2", "Y1", "203.0.113.10:1044"),
		}, true},
		"too far apart": {Sightings{
			sighting(1, "X", "Y1", "203.0.113.10:1024"), sighting(2, "X", "Y1", "203.0.113.10:1044"),
		}, false},
		"another address": {Sightings{
			sighting(1, "X", "Y1", "203.0.113.10:1024"), sighting(2, "X", "Y1", "203.0.113.11:1025"),
		}, false},
		"one port of two hosts": {Sightings{
			sighting(1, "X", "Y1", "203.0.113.10:1024"), sighting(1, "X2", "Y1", "203.0.113.10:1024"),
		}, false},
	} {
		if ok, err := LieInBlocks(20).Match(test.seen); ok != test.right || err != nil {
			t.Errorf("%s: %t, %v", name, ok, err)
		}
	}
}
