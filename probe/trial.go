package probe

import (
	"math"
	"net/netip"
	"time"

	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe/stun"
)

// A trial is one question of a session, and every copy of it that was sent.
type trial struct {
	socket int
	to     netip.AddrPort
	change stun.ChangeRequest
	// responsePort is the port that the answer is asked to; zero means back to the
	// asking socket.
	responsePort uint16
	// hears is the socket that the answer is to come to.
	hears int
	// refusals counts errors that speak of no fault: RESPONSE-PORT is optional.
	refusals int
	copies   []*packet
	// deaf says that the endpoint never answers.
	deaf bool
	// answer is the first answer; nil as long as it has not come.
	answer *stun.Response
}

// A packet is one copy of a question.
type packet struct {
	trial *trial
	sent  time.Time
	// control is sent beside the copy. Where neither is answered, a burst of loss
	// is as likely as a filter.
	control *packet
	// after is how long the answer took; negative as long as it has not come.
	after time.Duration
	// wide says that its RESPONSE-PORT, if it has one, is the wide one.
	wide bool
	// void says that a limit may have taken it or what was sent beside it, so that
	// neither its answer nor its silence tells of loss.
	void bool
	// number is its place in the order of all packets of the session.
	number int
}

func (p *packet) answered() bool { return p.after >= 0 }

// request returns the bytes of one more copy. Each has a transaction ID of its
// own, so that every answer tells which copy it is for.
func (t *trial) request(wide bool) ([]byte, stun.TransactionID, error) {
	var setters []pion.Setter
	if t.change != (stun.ChangeRequest{}) {
		setters = append(setters, t.change)
	}
	switch {
	case t.responsePort == 0:
	case wide:
		setters = append(setters, stun.WideResponsePort(t.responsePort))
	default:
		setters = append(setters, stun.ResponsePort(t.responsePort))
	}
	m, err := stun.NewBindingRequest(setters...)
	if err != nil {
		return nil, stun.TransactionID{}, err
	}
	return m.Raw, stun.IDOf(m), nil
}

func (t *trial) asked() bool    { return len(t.copies) > 0 }
func (t *trial) answered() bool { return t.answer != nil }

// answeredSent returns when the first and the last copy were sent that have been
// answered.
func (t *trial) answeredSent() (first, last time.Time) {
	for _, p := range t.copies {
		if !p.answered() {
			continue
		}
		if first.IsZero() {
			first = p.sent
		}
		last = p.sent
	}
	return first, last
}

// tries counts the copies that were sent at a pace that they can tell something at.
func (t *trial) tries() int {
	n := 0
	for _, p := range t.copies {
		if !p.void {
			n++
		}
	}
	return n
}

// unanswered counts the copies without an answer so far.
func (t *trial) unanswered() int {
	n := 0
	for _, p := range t.copies {
		if !p.void && !p.answered() {
			n++
		}
	}
	return n
}

// due reports whether every copy so far has had its time.
func (t *trial) due(now time.Time, timeout time.Duration) bool {
	return !t.asked() || now.Sub(t.copies[len(t.copies)-1].sent) >= timeout
}

// silent counts the copies that had their time and got no answer though their
// control did.
func (t *trial) silent(now time.Time, timeout time.Duration) int {
	n := 0
	for _, p := range t.copies {
		if !p.void && !p.answered() && now.Sub(p.sent) >= timeout && (p.control == nil || p.control.answered()) {
			n++
		}
	}
	return n
}

// A tally counts questions that nothing but loss stood in the way of.
type tally struct{ answered, lost int }

func (c *tally) add(t *trial, now time.Time, timeout time.Duration) {
	for _, p := range t.copies {
		switch {
		case p.void:
		case p.answered():
			c.answered++
		case now.Sub(p.sent) >= timeout:
			c.lost++
		}
	}
}

// loss is the share of questions that were lost.
func (c tally) loss() float64 {
	if c.lost == 0 {
		return 0
	}
	return float64(c.lost) / float64(c.answered+c.lost)
}

// allLost is the chance that n further copies are all lost, given the tally and
// nothing else: the true loss may be anything before the tally is looked at. With l lost
// and a answered that is B(l+n+p, a+p) / B(l+p, a+p). As long as nothing is lost, p is ½
// (Jeffreys' prior), and afterwards 1: each loss is as likely as the next then. It asks for
// more copies where there are few controls, and does not take luck for the absence of loss.
func (c tally) allLost(n int) float64 {
	p := 0.5
	if c.lost > 0 {
		p = 1
	}
	l, a := float64(c.lost)+p, float64(c.answered)+p
	return math.Exp(logBeta(l+float64(n), a) - logBeta(l, a))
}

func logBeta(x, y float64) float64 {
	lx, _ := math.Lgamma(x)
	ly, _ := math.Lgamma(y)
	lxy, _ := math.Lgamma(x + y)
	return lx + ly - lxy
}

// A spread keeps the shortest and the longest round trip so far.
type spread struct {
	known    bool
	min, max time.Duration
}

func (s *spread) add(d time.Duration) {
	if !s.known {
		*s = spread{true, d, d}
	}
	s.min, s.max = min(s.min, d), max(s.max, d)
}
