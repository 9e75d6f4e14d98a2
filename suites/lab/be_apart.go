package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/onsi/gomega/types"
)

// ShareMappings succeeds when each internal address and port among sightings is seen as
// one external endpoint by both protocols.
func ShareMappings() types.GomegaMatcher {
	return pairMatcher{
		must:  "it must be one endpoint",
		wrong: func(p twins) bool { return p.first.Source != p.then.Source },
	}
}

// HaveMappingsApart succeeds when each protocol has mappings of its own, as far as that
// shows: endpoints that have kept their internal port may do so in both protocols. Of
// those that have not all would be seen as the same, where a mapping is shared. One could
// by chance; that several are has a chance of less than 1 in 10^6.
func HaveMappingsApart() types.GomegaMatcher {
	return pairMatcher{
		must: "of the ports that were changed all are the same by both; each protocol must have mappings of its own",
		same: true,
		wrong: func(p twins) bool {
			return p.first.Source == p.then.Source && p.first.Source.Port() != p.first.X.port
		},
	}
}

// twins are sightings of one internal address and port in two protocols.
type twins struct{ first, then Sighting }

func (t twins) String() string {
	return fmt.Sprintf("%s is %s by %s and %s by %s", t.first.X, t.first.Source, t.first.X.protocol,
		t.then.Source, t.then.X.protocol)
}

// A pairMatcher finds twins that a sound NAT does not have.
type pairMatcher struct {
	must  string
	wrong func(twins) bool
	// same: they are not sound if several are wrong and all others kept their port.
	same bool
}

// twinsAmong returns the first sighting of each address and port, with the first one of
// another protocol beside it.
func twinsAmong(seen Sightings) []twins {
	first := map[netip.AddrPort]Sighting{}
	var all []twins
	for _, s := range seen {
		other, ok := first[s.X.Addr()]
		switch {
		case !ok:
			first[s.X.Addr()] = s
		case other.X.protocol != s.X.protocol:
			all = append(all, twins{other, s})
		}
	}
	return all
}

func (m pairMatcher) Match(actual any) (bool, error) {
	seen, ok := actual.(Sightings)
	if !ok {
		return false, fmt.Errorf("the matcher wants Sightings, not %T", actual)
	}
	all := twinsAmong(seen)
	if len(all) == 0 {
		return false, errors.New("no endpoint is seen by two protocols")
	}
	wrong := 0
	for _, t := range all {
		switch {
		case m.wrong(t):
			wrong++
		case m.same && t.first.Source.Port() != t.first.X.port:
			return true, nil // one that was changed, and not to the same
		}
	}
	return wrong == 0 || m.same && wrong == 1, nil
}

func (m pairMatcher) FailureMessage(actual any) string {
	all := twinsAmong(actual.(Sightings))
	wrong := all[slices.IndexFunc(all, m.wrong)]
	miss := missed(fmt.Sprintf("%s; %s", wrong, m.must), m.must, wrong.String())
	miss.decided, miss.wanted = []trace{wrong.first.trace(), wrong.then.trace()}, nil
	return miss.tell()
}

func (m pairMatcher) NegatedFailureMessage(any) string { return "this should not be so: " + m.must }
