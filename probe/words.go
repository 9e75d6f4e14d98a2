package probe

import (
	"cmp"
	"fmt"
	"strings"
)

// The plain words of a report, which all of its forms share.

// A NamedResult is one of a report's results.
type NamedResult struct {
	// ID is the result's name in JSON, Name what people are told.
	ID, Name string
	// Result is nil if this was not measured, and Unmeasured says why.
	Result     *Result
	Unmeasured string
}

// leftOut is the reason for a value that was not asked for.
const leftOut = "it was left out"

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
func (r *Report) unmeasured(version string) string { return cmp.Or(r.Unmeasured[version], leftOut) }

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

// Headline says what a result is, without a full stop.
func (r *Result) Headline() string {
	filtered := r.Filtering != NotDetermined
	switch {
	case r.Blocked():
		return "UDP is blocked"
	case !r.Reachable:
		return "Nothing answers"
	case r.Near != "" && r.NAT == No && r.Filtering == EndpointIndependent:
		return "No NAT and no filter on the way to a server that is too near to tell of the Internet"
	case r.Near != "" && r.NAT == No && filtered:
		return "No NAT, but a firewall, on the way to a server that is too near to tell of the Internet"
	case r.NAT == No && r.Filtering == EndpointIndependent:
		return "No NAT and no filter: the open Internet"
	case r.NAT == No && filtered:
		return "No NAT, but a firewall"
	case r.NAT == No:
		return "No NAT; whether there is a firewall is not determined"
	case r.NAT == Yes && r.Mapping == EndpointIndependent && r.Filtering == EndpointIndependent:
		return "A NAT that lets everybody in (full cone)"
	case r.NAT == Yes && r.Mapping == EndpointIndependent && filtered && r.Classic == "":
		return "A NAT that peers can meet through" // the old names are UDP's
	case r.NAT == Yes && r.Mapping == EndpointIndependent && filtered:
		return "A NAT that peers can meet through (" + r.Classic + ")"
	case r.NAT == Yes && r.Mapping == EndpointIndependent:
		return "A NAT that shows all peers the same port"
	case r.NAT == Yes && (r.Mapping != NotDetermined || r.Classic == symmetric):
		return "A NAT that shows each peer another port (symmetric)"
	case r.NAT == Yes:
		return "A NAT, of a kind that is not determined"
	}
	return "Not determined"
}

// Sentences say what mapping and filtering mean, with remarks.
func (r *Result) Sentences() []string {
	var list []string
	add := func(s string) {
		if s != "" {
			list = append(list, s)
		}
	}
	if r.NAT == Yes {
		add(map[Dependence]string{
			EndpointIndependent:     "All peers see the same address and port, so whoever is told of it can use it.",
			AddressDependent:        "Each address that is talked to sees another port.",
			AddressAndPortDependent: "Each peer sees another port, so what one sees is of no use to the next.",
		}[r.Mapping])
		if r.Pooling == Arbitrary {
			add("Not only the port differs: several addresses of this host are seen.")
		}
	}
	add(map[Dependence]string{
		EndpointIndependent:     "Once a port is in use, packets from anybody come in.",
		AddressDependent:        "Packets come in only from addresses that were sent to.",
		AddressAndPortDependent: "Packets come in only from the very address and port that was sent to.",
	}[r.Filtering])
	if r.tracks == Yes && r.Filtering > EndpointIndependent {
		add("This host tracks connections itself, so the filter may be that of its own firewall.")
	}
	if r.Near != "" && r.Reachable {
		add("This tells nothing of the Internet: " + r.Near + ".")
	}
	if r.Reason != "" {
		add("Note: " + strings.TrimSuffix(Visible(r.Reason), ".") + ".")
	}
	return list
}

// IncomingWords say whether incoming connections work; "" is not determined.
func (p Prediction) IncomingWords() string {
	return map[Tristate]string{
		Yes: "Incoming connections work: anybody can reach a socket of this host that is in use.",
		No:  "Incoming connections do not work without help: strangers' packets are held back.",
	}[p.Incoming]
}

// Words say whether a direct session with such a peer works.
func (p Punch) Words() string {
	switch {
	case p.Works == Yes:
		return "works"
	case p.Guess:
		return "works if the next port is guessed"
	case p.Works == No:
		return "does not work; a relay is needed"
	}
	return "not determined"
}

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
