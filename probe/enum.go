package probe

import (
	"fmt"
	"slices"
)

// A Dependence is how much of the remote endpoint a mapping or a filter depends
// on (RFC 4787, Sections 4.1 and 5). The order is that of strictness.
type Dependence int

const (
	// NotDetermined means that there is no verdict; Result.Reason says why.
	NotDetermined Dependence = iota
	EndpointIndependent
	AddressDependent
	AddressAndPortDependent
)

var dependences = []string{"not-determined", "endpoint-independent", "address-dependent", "address-and-port-dependent"}

func (d Dependence) String() string { return name(dependences, int(d)) }

// MarshalText writes the name that String returns.
func (d Dependence) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Dependence) UnmarshalText(text []byte) error {
	i, err := value(dependences, text)
	*d = Dependence(i)
	return err
}

// A Tristate is yes, no or not determined, which JSON knows as true, false and
// null.
type Tristate int

const (
	Unknown Tristate = iota
	Yes
	No
)

// tristates are its words in JSON.
var tristates = []string{"null", "true", "false"}

func (t Tristate) String() string { return name([]string{"not determined", "yes", "no"}, int(t)) }

// MarshalJSON writes true, false or null.
func (t Tristate) MarshalJSON() ([]byte, error) { return []byte(name(tristates, int(t))), nil }

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tristate) UnmarshalJSON(text []byte) error {
	i, err := value(tristates, text)
	*t = Tristate(i)
	return err
}

func tristate(b bool) Tristate {
	if b {
		return Yes
	}
	return No
}

// A Parity is whether a NAT keeps a port even or odd (RFC 4787, Section 4.2.2).
// A Pooling is how it chooses among several addresses (Section 4.1).
type (
	Parity  int
	Pooling int
)

const (
	ParityUnknown Parity = iota
	ParityPreserved
	ParityIgnored
)

const (
	PoolingUnknown Pooling = iota
	// Paired: all of a host's mappings had the same address. A NAT with one
	// address is paired too.
	Paired
	Arbitrary
)

var (
	parities = []string{"not-determined", "preserved", "not-preserved"}
	poolings = []string{"not-determined", "paired", "arbitrary"}
)

func (p Parity) String() string  { return name(parities, int(p)) }
func (p Pooling) String() string { return name(poolings, int(p)) }

// MarshalText writes the name that String returns.
func (p Parity) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// MarshalText writes the name that String returns.
func (p Pooling) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (p *Parity) UnmarshalText(text []byte) error {
	i, err := value(parities, text)
	*p = Parity(i)
	return err
}

// UnmarshalText reads what MarshalText writes.
func (p *Pooling) UnmarshalText(text []byte) error {
	i, err := value(poolings, text)
	*p = Pooling(i)
	return err
}

func name(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("invalid(%d)", i)
	}
	return names[i]
}

func value(names []string, text []byte) (int, error) {
	i := slices.Index(names, string(text))
	if i < 0 {
		return 0, fmt.Errorf("unknown value %q", text)
	}
	return i, nil
}
