package probe

import (
	"cmp"
	"fmt"
	"slices"
)

// A NamedResult is one of a report's results.
type NamedResult struct {
	// ID is the result's name in JSON, Name what people are told.
	ID, Name string
	// Result is nil if this was not measured, and Unmeasured says why.
	Result     *Result
	Unmeasured string
}

// LeftOut is the reason for a result that was not asked for.
const LeftOut = "it was left out"

// Results returns all results that a report can have.
func (r *Report) Results() []NamedResult {
	all := []NamedResult{
		{ID: "udp4", Name: "UDP over IPv4", Result: r.UDP4}, {ID: "udp6", Name: "UDP over IPv6", Result: r.UDP6},
		{ID: "tcp4", Name: "TCP over IPv4", Result: r.TCP4}, {ID: "tcp6", Name: "TCP over IPv6", Result: r.TCP6},
	}
	for i, one := range all {
		if one.Result == nil {
			all[i].Unmeasured = r.unmeasured("ipv" + one.ID[3:])
		}
	}
	return all
}

// unmeasured says why nothing was measured over "ipv4" or "ipv6".
func (r *Report) unmeasured(version string) string { return cmp.Or(r.Unmeasured[version], LeftOut) }

// Basis returns the result that the prediction is drawn from; nil if there is no
// such result.
func (r *Report) Basis() *Result {
	if r.UDP4 == nil || r.UDP4.Mapping == NotDetermined && r.UDP6 != nil && r.UDP6.Mapping != NotDetermined {
		return r.UDP6
	}
	return r.UDP4
}

// Blocked reports whether nothing over UDP came back from any server.
func (r *Result) Blocked() bool { return r.Classic == blocked }

// CutShort reports whether the caller has ended the measurement before its verdict.
func (r *Result) CutShort() bool { return r.Reason == cutShort }

// OwnFilter reports whether a filter may be the firewall of this host, which keeps
// track of connections.
func (r *Result) OwnFilter() bool { return r.tracks == Yes && r.Filtering > EndpointIndependent }

// Words say how many NATs there are in a row.
func (n *NATs) Words() string {
	switch {
	case n.Count != nil:
		return fmt.Sprint(*n.Count)
	case n.AtMost > 0:
		return fmt.Sprintf("%d to %d", n.AtLeast, n.AtMost)
	case n.AtLeast > 0:
		return fmt.Sprintf("at least %d", n.AtLeast)
	}
	return "not determined"
}

// Measured lists the results that the report has.
func (r *Report) Measured() []NamedResult {
	return slices.DeleteFunc(r.Results(), func(one NamedResult) bool { return one.Result == nil })
}
