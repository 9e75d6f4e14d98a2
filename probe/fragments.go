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
	// Outbound is from here to the server, Inbound back.
	Outbound Tristate `json:"outbound"`
	Inbound  Tristate `json:"inbound"`
	// WrongNo is the chance that a "no" was only loss.
	WrongNo  float64 `json:"wrong_no_probability"`
	Sent     int     `json:"packets_sent"`
	Answered int     `json:"packets_answered"`
	Reason   string  `json:"reason,omitempty"`
	Duration Millis  `json:"duration_ms"`
}

const (
	// fragmentPadding makes a datagram of two packets on every link of 1500
	// bytes, and one that a socket's buffer here still holds.
	fragmentPadding = 1800
	fragmentRounds  = 24
	// oneFragment is what an answer must be longer than, to be two packets.
	oneFragment = 1500
)

// unheardOf is an attribute that a server must understand and does not, so that
// its answer is an error, which is short (RFC 8489, Section 6.3.1).
type unheardOf struct{}

// AddTo adds the attribute to m. Its number is of those that nobody has assigned.
func (unheardOf) AddTo(m *pion.Message) error {
	m.Add(pion.AttrType(0x7ffe), nil)
	return nil
}

// UDPFragments sends requests with so much PADDING (RFC 5780, Section 7.6) that
// they go in fragments. One kind is answered in one packet, which tells that
// fragments get out, the other in fragments again.
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
		r.Reason = "the time was up"
	}
	r.Sent, r.Answered, r.Duration = f.sent, f.heard, Millis(t.Now().Sub(started))
	return &r
}

type fragmenter struct {
	*desk
	socket Socket
	tally  tally
	// silentOut and silentIn count the questions of either kind that were not
	// answered though the control was.
	silentOut, silentIn int
	result              Fragments
}

func (f *fragmenter) done() bool {
	return f.result.Reason != "" || f.result.Outbound != Unknown && f.result.Inbound != Unknown
}

// try asks what is not known yet, beside a question that fits one packet.
func (f *fragmenter) try(rounds int) {
	f.judge()
	if rounds == 0 && f.result.Reason == "" {
		f.result.Reason = "too much loss"
	}
	if f.done() {
		return
	}
	controlled := false
	f.ask(f.socket, func(Arrival, stun.Response) { controlled = true })
	if f.result.Outbound == Unknown {
		f.ask(f.socket, func(Arrival, stun.Response) { f.result.Outbound = Yes }, stun.Padding(fragmentPadding), unheardOf{})
	}
	f.ask(f.socket, f.padded, stun.Padding(fragmentPadding))
	f.after(f.timeout(), func() {
		if controlled {
			f.tally.answered++
			f.silentOut++
			f.silentIn++
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

// judge takes silence for "no" when it cannot be loss. Of what comes in nothing
// is known unless something gets out: it would not have been asked for. A
// datagram of two packets is lost twice as often as one, hence half the count.
func (f *fragmenter) judge() {
	out, in := f.tally.allLost(f.silentOut/2), f.tally.allLost(f.silentIn/2)
	switch {
	case f.result.Outbound == Unknown && out < doubt:
		f.result.Outbound, f.result.WrongNo = No, out
		f.result.Reason = "what comes in is not determined, since fragments do not get out to ask for it"
	case f.result.Outbound == Yes && f.result.Inbound == Unknown && in < doubt:
		f.result.Inbound, f.result.WrongNo = No, in
	}
}
