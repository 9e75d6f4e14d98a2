package probe

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteText writes a report for people: the answer first, then the facts.
func WriteText(w io.Writer, r *Report) error {
	var b strings.Builder
	for _, one := range r.named() {
		if strings.HasPrefix(one.name, "UDP") {
			fmt.Fprintf(&b, "%s: %s\n", one.name, plain(one.result))
		}
	}
	writePrediction(&b, r.Prediction)
	b.WriteByte('\n')
	writeFacts(&b, r)
	writeFurther(&b, r)
	for _, refusal := range r.Refused {
		fmt.Fprintf(&b, "Not used: %s %s.\n", refusal.Server, strings.TrimPrefix(refusal.Reason, refusal.Server+" "))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("probe: writing the report: %w", err)
	}
	return nil
}

type namedResult struct {
	name   string
	result *Result
}

func (r *Report) named() []namedResult {
	var list []namedResult
	for _, one := range []namedResult{
		{"UDP over IPv4", r.UDP4}, {"UDP over IPv6", r.UDP6}, {"TCP over IPv4", r.TCP4}, {"TCP over IPv6", r.TCP6},
	} {
		if one.result != nil {
			list = append(list, one)
		}
	}
	return list
}

// plain says in a sentence what kind of NAT a result is.
func plain(r *Result) string {
	switch {
	case r.Classic == blocked:
		return "nothing comes back; something blocks UDP."
	case !r.Reachable:
		return "nothing answers."
	case r.Classic == openInternet:
		return "no NAT and no filter: this host is on the open Internet."
	case r.NAT == No && r.Filtering != NotDetermined:
		return "no NAT, but a firewall that lets in only answers" + from(r.Filtering) + "."
	case r.NAT == Yes && r.Mapping != NotDetermined && r.Filtering != NotDetermined:
		return fmt.Sprintf("a NAT of the kind once called %s: %s, and %s.", r.Classic, mappingWords[r.Mapping], filteringWords(r.Filtering))
	case r.NAT == Yes && r.Mapping != NotDetermined:
		return fmt.Sprintf("a NAT: %s. Its filter is not determined (%s).", mappingWords[r.Mapping], r.Reason)
	case r.NAT == Yes:
		return fmt.Sprintf("a NAT, whose kind is not determined (%s).", r.Reason)
	}
	return fmt.Sprintf("not determined (%s).", r.Reason)
}

var mappingWords = map[Dependence]string{
	EndpointIndependent:     "peers all see the same address and port",
	AddressDependent:        "each peer's address sees another port",
	AddressAndPortDependent: "each peer sees another port",
}

func filteringWords(d Dependence) string {
	if d == EndpointIndependent {
		return "anybody's packets get in once a port is in use"
	}
	return "packets get in only" + from(d)
}

func from(d Dependence) string {
	switch d {
	case AddressDependent:
		return " from addresses that were sent to"
	case AddressAndPortDependent:
		return " from the very address and port that was sent to"
	}
	return ""
}

func writePrediction(b *strings.Builder, p Prediction) {
	if p.Incoming != Unknown {
		fmt.Fprintf(b, "Incoming connections: %s.\n", map[Tristate]string{Yes: "work", No: "do not work without help"}[p.Incoming])
	}
	if c := p.Console; c != (Console{}) {
		fmt.Fprintf(b, "Game consoles call it: %s (Xbox), %s (PlayStation), %s (Nintendo).\n", c.Xbox, c.PlayStation, c.Nintendo)
	}
	if len(p.HolePunching) > 0 {
		fmt.Fprintln(b, "Hole punching (a direct session with a peer) over UDP:")
		t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, one := range p.HolePunching {
			verdict := map[Tristate]string{Yes: "works", No: "does not work"}[one.Works]
			if one.Guess {
				verdict = "works if the next port is guessed"
			}
			fmt.Fprintf(t, "  peer behind %s\t%s\n", one.Peer, verdict)
		}
		_ = t.Flush() // a strings.Builder takes everything
	}
	for _, advice := range p.Advice {
		fmt.Fprintf(b, "What could be done: %s\n", advice)
	}
}

func writeFacts(b *strings.Builder, r *Report) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, one := range r.named() {
		f := one.result
		fmt.Fprintf(t, "%s\n", one.name)
		fact := func(name string, value any) { fmt.Fprintf(t, "  %s\t%v\n", name, value) }
		if f.Reachable {
			fact("server", f.Server)
			fact("local", f.Local)
			fact("mapped", f.Mapped)
			fact("NAT", f.NAT)
			fact("mapping", f.Mapping)
			fact("filtering", f.Filtering)
			fact("ports preserved", f.Ports.Preserved)
			fact("next port predictable", f.Ports.Predictable)
			if f.Ports.Step != 0 {
				fact("port step", f.Ports.Step)
			}
			fact("parity", f.Ports.Parity)
			fact("neighbours stay", f.Ports.Contiguous)
			fact("address pooling", f.Pooling)
			fact("addresses in packets rewritten", f.ALG)
		}
		if f.WrongFiltered > 0 {
			fact("chance that filtered was lost", fmt.Sprintf("%.2g", f.WrongFiltered))
		}
		if strings.HasPrefix(one.name, "TCP") {
			fact("connections made, answered", fmt.Sprintf("%d, %d", f.Sent, f.Answered))
		} else {
			fact("packets sent, answered", fmt.Sprintf("%d, %d", f.Sent, f.Answered))
			fact("loss", fmt.Sprintf("%.0f %%", 100*f.Loss))
		}
		fact("round trip, duration", fmt.Sprintf("%v, %v", f.RTT, f.Duration))
		if f.Reason != "" {
			fact("note", f.Reason)
		}
	}
	_ = t.Flush() // a strings.Builder takes everything
}
