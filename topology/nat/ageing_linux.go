package nat

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// ageTime is what a program has to answer that it has aged.
const ageTime = 10 * time.Second

// An ageingProgram lets time pass by itself when it is told to.
type ageingProgram struct {
	*programNAT

	mu sync.Mutex
	// lost is why the program is not asked any more: an answer that comes too
	// late would be taken for that to the next question.
	lost error
}

// Clock says that ageing moves the program's own clock.
func (n *ageingProgram) Clock() Clock { return Shifted }

// Age tells the program how many seconds are to pass, and waits until they have.
func (n *ageingProgram) Age(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.lost != nil {
		return n.lost
	}
	ctx, cancel := context.WithTimeout(ctx, ageTime)
	defer cancel()
	n.output.forget() // it may answer lines that were no question
	question := wordAge + " " + seconds(d)
	began := time.Now()
	if err := n.tell(ctx, question); err != nil {
		n.lost = n.explain(fmt.Errorf("could not be told %q: %w", question, err))
		return n.lost
	}
	select {
	case answer := <-n.output.answers:
		if answer == wordAged {
			return nil
		}
		why := strings.TrimSpace(strings.TrimPrefix(answer, wordCannot))
		if why == "" {
			why = "it does not say why"
		}
		return n.explain(fmt.Errorf("cannot %s: %s", question, why))
	case <-n.Done():
		n.lost = n.explain(fmt.Errorf("ended while it was to %s: %s", question, n.ending()))
	case <-ctx.Done():
		n.lost = n.explain(fmt.Errorf("did not answer %q with %q or %q within %v (%w)",
			question, wordAged, wordCannot, time.Since(began).Round(100*time.Millisecond), ctx.Err()))
	}
	return n.lost
}

// tell writes a line to the program.
func (n *ageingProgram) tell(ctx context.Context, line string) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := n.input.write.SetWriteDeadline(deadline); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(n.input.write, line)
	return err
}
