package suites

import (
	"fmt"
	"slices"
	"testing"
)

func TestShare(t *testing.T) {
	specs := func(plain, crowds int) []spec {
		var all []spec
		for i := range plain {
			all = append(all, spec{text: fmt.Sprintf("plain %d", i)})
		}
		for i := range crowds {
			// Among the others, as they are in the catalogue's order.
			all = slices.Insert(all, len(all)/2, spec{text: fmt.Sprintf("crowd %d", i), crowd: true})
		}
		return all
	}
	for _, c := range []struct {
		plain, crowds, workers int
		want                   []int // specs of each worker
	}{
		{plain: 9, workers: 3, want: []int{3, 3, 3}},
		{plain: 1, workers: 3, want: []int{1}},
		{plain: 0, workers: 3, want: nil},
		{plain: 5, workers: 1, want: []int{5}},
		{plain: 64, crowds: 1, workers: 3, want: []int{1 + 4, 30, 30}},
		{plain: 10, crowds: 2, workers: 3, want: []int{2, 5, 5}},
		{plain: 0, crowds: 3, workers: 3, want: []int{3}},
	} {
		all := specs(c.plain, c.crowds)
		shares := share(all, c.workers)
		var sizes []int
		var dealt []spec
		for i, s := range shares {
			sizes = append(sizes, len(s))
			dealt = append(dealt, s...)
			if i > 0 && slices.ContainsFunc(s, func(s spec) bool { return s.crowd }) {
				t.Errorf("%+v: worker %d has a crowd besides the first", c, i)
			}
			place := func(s spec) int { return slices.IndexFunc(all, func(o spec) bool { return o.text == s.text }) }
			if !slices.IsSortedFunc(s, func(a, b spec) int { return place(a) - place(b) }) {
				t.Errorf("%+v: worker %d has lost the order", c, i)
			}
		}
		if !slices.Equal(sizes, c.want) || len(dealt) != len(all) {
			t.Errorf("%+v: shares of %v", c, sizes)
		}
	}
}
