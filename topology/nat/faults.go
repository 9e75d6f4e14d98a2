package nat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/natproof/natproof/topology/refnat"
)

// A Fault is a mistake of the reference NAT that is built in on purpose.
type Fault struct {
	Name string
	Does string // in plain words, what the NAT does for it
	// Breaks are the IDs of the requirements that fail for it, and Blinds those that cannot
	// be judged then. An ID that ends in a star means all that begin so.
	Breaks, Blinds []string
}

// Faults returns every fault that the reference NAT can be given.
func Faults() []Fault {
	var all []Fault
	for _, name := range refnat.FaultNames() {
		all = append(all, fault(name))
	}
	return all
}

// BrokenBy returns the names of the faults that break each requirement, by its ID.
func BrokenBy() map[string][]string {
	by := map[string][]string{}
	for _, name := range refnat.FaultNames() {
		for _, id := range refnat.FaultBreaks(name) {
			by[id] = append(by[id], name)
		}
	}
	return by
}

func fault(name string) Fault {
	return Fault{
		Name: name, Does: refnat.FaultDoes(name),
		Breaks: refnat.FaultBreaks(name), Blinds: refnat.FaultBlinds(name),
	}
}

// WithFaults returns the name, for Lookup, of a NAT that has these faults beside what its
// name says. The error is a *FaultlessError for a NAT that is not the reference NAT, and
// an *UnknownFaultError for a fault that there is not.
func WithFaults(name string, faults []string) (string, error) {
	if len(faults) == 0 {
		return name, nil
	}
	kind, options, _ := strings.Cut(name, ":")
	if kind != refName && kind != memoryName {
		return "", &FaultlessError{NAT: name}
	}
	for _, one := range faults {
		if !slices.Contains(refnat.FaultNames(), one) {
			return "", &UnknownFaultError{Name: one, Known: refnat.FaultNames()}
		}
	}
	if options != "" {
		faults = append([]string{options}, faults...)
	}
	return kind + ":" + strings.Join(faults, ","), nil
}

// An UnknownFaultError is a fault that the reference NAT does not have. Known lists those
// that it does.
type UnknownFaultError struct {
	Name  string
	Known []string
}

func (e *UnknownFaultError) Error() string {
	return fmt.Sprintf("nat: the reference NAT has no fault %q", e.Name)
}

// A FaultlessError is that faults are asked of a NAT that has none to choose.
type FaultlessError struct{ NAT string }

func (e *FaultlessError) Error() string {
	return fmt.Sprintf("nat: only the reference NAT has faults to build in, and %s is another NAT", e.NAT)
}
