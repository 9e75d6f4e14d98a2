package lab

import (
	"context"
	"fmt"
	"slices"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// NoteDead tells the report what becomes of data whose connection the NAT has
// forgotten: RFC 5382, Section 5 leaves open whether it is dropped or answered with a
// RST, and says nothing of a NAT that takes it for a new connection. The outside comes
// first, since the inside may bring the connection to life again.
func (f *Flow) NoteDead(ctx context.Context) {
	ginkgo.GinkgoHelper()
	f.noteDead(ctx, f.Y, f.X, "outside")
	f.noteDead(ctx, f.X, f.Y, "inside")
}

func (f *Flow) noteDead(ctx context.Context, from, to *Endpoint, side string) {
	ginkgo.GinkgoHelper()
	l := f.X.lab
	before, h := l.doubt, l.host(from.place)
	mark := len(h.inbox)
	heard := to.Hears(ctx, from.Sending(Segment{Flags: new(Data)}, f))
	l.doubt = before // it is no part of what the spec judges
	refused := slices.ContainsFunc(h.inbox[mark:], func(a Arrival) bool {
		return a.TCP != nil && a.TCP.Flags&RST != 0 && a.Destination == from.Addr()
	})
	l.Note("data of the forgotten connection from " + side + " " + f.fate(heard, to, refused))
}

// fate says in words what became of data that no connection is known for.
func (f *Flow) fate(heard Heard, to *Endpoint, refused bool) string {
	switch {
	case refused:
		return "is answered with a RST"
	case heard.Arrival == nil:
		return "is dropped"
	case to == f.X:
		return "arrives"
	case heard.Source() == f.Mapping:
		return "leaves as before: the NAT picks the connection up in its middle"
	}
	return fmt.Sprintf("leaves from %s and not from %s: the NAT picks the connection up in its middle, and %s knows "+
		"nothing of it", heard.Source(), f.Mapping, to)
}
