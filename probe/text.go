package probe

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteText writes a report for people: the answer first, then the facts.
func WriteText(w io.Writer, r *Report) error {
	var b strings.Builder
	for _, one := range r.named() {
		if strings.HasPrefix(one.Name, "UDP") {
			fmt.Fprintf(&b, "%s: %s\n", one.Name, plain(one.Result))
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

// named are the results that there are.
func (r *Report) named() []NamedResult {
	return slices.DeleteFunc(r.Results(), func(one NamedResult) bool { return one.Result == nil })
}

// plain says what kind of NAT a result is.
func plain(r *Result) string {
	return strings.Join(append([]string{r.Headline() + "."}, r.Sentences()...), " ")
}

func writePrediction(b *strings.Builder, p Prediction) {
	if words := p.IncomingWords(); words != "" {
		fmt.Fprintln(b, words)
	}
	if c := p.Console; c != (Console{}) {
		fmt.Fprintf(b, "Game consoles call it: %s (Xbox), %s (PlayStation), %s (Nintendo).\n", c.Xbox, c.PlayStation, c.Nintendo)
	}
	if len(p.HolePunching) > 0 {
		fmt.Fprintln(b, "Hole punching (a direct session with a peer) over UDP:")
		t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, one := range p.HolePunching {
			fmt.Fprintf(t, "  peer behind %s\t%s\n", one.Peer, one.Words())
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
		f := one.Result
		fmt.Fprintf(t, "%s\n", one.Name)
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
		if strings.HasPrefix(one.Name, "TCP") {
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
