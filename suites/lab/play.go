package lab

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/topology/packet"
)

// Between returns the flow of two ends that have not sent anything yet. Mapping is
// where x is reached before it has sent: the external endpoint of a port forward.
// Without one it becomes known with what x sends first.
func (l *Lab) Between(x, y *Endpoint, mapping ...netip.AddrPort) *Flow {
	f := &Flow{X: x, Y: y}
	for _, m := range mapping {
		f.Mapping = m
	}
	return f
}

// A Step is a segment of a sequence, and which end of the flow sends it.
type Step struct {
	Segment
	outside bool
}

// FromX is a segment with these flags that the inside endpoint sends.
func FromX(flags packet.Flags) Step { return Step{Segment: Segment{Flags: &flags}} }

// FromY is a segment with these flags that the outside endpoint sends.
func FromY(flags packet.Flags) Step { return Step{Segment: Segment{Flags: &flags}, outside: true} }

// At sets the sequence number, counted from the sender's initial one.
func (s Step) At(seq uint32) Step {
	s.Seq = &seq
	return s
}

// Acking sets the acknowledgement, counted from the receiver's initial number.
func (s Step) Acking(ack uint32) Step {
	s.Ack = &ack
	return s
}

// Offering sets the window.
func (s Step) Offering(window uint16) Step {
	s.Window = &window
	return s
}

// PointingAt sets the urgent pointer.
func (s Step) PointingAt(urgent uint16) Step {
	s.Urgent = &urgent
	return s
}

// With sets the options, a multiple of 4 bytes.
func (s Step) With(options ...byte) Step {
	s.Options = options
	return s
}

// Carrying sets the payload.
func (s Step) Carrying(payload string) Step {
	s.Payload = []byte(payload)
	return s
}

// A Play is a sequence of segments, and how far it was carried.
type Play struct {
	flow  *Flow
	steps []Step
	// done counts the steps that were carried as they were sent.
	done int
	// why says what became of the next one; empty if there is none.
	why string
}

// Plays sends the segments of a sequence one after another, each when the one before
// it was heard at the other end as it was sent: translated, once, and with every
// field but the addresses as it was. It ends with the first that was not.
func (f *Flow) Plays(ctx context.Context, steps ...Step) Play {
	ginkgo.GinkgoHelper()
	play := Play{flow: f, steps: steps}
	for _, step := range steps {
		if play.why = f.plays(ctx, step); play.why != "" {
			break
		}
		play.done++
	}
	return play
}

// plays sends one segment and says what is wrong with how it was heard.
func (f *Flow) plays(ctx context.Context, step Step) string {
	ginkgo.GinkgoHelper()
	from, to := f.X, f.Y
	if step.outside {
		from, to = f.Y, f.X
	}
	p := from.Sending(step.Segment, f)
	heard := to.Hears(ctx, p)
	switch {
	case heard.Arrival == nil:
		return heard.instead()
	case heard.belied != "":
		return fmt.Sprintf("it comes from %s and not from %s", nameOf(heard.Source()), heard.belied)
	}
	if !step.outside {
		if f.Mapping.IsValid() && heard.Source() != f.Mapping {
			return fmt.Sprintf("it comes from %s, and what %s sent before came from %s", heard.Source(), f.X, f.Mapping)
		}
		f.Mapping = heard.Source()
	}
	if differ := p.whole().unlike(*heard.Arrival, p.tcp.initial, p.tcp.acked()); len(differ) > 0 {
		return "it was altered: " + inWords(differ)
	}
	copies := 0
	for _, a := range heard.Meanwhile {
		if p.heardBy(to)(a) {
			copies++
		}
	}
	if copies > 1 {
		return fmt.Sprintf("it came %d times", copies)
	}
	return ""
}

func (p Play) String() string {
	return fmt.Sprintf("%d of %d segments between %s and %s", p.done, len(p.steps), p.flow.X, p.flow.Y)
}

// name says who sends a step, and what.
func (p Play) name(s Step) string {
	from := p.flow.X
	if s.outside {
		from = p.flow.Y
	}
	text := fmt.Sprintf("the %s of %s", *s.Flags, from)
	if len(s.Payload) > 0 {
		text += fmt.Sprintf(" with %d bytes", len(s.Payload))
	}
	return text
}

// before names the steps that were carried.
func (p Play) before() string {
	if p.done == 0 {
		return "nothing was sent before it"
	}
	var names []string
	for _, s := range p.steps[:p.done] {
		names = append(names, p.name(s))
	}
	return "before it there were " + strings.Join(names, ", ")
}

// BeCarried succeeds when every segment of a sequence was heard as it was sent. Its
// failure names the first that was not, and how it differs field by field.
func BeCarried() types.GomegaMatcher { return carriedMatcher{} }

type carriedMatcher struct{}

func (carriedMatcher) Match(actual any) (bool, error) {
	play, ok := actual.(Play)
	if !ok {
		return false, fmt.Errorf("the matcher wants a Play, not %T", actual)
	}
	return play.why == "", nil
}

func (carriedMatcher) FailureMessage(actual any) string {
	play, _ := actual.(Play)
	to := play.flow.Y
	if play.steps[play.done].outside {
		to = play.flow.X
	}
	return fmt.Sprintf("%s should be heard by %s as it was sent; %s\n%s",
		play.name(play.steps[play.done]), to, play.why, play.before())
}

func (carriedMatcher) NegatedFailureMessage(actual any) string {
	play, _ := actual.(Play)
	return fmt.Sprintf("%s were carried, and should not have been", play)
}
