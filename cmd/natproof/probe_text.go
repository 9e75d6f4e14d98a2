package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/page"
)

// early has a terminal tell what is known of UDP while TCP and the path are measured.
func early(t *page.Terminal, notify func(probe.Event)) func(probe.Event) {
	return func(event probe.Event) {
		if notify != nil {
			notify(event)
		}
		if event.Result == nil {
			return
		}
		// What cannot be written now cannot be written at the end either, which fails.
		_ = t.Tell(probe.NamedResult{ID: event.Protocol, Result: event.Result})
	}
}

// A prompt writer holds nothing back. It has no other methods, such as WriteString, by which
// something could stay in the buffer.
type prompt struct{ out *bufio.Writer }

// Write implements io.Writer.
func (p prompt) Write(b []byte) (int, error) {
	n, err := p.out.Write(b)
	if err == nil {
		err = p.out.Flush()
	}
	return n, err
}

func writeProbeText(c console, t *page.Terminal, report *probe.Report, verbose bool) error {
	if err := t.Rest(report); err != nil || !verbose {
		return err
	}
	var b strings.Builder
	if err := page.WriteFacts(&b, report); err != nil {
		return err
	}
	_, err := io.WriteString(c.Out, "\n"+wrapped(b.String(), c.OutTerm.Width))
	return err
}

// narrate shows the progress to people who wait. Results come later, all
// together.
func narrate(c console) func(probe.Event) {
	var mu sync.Mutex // events come from several goroutines
	return func(e probe.Event) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case e.Protocol == "":
			fmt.Fprintln(c.Err, "looking up the servers")
		case e.Lived != nil && *e.Lived == (probe.Span{}):
			fmt.Fprintf(c.Err, "%s: leaving bindings idle, which takes as long as they live\n", e.Protocol)
		case e.Lived != nil:
			fmt.Fprintf(c.Err, "%s: bindings live %v\n", e.Protocol, *e.Lived)
		case e.Result == nil:
			fmt.Fprintf(c.Err, "%s: asking\n", e.Protocol)
		case !e.Result.Reachable:
			fmt.Fprintf(c.Err, "%s: no answer\n", e.Protocol)
		default:
			fmt.Fprintf(c.Err, "%s: done in %v\n", e.Protocol, e.Result.Duration)
		}
	}
}
