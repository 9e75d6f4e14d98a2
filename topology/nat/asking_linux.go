package nat

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// askTime is what a program has to answer what it is told.
const askTime = 10 * time.Second

// An asked is a program that is sent lines and answers each.
type asked struct {
	*programNAT

	mu sync.Mutex
	// lost is why the program is not asked any more: an answer that comes too
	// late would be taken for that to the next question.
	lost error
}

// A cannotError is a program's word that it cannot do what it was told to.
type cannotError struct{ question, why string }

func (e *cannotError) Error() string { return fmt.Sprintf("cannot %s: %s", e.question, e.why) }

// ask tells the program a line and waits until it has answered yes, or that it
// cannot.
func (n *asked) ask(ctx context.Context, question, yes string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.lost != nil {
		return n.lost
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	n.output.forget() // it may answer lines that were no question
	began := time.Now()
	if err := n.tell(ctx, question); err != nil {
		n.lost = n.explain(fmt.Errorf("could not be told %q: %w", question, err))
		return n.lost
	}
	for {
		select {
		case answer := <-n.output.answers:
			if answer == yes {
				return nil
			}
			why, cannot := strings.CutPrefix(answer, wordCannot)
			if !cannot {
				continue // an answer to something else
			}
			if why = strings.TrimSpace(why); why == "" {
				why = "it does not say why"
			}
			return n.explain(&cannotError{question, why})
		case <-n.Done():
			n.lost = n.explain(fmt.Errorf("ended while it was to %s: %s", question, n.ending()))
		case <-ctx.Done():
			n.lost = n.explain(fmt.Errorf("did not answer %q with %q or %q within %v (%w)",
				question, yes, wordCannot, time.Since(began).Round(100*time.Millisecond), ctx.Err()))
		}
		return n.lost
	}
}

// tell writes a line to the program.
func (n *asked) tell(ctx context.Context, line string) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := n.input.write.SetWriteDeadline(deadline); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(n.input.write, line)
	return err
}

// An ageing is the part of a program that lets time pass when it is told to.
type ageing struct{ program *asked }

// Clock says that ageing moves the program's own clock.
func (ageing) Clock() Clock { return Shifted }

// Age tells the program how many seconds are to pass, and waits until they have.
func (a ageing) Age(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	return a.program.ask(ctx, wordAge+" "+seconds(d), wordAged)
}

// A changing is the part of a program that takes another policy when it is told to.
type changing struct {
	program *asked
	inside  []netip.Prefix // which it was told of at its start, and never again
}

// Change tells the program its policy and waits until it has it. What it says it
// cannot do is not supported, as at a start.
func (c changing) Change(ctx context.Context, site Site, policy Policy) error {
	if err := policy.Check(site); err != nil {
		return err
	}
	if !slices.Equal(site.Inside.Prefixes, c.inside) {
		return fmt.Errorf("nat: exec: %w: a program is not told of another inside", ErrUnsupported)
	}
	line, err := encodeChange(site, policy)
	if err != nil {
		return fmt.Errorf("nat: exec: writing the policy: %w", err)
	}
	err = c.program.ask(ctx, wordChange+" "+string(line), wordChanged)
	var cannot *cannotError
	if errors.As(err, &cannot) {
		return fmt.Errorf("%w (%w)", err, ErrUnsupported)
	}
	return err
}

// dressed returns a program as what it has said that it is.
func (n *programNAT) dressed(site Site) NAT {
	told := &asked{programNAT: n}
	aged, ages, changes := conntrack{netns: site.Node.FD()}, ageing{told}, changing{told, site.Inside.Prefixes}
	switch said := n.output.said; {
	case said.clock == Aged && said.changes:
		return &struct {
			*programNAT
			conntrack
			changing
		}{n, aged, changes}
	case said.clock == Aged:
		return &struct {
			*programNAT
			conntrack
		}{n, aged}
	case said.clock == Shifted && said.changes:
		return &struct {
			*programNAT
			ageing
			changing
		}{n, ages, changes}
	case said.clock == Shifted:
		return &struct {
			*programNAT
			ageing
		}{n, ages}
	case said.changes:
		return &struct {
			*programNAT
			changing
		}{n, changes}
	}
	return n
}
