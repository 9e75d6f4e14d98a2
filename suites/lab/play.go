package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
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

// Inside reports whether the inside endpoint sends it.
func (s Step) Inside() bool { return !s.outside }

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

// Beginning sets the number of a SYN.
func (s Step) Beginning(initial uint32) Step {
	s.Initial = &initial
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

// Sacking adds a block of received data to the SACK option, from a sequence number
// up to another.
func (s Step) Sacking(first, behind uint32) Step {
	s.Sacked = append(slices.Clone(s.Sacked), [2]uint32{first, behind})
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
	// altered is the first that was heard with another header or other data than it
	// was sent with, and how says which; how is empty if there is none.
	altered int
	how     string
}

// Plays sends the segments of a sequence one after another, each when the one before
// it was heard at the other end, translated and once. It ends with the first that was
// not. A connection of x that begins after a RST may have another mapping, since no clause of
// RFC 5382 says what becomes of the first. What differs in those that were heard is kept for BeCarried.
func (f *Flow) Plays(ctx context.Context, steps ...Step) Play {
	ginkgo.GinkgoHelper()
	play := Play{flow: f, steps: steps}
	reset := false
	for _, step := range steps {
		if reset && *step.Flags&(SYN|ACK) == SYN && step.Inside() {
			f.Mapping = netip.AddrPort{}
		}
		reset = reset || *step.Flags&RST != 0
		why, how := f.plays(ctx, step)
		if how != "" && play.how == "" {
			play.altered, play.how = play.done, how
		}
		if play.why = why; why != "" {
			break
		}
		play.done++
	}
	return play
}

// plays sends one segment and says why the sequence ends with it, and how it was
// altered.
func (f *Flow) plays(ctx context.Context, step Step) (why, how string) {
	ginkgo.GinkgoHelper()
	from, to := f.X, f.Y
	if step.outside {
		from, to = f.Y, f.X
	}
	p := from.Sending(step.Segment, f)
	heard := to.Hears(ctx, p)
	switch {
	case heard.Arrival == nil:
		return heard.instead(), ""
	case heard.belied != "":
		return fmt.Sprintf("it comes from %s and not from %s", nameOf(heard.Source()), heard.belied), ""
	}
	if !step.outside {
		if f.Mapping.IsValid() && heard.Source() != f.Mapping {
			return fmt.Sprintf("it comes from %s, and what %s sent before came from %s",
				heard.Source(), f.X, f.Mapping), ""
		}
		f.Mapping = heard.Source()
	}
	how = inWords(p.whole().unlike(*heard.Arrival, p.tcp.initial, p.tcp.acked()))
	copies := 0
	for _, a := range heard.Meanwhile {
		if p.heardBy(to)(a) {
			copies++
		}
	}
	if copies > 1 {
		why = fmt.Sprintf("it came %d times", copies)
	}
	return why, how
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

// before names the steps before one.
func (p Play) before(step int) string {
	if step == 0 {
		return "nothing was sent before it"
	}
	var names []string
	for _, s := range p.steps[:step] {
		names = append(names, p.name(s))
	}
	return "before it there were " + strings.Join(names, ", ")
}

// stubborn is how often Persists tries.
const stubborn = 8

// Persists plays a sequence again with fresh endpoints when it does not pass, so that a
// spec that has many of them is not failed by a lost packet in one. Each play is told
// which try it is.
func (l *Lab) Persists(play func(try uint16) Play) Play {
	ginkgo.GinkgoHelper()
	before, last := l.doubt, Play{}
	for try := range uint16(stubborn) {
		if last = play(try); last.why == "" {
			l.doubt = before
			if try > 0 {
				l.Note(fmt.Sprintf("the NAT loses packets: it went well on try %d, with fresh endpoints", try+1))
			}
			break
		}
	}
	return last
}

// PremisePassed ends the spec as inconclusive when a sequence was not heard to its end:
// what the spec is about cannot be observed then, for a reason that another requirement
// judges.
func (l *Lab) PremisePassed(p Play, reason string) {
	ginkgo.GinkgoHelper()
	if p.why != "" {
		l.Inconclusive(reason + "; " + BePassed().FailureMessage(p))
	}
}

// BePassed succeeds when every segment of a sequence was heard, translated and once. Its
// failure names the first that was not, and what came instead.
func BePassed() types.GomegaMatcher { return playMatcher{} }

// BeCarried is BePassed for segments that must arrive with every field and every byte
// as they were sent. Its failure says how the first differs that did not.
func BeCarried() types.GomegaMatcher { return playMatcher{unaltered: true} }

type playMatcher struct{ unaltered bool }

func (m playMatcher) Match(actual any) (bool, error) {
	play, ok := actual.(Play)
	if !ok {
		return false, fmt.Errorf("the matcher wants a Play, not %T", actual)
	}
	return play.why == "" && (!m.unaltered || play.how == ""), nil
}

func (m playMatcher) FailureMessage(actual any) string {
	play, _ := actual.(Play)
	step, reason := play.done, play.why
	if m.unaltered && play.how != "" {
		step, reason = play.altered, "it was altered: "+play.how
	}
	to := play.flow.Y
	if play.steps[step].outside {
		to = play.flow.X
	}
	must := fmt.Sprintf("%s should be heard by %s as it was sent", play.name(play.steps[step]), to)
	return missedLast(fmt.Sprintf("%s; %s\n%s", must, reason, play.before(step)), must, reason).tell()
}

func (m playMatcher) NegatedFailureMessage(actual any) string {
	play, _ := actual.(Play)
	return fmt.Sprintf("%s were carried, and should not have been", play)
}
