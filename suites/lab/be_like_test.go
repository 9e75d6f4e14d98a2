package lab

import "testing"

func TestClasses(t *testing.T) {
	first := Class{EndpointIndependent, "filtering", "X:42000", "", nil}
	second := Class{AddressAndPortDependent, "filtering", "X2:42000", "", nil}
	if ok, _ := BeLike(first).Match(Class{EndpointIndependent, "filtering", "X3:42000", "", nil}); !ok {
		t.Error("two of one class are not alike")
	}
	want := "filtering of X2:42000 is address and port-dependent; " +
		"it must be endpoint-independent, as that of X:42000 is"
	if ok, _ := BeLike(first).Match(second); ok || BeLike(first).FailureMessage(second) != want {
		t.Errorf("alike: %t; %s", ok, BeLike(first).FailureMessage(second))
	}
	m := BeOfClass(EndpointIndependent, AddressDependent)
	want = "filtering of X2:42000 is address and port-dependent; it should be endpoint-independent or address-dependent"
	if ok, _ := m.Match(second); ok || m.FailureMessage(second) != want {
		t.Errorf("of the class: %t; %s", ok, m.FailureMessage(second))
	}
	if ok, _ := m.Match(first); !ok {
		t.Error("an allowed class is not taken")
	}
	if _, err := m.Match(EndpointIndependent); err == nil {
		t.Error("another type is taken")
	}
}
