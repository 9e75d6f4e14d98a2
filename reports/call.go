package reports

import (
	"cmp"
	"slices"
	"strings"
)

// callOf takes apart a step that is a call of a program, "X: close(3) = 0", if a lane has
// the host's name.
func callOf(step string, lanes []Lane) (host, call string, ok bool) {
	host, call, ok = strings.Cut(oneLine(step), ": ")
	ok = ok && slices.ContainsFunc(lanes, func(l Lane) bool { return l.Name == host && l.Side != "nat" })
	return host, call, ok
}

// met returns the lanes worth drawing: the NAT, and the hosts that a packet left or met, or
// whose programs have called something. A ladder without either keeps them all.
func met(lanes []Lane, rungs []Rung) []Lane {
	named := map[string]bool{}
	for _, r := range rungs {
		if p := cmp.Or(r.Packet, r.Expected); p != nil {
			named[p.From], named[p.To] = true, true
		} else if host, _, ok := callOf(r.Step, lanes); ok {
			named[host] = true
		}
	}
	if len(named) == 0 {
		return lanes
	}
	var out []Lane
	for _, lane := range lanes {
		if lane.Side == "nat" || named[lane.Name] {
			out = append(out, lane)
		}
	}
	return out
}
