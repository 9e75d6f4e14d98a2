package page

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/natproof/natproof/probe"
)

const (
	// mostLines is how long the answer is at most, in lines of the terminal.
	mostLines = 12
	// early is how many of them a result over UDP has at most, which is shown
	// before the others are known.
	early = 4
)

// A Terminal writes the answer in English, in at most 12 lines of 80 columns or
// of the width. Its methods may be called from several goroutines.
type Terminal struct {
	Out   io.Writer
	Width int // in columns; 0 means 80
	Color bool
	// Verbose says that the facts follow.
	Verbose bool

	mu   sync.Mutex
	told map[string]bool // the results that have been written, by ID, and their sentences
	used int             // lines
}

// A paragraph is a part of the answer. Where there is no room for all, the one
// of the highest rank goes first.
type paragraph struct {
	rank   int
	lines  []string
	head   int         // how many lines are a headline
	colors text.Colors // of these
}

// Tell writes the answer on a result over UDP as soon as it is known. What is
// silent may yet be blocked, and is told at the end.
func (w *Terminal) Tell(one probe.NamedResult) error {
	if !one.Result.Reachable || !strings.HasPrefix(one.ID, "udp") {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.write([]paragraph{w.result(one)})
}

// Rest writes what Tell has not, in what is left of the lines.
func (w *Terminal) Rest(r *probe.Report) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []paragraph
	for _, one := range r.Measured() {
		if strings.HasPrefix(one.ID, "udp") && !w.told[one.ID] {
			all = append(all, w.result(one))
		}
	}
	all = append(all, w.unmeasured(r)...)
	all = append(all, w.others(r)...)
	all = append(all, w.works(r)...)
	if !w.Verbose {
		all = append(all, w.paragraph(1, "", "All facts: natproof probe -v; as a page: --html FILE.", 1))
	}
	for w.used+lines(all) > mostLines {
		worst := slices.MaxFunc(all, func(a, b paragraph) int { return cmp.Compare(a.rank, b.rank) })
		if worst.rank == 0 {
			break // what was found is not left out
		}
		all = slices.DeleteFunc(all, func(p paragraph) bool { return p.rank == worst.rank })
	}
	return w.write(all)
}

func lines(all []paragraph) int {
	n := 0
	for _, p := range all {
		n += len(p.lines)
	}
	return n
}

func (w *Terminal) write(all []paragraph) error {
	var b strings.Builder
	for _, p := range all {
		w.used += len(p.lines)
		for i, line := range p.lines {
			if w.Color && i < p.head {
				line = p.colors.Sprint(line)
			}
			b.WriteString(line + "\n")
		}
	}
	_, err := io.WriteString(w.Out, b.String())
	return err
}

// paragraph wraps a text into no more lines than most, and cuts off what is
// left. What begins a line is in the text.
func (w *Terminal) paragraph(rank int, indent, s string, most int) paragraph {
	p := paragraph{rank: rank}
	width := max(cmp.Or(w.Width, 80), 20)
	for line := range strings.SplitSeq(text.WrapSoft(s, width-len(indent)), "\n") {
		p.lines = append(p.lines, indent+strings.TrimRight(line, " "))
	}
	if len(p.lines) > most {
		p.lines = p.lines[:most]
		last := p.lines[most-1]
		if at := strings.LastIndex(last, " "); len(last) > width-2 && at > len(indent) {
			last = last[:at]
		}
		p.lines[most-1] = last + " …"
	}
	return p
}

// result is a headline, and the sentences that have not been written for another
// result.
func (w *Terminal) result(one probe.NamedResult) paragraph {
	t := english()
	if w.told == nil {
		w.told = map[string]bool{}
	}
	w.told[one.ID] = true
	p := w.paragraph(0, "", t.name(one)+": "+t.headline(one.Result)+".", 2)
	p.head = len(p.lines)
	p.colors = map[string]text.Colors{
		"good": {text.Bold, text.FgGreen}, "open": {text.Bold, text.FgYellow}, "bad": {text.Bold, text.FgRed},
	}[outcome(one.Result)]
	var below paragraph
	fresh, room := "", early-len(p.lines)
	for _, s := range t.sentences(one.Result) {
		words := s.String()
		longer := w.paragraph(0, "  ", strings.TrimSpace(fresh+" "+words), mostLines)
		// What the matter is may be cut off where a line of it is left.
		cut := len(longer.lines) > room
		if w.told[words] || cut && (len(below.lines) == room || fresh != "" && s.Words == "") {
			continue
		}
		w.told[words] = true
		fresh = strings.TrimSpace(fresh + " " + words)
		below = w.paragraph(0, "  ", fresh, room)
	}
	p.lines = append(p.lines, below.lines...)
	return p
}

// unmeasured says why there is nothing else to tell.
func (w *Terminal) unmeasured(r *probe.Report) []paragraph {
	if len(r.Measured()) > 0 {
		return nil
	}
	var all []paragraph
	if len(r.Secure) == 0 {
		all = append(all, w.paragraph(0, "", "Nothing could be measured.", 1))
	}
	for _, one := range r.Results() {
		if version, ok := strings.CutPrefix(one.ID, "udp"); ok {
			all = append(all, w.paragraph(0, "", "IPv"+version+": "+probe.Visible(one.Unmeasured)+".", 2))
		}
	}
	return all
}

// others are the results over TCP that differ from the one over UDP, and the
// answers over TLS and DTLS where there are no others.
func (w *Terminal) others(r *probe.Report) []paragraph {
	t := english()
	var all []paragraph
	for _, one := range r.Measured() {
		udp := r.UDP4
		if one.ID == "tcp6" {
			udp = r.UDP6
		}
		tcp := one.Result
		if strings.HasPrefix(one.ID, "tcp") && (udp == nil || udp.NAT != tcp.NAT || udp.Mapping != tcp.Mapping) {
			all = append(all, w.paragraph(3, "", t.name(one)+": "+t.headline(tcp)+".", 1))
		}
	}
	if len(r.Measured()) == 0 {
		for _, f := range r.Facts() {
			if !strings.HasPrefix(f.Key, "secure.") {
				continue // it follows from nothing
			}
			all = append(all, w.paragraph(3, "", f.Name+": "+f.Value+"; "+f.Words(), 2))
		}
	}
	return all
}

// works is what the results mean.
func (w *Terminal) works(r *probe.Report) []paragraph {
	t := english()
	var all []paragraph
	add := func(rank int, s string, most int) {
		if s != "" {
			all = append(all, w.paragraph(rank, "", s, most))
		}
	}
	add(4, t.incoming(r.Prediction), 2)
	add(5, meeting(t, r.Prediction.HolePunching), 2)
	if c := r.Prediction.Console; c != (probe.Console{}) {
		add(7, fmt.Sprintf("Game consoles call it: %s (Xbox), %s (PlayStation), %s (Nintendo).",
			c.Xbox, c.PlayStation, c.Nintendo), 1)
	}
	if u := r.Uplink; u != nil {
		others := " other uplinks (--interface): " + cmp.Or(strings.Join(u.Others, ", "), "none")
		add(3, probe.Visible("Measured from "+u.String()+";"+others)+".", 1)
	}
	if r.Transition != "" {
		add(3, r.Transition+".", 2)
	}
	if n := r.NATs; n != nil && n.AtLeast > 0 {
		s := "NATs in a row: " + t.count(n)
		if n.Carrier == probe.Yes {
			s += ", one of them the provider's"
		}
		add(6, s+".", 1)
	}
	if advised := r.Advised(); len(advised) > 0 {
		add(2, "What could be done: "+t.advice(advised[0]), 2)
	}
	return all
}

// meeting says which peers a direct session works with.
func meeting(t texts, punches []probe.Punch) string {
	var groups []string
	peers := map[string][]string{}
	for _, one := range punches {
		how := t.punch(one)
		if peers[how] == nil {
			groups = append(groups, how)
		}
		peers[how] = append(peers[how], t.peer(one))
	}
	for i, how := range groups {
		groups[i] = strings.Join(peers[how], ", ") + ": " + how
	}
	if len(groups) == 0 {
		return ""
	}
	return "Direct sessions over UDP, by the peer's NAT: " + strings.Join(groups, "; ") + "."
}

// WriteFacts writes what a Terminal leaves out: all facts with how sure each is,
// the notes and the further advice. How a fact was found is longer than a line can hold, and stands in the
// other forms.
func WriteFacts(out io.Writer, r *probe.Report) error {
	t := english()
	var b strings.Builder
	for i, a := range r.Advised() {
		if i > 0 {
			fmt.Fprintf(&b, "What else could be done: %s\n", t.advice(a))
		}
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	section := func(name string, facts []probe.Fact) {
		if len(facts) == 0 {
			return
		}
		fmt.Fprintln(table, name)
		for _, f := range facts {
			fmt.Fprintf(table, "  %s\t%s\t%s\n", f.Name, f.Value, cmp.Or(f.Words(), "–"))
		}
	}
	for _, one := range r.Measured() {
		name := t.name(one)
		if r := one.Result; r.Reachable {
			about := fmt.Sprintf(", by %s, %v away, in %v", probe.Visible(r.Server), r.RTT, r.Duration)
			name += strings.Replace(about, ", 0 ms away", "", 1) // nothing has told it
		}
		section(name, one.Facts())
		if one.Result.Reason != "" {
			fmt.Fprintf(table, "  note: %s\n", probe.Visible(one.Result.Reason))
		}
	}
	section("Router and path", r.Facts())
	_ = table.Flush() // a strings.Builder takes everything
	for _, refusal := range r.Refused {
		reason := strings.TrimPrefix(refusal.Reason, refusal.Server+" ")
		fmt.Fprintf(&b, "Not used: %s %s.\n", probe.Visible(refusal.Server), probe.Visible(reason))
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("page: writing the facts: %w", err)
	}
	return nil
}
