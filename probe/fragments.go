package probe

import (
	"net/netip"
	"time"

	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe/stun"
)

// A Fragments is whether UDP datagrams pass that are too long for one packet
// (RFC 4787, Section 11).
type Fragments struct {
	Outbound Tristate `json:"outbound"` // whether they pass from here to the server
	Inbound  Tristate `json:"inbound"`  // whether they pass from the server to here
	// WrongNo is the chance that a "no" was only loss.
	WrongNo  float64 `json:"wrong_no_probability"`
	Sent     int     `json:"packets_sent"`     // how many packets were sent for it
	Answered int     `json:"packets_answered"` // how many of those were answered
	Reason   string  `json:"reason,omitempty"` // why something is not determined, or what else is to be known
	Duration Millis  `json:"duration_ms"`      // how long it took, in milliseconds
}

const (
	// fragmentPadding makes a datagram of two packets on every link of 1500 bytes.
	// A server that reads 1500 bytes at most still takes it.
	fragmentPadding = 1472
	// packetPadding makes a datagram that fits one packet, also in most tunnels.
	packetPadding  = 1360
	fragmentRounds = 24
	// oneFragment is the longest answer that fits one packet.
	oneFragment = 1472
)

// unheardOf is an attribute that a server must understand and does not, so that
// its answer is an error, which is short (RFC 8489, Section 6.3.1).
type unheardOf struct{}

// AddTo adds the attribute to m. Its number is not assigned.
func (unheardOf) AddTo(m *pion.Message) error {
	m.Add(pion.AttrType(0x7ffe), nil)
	return nil
}

// UDPFragments sends requests with enough PADDING (RFC 5780, Section 7.6) to be
// fragmented. The answer to one kind is one packet, which shows that fragments
// get out. The answer to the other kind comes in fragments again. Whether
// something on the way or something at the server drops them cannot be told from
// here, so "no" means either.
func UDPFragments(t Transport, server Server) *Fragments {
	f := &fragmenter{desk: newDesk(t, server)}
	started := t.Now()
	f.socket = f.open()
	f.learn(f.socket, learnTries, func(seen netip.AddrPort, _ time.Time) {
		if !seen.IsValid() {
			f.result.Reason = "no answer from the server"
			return
		}
		f.try(fragmentRounds)
	})
	finished := f.run(f.done)
	r := f.result
	switch {
	case f.err != nil:
		r.Reason = f.err.Error()
	case r.Reason == "" && !finished:
		r.Reason = timeUp
	}
	r.Sent, r.Answered, r.Duration = f.sent, f.heard, Millis(t.Now().Sub(started))
	return &r
}

type fragmenter struct {
	*desk
	socket Socket
	tally  tally // of the controls
	result Fragments
}

func (f *fragmenter) done() bool {
	return f.result.Reason != "" || f.result.Outbound != Unknown && f.result.Inbound != Unknown
}

// try asks the questions that are still open, beside a control that fits one
// packet and is like them otherwise: a server that is silent to the control does
// not take long questions.
func (f *fragmenter) try(rounds int) {
	f.judge()
	switch {
	case f.result.Reason != "":
	case f.tally.answered == 0 && f.tally.lost == learnTries:
		f.result.Reason = "the server answers no question that fills a packet, so silence to longer ones says nothing"
	case rounds == 0:
		f.result.Reason = "too much loss"
	}
	if f.done() {
		return
	}
	controlled := false
	f.ask(f.socket, func(Arrival, stun.Response) { controlled = true }, stun.Padding(packetPadding), unheardOf{})
	if f.result.Outbound == Unknown {
		through := func(Arrival, stun.Response) { f.result.Outbound = Yes }
		f.ask(f.socket, through, stun.Padding(fragmentPadding), unheardOf{})
	}
	f.ask(f.socket, f.padded, stun.Padding(fragmentPadding))
	f.after(f.timeout(), func() {
		if controlled {
			f.tally.answered++
		} else {
			f.tally.lost++
		}
		f.try(rounds - 1)
	})
}

// padded takes the answer to a question that wants fragments back.
func (f *fragmenter) padded(a Arrival, r stun.Response) {
	f.result.Outbound = Yes
	switch {
	case len(a.Payload) > oneFragment:
		f.result.Inbound = Yes
	case r.Code != 0, r.Padding < 0:
		f.result.Reason = "the server does not pad its answers (PADDING), so what comes in is not determined"
	default:
		f.result.Reason = "the server pads its answers to less than a packet, so what comes in is not determined"
	}
}

// judge takes silence beside controls that were answered for "no" when it cannot
// be loss. Inbound fragments can be judged only once outbound ones pass, since
// otherwise the server was never asked for them. A datagram of two packets is
// lost twice as often as one, hence half the count.
func (f *fragmenter) judge() {
	lost := f.tally.allLost(f.tally.answered / 2)
	switch {
	case lost >= doubt:
	case f.result.Outbound == Unknown:
		f.result.Outbound, f.result.WrongNo = No, lost
		f.result.Reason = "fragments are dropped on the way out, or the server's network drops them, " +
			"so that no fragment can be asked to come in"
	case f.result.Outbound == Yes && f.result.Inbound == Unknown:
		f.result.Inbound, f.result.WrongNo = No, lost
		f.result.Reason = "fragments are dropped on the way in, or the server's network drops them"
	}
}
