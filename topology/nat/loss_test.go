package nat

import (
	"errors"
	"testing"

	"github.com/natproof/natproof/topology/refnat"
)

var testConfig refnat.Config

func TestLosing(t *testing.T) {
	seeds := map[uint64]bool{}
	for _, name := range []string{"memory:loss-3,seed-1", "memory:seed-2,loss-3", "memory:loss-3"} {
		driver, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			c := driver.(*memory).losing.of(testConfig)
			if c.Behaviour.Loss != 0.03 {
				t.Errorf("%s: loss %v, want 0.03", name, c.Behaviour.Loss)
			}
			seeds[c.Seed] = true
		}
	}
	if len(seeds) != 6 {
		t.Errorf("%d seeds, want one for each NAT of each name", len(seeds))
	}
	driver, err := Lookup("memory:seed-7")
	if err != nil {
		t.Fatal(err)
	}
	if c := driver.(*memory).losing.of(testConfig); c.Behaviour.Loss != 0 || c.Seed != 0 {
		t.Errorf("without a loss: %+v", c)
	}
	var unknown *UnknownOptionError
	for _, name := range []string{"ref:loss-", "ref:loss-3x", "ref:loss--3", "ref:loss-N", "nftables:loss-3"} {
		if _, err := Lookup(name); !errors.As(err, &unknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
