package probe

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/natproof/natproof/probe/stun"
)

// A tcpQuestion is a Binding request on a connection of its own.
type tcpQuestion struct {
	from tcpPort
	to   netip.AddrPort
}

// A tcpAnswer is the word of one endpoint, or the reason for its silence.
type tcpAnswer struct {
	stun.Response
	rtt time.Duration
	err error
}

// A tcpInterview is the questions to one server and its answers. The first are
// of one port each, all to the server's first endpoint; the rest are of the last
// of those ports, so that its mappings follow each other without another port's
// between them.
type tcpInterview struct {
	ports     []tcpPort
	questions []tcpQuestion
	answers   []tcpAnswer
	sent      int
	held      held
	heard     chan struct{} // closed when anything has come back
	hearing   sync.Once
	patience  time.Duration // with each question
	deaf      []netip.AddrPort
	least     time.Duration // the patience with those that are deaf
	way       *atomic.Int64 // the first round trip; nil is nobody's
	brief     bool          // it asks only what shows a mapping that is the same everywhere
	astray    string        // why the server's other address is not asked
}

// errSilent is the error of questions to a server that is given up as silent.
var errSilent = errors.New("nothing comes back")

// listen gives up all questions if nothing comes back for a while.
func (v *tcpInterview) listen(ctx context.Context, patience time.Duration) (context.Context, context.CancelFunc) {
	ctx, silence := context.WithCancelCause(ctx)
	timer := time.AfterFunc(patience, func() {
		select {
		case <-v.heard:
		default:
			silence(errSilent)
		}
	})
	return ctx, func() {
		timer.Stop()
		silence(nil)
	}
}

// begunGap is the time from one connection's beginning to that of the next, so
// that their SYNs leave in order, which a NAT may choose ports by.
const begunGap = time.Millisecond

// ask asks all questions at once, and asks those once more that may have been
// lost while others were answered. Their connections are begun in order.
func (v *tcpInterview) ask(ctx context.Context, questions []tcpQuestion) {
	places := make([]int, len(questions))
	for i := range places {
		places[i] = len(v.questions) + i
	}
	v.questions = append(v.questions, questions...)
	v.answers = append(v.answers, make([]tcpAnswer, len(questions))...)
	v.fill(ctx, places)
	if !slices.ContainsFunc(v.answers, func(a tcpAnswer) bool { return a.err == nil }) {
		return
	}
	v.fill(ctx, slices.DeleteFunc(places, func(i int) bool { return !unanswered(v.answers[i].err) }))
}

// fill asks the questions at those places.
func (v *tcpInterview) fill(ctx context.Context, places []int) {
	v.sent += len(places)
	gap := time.NewTimer(0)
	defer gap.Stop()
	var group sync.WaitGroup
	for _, i := range places {
		<-gap.C
		q, begun := v.questions[i], make(chan struct{})
		signs := tcpSigns{
			begun: sync.OnceFunc(func() { close(begun) }),
			heard: func() { v.hearing.Do(func() { close(v.heard) }) },
		}
		group.Go(func() {
			patience := v.patience
			if slices.Contains(v.deaf, q.to) {
				patience = v.least
			}
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			v.answers[i] = q.from.ask(ctx, q.to, signs, &v.held)
			if v.answers[i].err == nil && v.way != nil {
				v.way.CompareAndSwap(0, int64(v.answers[i].rtt))
			}
		})
		<-begun
		gap.Reset(begunGap)
	}
	group.Wait()
}

// cramped reports whether the first endpoint answers one port and is silent to another, each
// time that it was asked.
func (v *tcpInterview) cramped() bool {
	first := v.answers[:len(v.ports)]
	return slices.ContainsFunc(first, func(a tcpAnswer) bool { return a.err == nil }) &&
		slices.ContainsFunc(first, func(a tcpAnswer) bool { return unanswered(a.err) })
}

// home is the answer of the server's first endpoint to the last port.
func (v *tcpInterview) home() tcpAnswer { return v.answers[len(v.ports)-1] }

// elsewhere is the questions of the last port to other endpoints. What is seen alike where
// address and port are others is seen alike everywhere, and the other port alone tells
// whether the port matters.
func (v *tcpInterview) elsewhere(ctx context.Context, home, other netip.AddrPort) []tcpQuestion {
	port := v.ports[len(v.ports)-1]
	list := []tcpQuestion{{port, netip.AddrPortFrom(home.Addr(), other.Port())}, {port, other}}
	v.astray = originOf(ctx).strays(home.Addr(), other.Addr())
	switch {
	case v.astray != "":
		return list[:1]
	case v.brief:
		return list[1:]
	case len(v.deaf) > 0: // over UDP, and one of these may be deaf over TCP as well
		return append(list, tcpQuestion{port, netip.AddrPortFrom(other.Addr(), home.Port())})
	}
	return list
}
