package refnat

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	b := Behaviour{
		Mapping: AddressDependent, Filtering: AddressAndPortDependent, Ports: PortRandom, Hairpin: HairpinNone,
	}
	got := fmt.Sprint(b.Translation, b.Mapping, b.Filtering, b.FilterState, b.Ports, b.Pooling, b.Hairpin)
	want := "NAPT address-dependent address-and-port-dependent per-endpoint random paired none"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Dependence(7).String(); got != "invalid(7)" {
		t.Errorf("an unknown one prints as %s", got)
	}
}
