package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// met remembers that a session has got through the NAT.
func (l *Lab) met(s Sighting) {
	known := func(k Sighting) bool { return k.X.Addr() == s.X.Addr() && k.Y.Addr() == s.Y.Addr() }
	if !slices.ContainsFunc(l.sessions, known) {
		l.sessions = append(l.sessions, s)
	}
}

// unheard says what the silence of a new session means: where one that the NAT
// knows still gets through to the same host, it is not the path that is silent.
func (l *Lab) unheard(ctx context.Context, x, y *Endpoint) string {
	ginkgo.GinkgoHelper()
	for _, s := range slices.Backward(l.sessions) {
		itself := s.X.Addr() == x.Addr() && s.Y.Addr() == y.Addr()
		if s.Y.place.name != y.place.name || itself || s.Y.port != y.port {
			continue
		}
		if l.deliver(ctx, s.X.To(s.Y.Addr()), s.Y) == nil {
			continue
		}
		return fmt.Sprintf("the NAT's ports are used up, since %s still gets through to %s as %s: "+
			"it gives a new endpoint no port, after %s", s.X, s.Y, s.Source, l.portsToward(y))
	}
	return l.inboxes()
}

// portsToward tells the external endpoints that y has seen so far.
func (l *Lab) portsToward(y *Endpoint) string {
	var seen []string
	for _, s := range l.sessions {
		if s.Y.Addr() == y.Addr() && !slices.Contains(seen, s.Source.String()) {
			seen = append(seen, s.Source.String())
		}
	}
	if len(seen) > 4 {
		return fmt.Sprintf("%d external endpoints toward %s", len(seen), y)
	}
	return fmt.Sprintf("%s toward %s", strings.Join(seen, " and "), y)
}
