package refnat

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	got := fmt.Sprint(Behaviour{
		Mapping: AddressDependent, Filtering: AddressAndPortDependent, Ports: PortRandom, Hairpin: HairpinNone,
	})
	want := "{NAPT address-dependent address-and-port-dependent per-endpoint random false false paired none 0s 0s " +
		"map[] false false false 0}"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Dependence(7).String(); got != "invalid(7)" {
		t.Errorf("an unknown one prints as %s", got)
	}
}
