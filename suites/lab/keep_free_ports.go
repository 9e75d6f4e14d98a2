package lab

import (
	"fmt"
	"net/netip"

	"github.com/onsi/gomega/types"
)

// Unpreserved returns the sightings whose port was changed, of a NAT that does not
// preserve ports: of free ones, which these have to be, it keeps less than half.
func (s Sightings) Unpreserved() Sightings {
	if s.preserved() {
		return nil
	}
	return s.changed()
}

// Displaced returns the sightings whose port was changed, where the NAT preserves the
// free ones: they had to give way.
func (s Sightings) Displaced(free Sightings) Sightings {
	if !free.preserved() {
		return nil
	}
	return s.changed()
}

// WithParity returns all, if the ports of all are as even or odd as the internal ones;
// and WithoutParity returns them otherwise.
func (s Sightings) WithParity() Sightings {
	if len(KeepParity().(portMatcher).changed(s)) > 0 {
		return nil
	}
	return s
}

// WithoutParity returns what WithParity does not.
func (s Sightings) WithoutParity() Sightings {
	if s.WithParity() != nil {
		return nil
	}
	return s
}

func (s Sightings) changed() Sightings {
	var changed Sightings
	for _, one := range s {
		if one.Source.Port() != one.X.port {
			changed = append(changed, one)
		}
	}
	return changed
}

func (s Sightings) preserved() bool { return 2*len(s.changed()) <= len(s) }

// KeepFreePorts succeeds when a NAT that preserves ports has kept all of them, which
// were free.
func KeepFreePorts() types.GomegaMatcher { return freeMatcher{} }

type freeMatcher struct{}

func (freeMatcher) Match(actual any) (bool, error) {
	seen, ok := actual.(Sightings)
	if !ok {
		return false, fmt.Errorf("the matcher wants Sightings, not %T", actual)
	}
	return !seen.preserved() || len(seen.changed()) == 0, nil
}

func (freeMatcher) FailureMessage(actual any) string {
	seen := actual.(Sightings)
	changed := seen.changed()
	const must = "a port must be changed only when it is in use"
	return changed[0].missed(fmt.Sprintf("of %d free ports the NAT has kept %d, so it preserves ports, but %s; %s",
		len(seen), len(seen)-len(changed), changed[0], must),
		must, netip.AddrPortFrom(changed[0].Source.Addr(), changed[0].X.port).String())
}

func (freeMatcher) NegatedFailureMessage(any) string { return "all free ports were kept" }
