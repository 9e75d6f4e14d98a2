package probe

import (
	"cmp"
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
			b.WriteString(one.Answer())
		}
	}
	if len(r.named()) == 0 {
		if len(r.Secure) == 0 {
			fmt.Fprintln(&b, "Nothing could be measured.")
		}
		fmt.Fprintf(&b, "IPv4: %s.\nIPv6: %s.\n", Visible(r.unmeasured("ipv4")), Visible(r.unmeasured("ipv6")))
	}
	writePrediction(&b, r.Prediction)
	b.WriteByte('\n')
	writeFacts(&b, r)
	for _, refusal := range r.Refused {
		reason := strings.TrimPrefix(refusal.Reason, refusal.Server+" ")
		fmt.Fprintf(&b, "Not used: %s %s.\n", Visible(refusal.Server), Visible(reason))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("probe: writing the report: %w", err)
	}
	return nil
}

// named lists the results that the report has.
func (r *Report) named() []NamedResult {
	return slices.DeleteFunc(r.Results(), func(one NamedResult) bool { return one.Result == nil })
}

// Answer is the line that says what kind of NAT a result is. WriteText begins with
// those of UDP.
func (n NamedResult) Answer() string {
	words := append([]string{n.Result.Headline() + "."}, n.Result.Sentences()...)
	return n.Name + ": " + strings.Join(words, " ") + "\n"
}

func writePrediction(b *strings.Builder, p Prediction) {
	if words := p.IncomingWords(); words != "" {
		fmt.Fprintln(b, words)
	}
	if c := p.Console; c != (Console{}) {
		fmt.Fprintf(b, "Game consoles call it: %s (Xbox), %s (PlayStation), %s (Nintendo).\n",
			c.Xbox, c.PlayStation, c.Nintendo)
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

// writeFacts writes each fact with how sure it is. How it was found is longer than
// a line can hold, and stands in the other forms.
func writeFacts(b *strings.Builder, r *Report) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	section := func(name string, facts []Fact) {
		if len(facts) == 0 {
			return
		}
		fmt.Fprintln(t, name)
		for _, f := range facts {
			fmt.Fprintf(t, "  %s\t%s\t%s\n", f.Name, f.Value, cmp.Or(f.Words(), "–"))
		}
	}
	for _, one := range r.named() {
		name := one.Name
		if r := one.Result; r.Reachable {
			name += fmt.Sprintf(", by %s, %v away, in %v", Visible(r.Server), r.RTT, r.Duration)
		}
		section(name, one.Facts())
		if one.Result.Reason != "" {
			fmt.Fprintf(t, "  note: %s\n", Visible(one.Result.Reason))
		}
	}
	section("Router and path", r.Facts())
	_ = t.Flush() // a strings.Builder takes everything
}
