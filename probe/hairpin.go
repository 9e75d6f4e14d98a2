package probe

import (
	"bytes"
	"net/netip"
	"time"

	"github.com/natproof/natproof/probe/stun"
)

// A Hairpin is whether two sockets behind a NAT reach each other by their
// external addresses (RFC 4787, Section 6).
type Hairpin struct {
	Works Tristate `json:"works"` // whether they reach each other
	// Source is whose address the receiver sees: external, as it should be, internal or
	// other; missing if nothing arrives.
	Source string `json:"source,omitempty"`
	// WrongNo is the chance that "no" was only loss.
	WrongNo  float64 `json:"wrong_no_probability"`
	Sent     int     `json:"packets_sent"`     // how many packets were sent for it
	Answered int     `json:"packets_answered"` // how many of those were answered
	Reason   string  `json:"reason,omitempty"` // why something is not determined, or what else is to be known
	Duration Millis  `json:"duration_ms"`      // how long it took, in milliseconds
}

// hairpinRounds bounds how often the sockets call each other.
const hairpinRounds = 24

// hiddenHairpin is what "no" leaves open.
const hiddenHairpin = "a NAT that leaves the internal source looks the same from one host, " +
	"which takes no packets from its own address"

// UDPHairpin has two sockets call each other by the addresses that the server
// sees. Both call, so that neither's filter is in the way of the other where
// the mapping is endpoint-independent; elsewhere silence says something only if
// found, which is what UDP has found, knows of no filter. It is not part of a
// default run, since some firewalls take it for an attack.
func UDPHairpin(t Transport, server Server, found *Result) *Hairpin {
	h := &hairpinner{desk: newDesk(t, server)}
	started := t.Now()
	h.other = h.arrived
	h.sockets[0], h.sockets[1] = h.open(), h.open()
	for i := range h.sockets {
		h.learn(h.sockets[i], learnTries, func(seen netip.AddrPort, _ time.Time) { h.ready(i, seen) })
	}
	finished := h.run(func() bool { return h.result.Works != Unknown || h.result.Reason != "" })
	r := h.result
	switch {
	case h.err != nil:
		r.Reason = h.err.Error()
	case r.Works == Unknown && r.Reason == "" && !finished:
		r.Reason = timeUp
	}
	r.qualify(found)
	r.Sent, r.Answered, r.Duration = h.sent, h.heard, Millis(t.Now().Sub(started))
	return &r
}

// qualify takes back a "no" that rests on silence where a filter may explain it:
// the filter of the called socket was opened for the endpoint that the server
// sees, and a call may come from another one.
func (h *Hairpin) qualify(found *Result) {
	refused := h.WrongNo == 0
	if h.Works != No || refused || found.Mapping == EndpointIndependent || found.Filtering == EndpointIndependent {
		return
	}
	h.Works, h.WrongNo = Unknown, 0
	h.Reason = "the filter may be what is in the way: this NAT does not use one endpoint toward all"
	if found.Mapping == NotDetermined {
		h.Reason = "the filter may be what is in the way: it is not known whether this NAT uses one endpoint toward all"
	}
}

type hairpinner struct {
	*desk
	sockets [2]Socket
	mapped  [2]netip.AddrPort
	calls   [][]byte // that were sent, each with its own transaction ID
	tally   tally
	silent  int
	result  Hairpin
}

// ready takes a socket's address, and begins once both are known.
func (h *hairpinner) ready(i int, seen netip.AddrPort) {
	h.mapped[i] = seen
	switch {
	case !seen.IsValid():
		h.result.Reason = "no answer from the server"
	case !pair{h.sockets[i].Local, seen}.translated():
		h.result.Reason = "there is no NAT"
	case h.mapped[0].IsValid() && h.mapped[1].IsValid():
		h.call(hairpinRounds)
	}
}

// call sends a packet each way beside a question to the server, whose answer
// tells that packets do pass.
func (h *hairpinner) call(rounds int) {
	h.result.WrongNo = h.tally.allLost(h.silent)
	if h.result.WrongNo < doubt {
		h.result.Works = No
		h.result.Reason = hiddenHairpin
		return
	}
	if rounds == 0 {
		h.result.WrongNo, h.result.Reason = 0, "too much loss"
		return
	}
	controlled := false
	h.ask(h.sockets[0], func(Arrival, stun.Response) { controlled = true })
	for i := range h.sockets {
		m, err := stun.NewBindingRequest()
		if err != nil {
			h.err = err
			return
		}
		h.calls = append(h.calls, m.Raw)
		h.sent++
		h.sockets[i].Send(h.mapped[1-i], m.Raw)
	}
	h.after(h.timeout(), func() {
		if controlled {
			h.tally.answered++
			h.silent++
		} else {
			h.tally.lost++
		}
		h.call(rounds - 1)
	})
}

// arrived takes a packet that is no answer, and looks whether it is a call.
func (h *hairpinner) arrived(a Arrival) {
	for i, call := range h.calls {
		caller := i % len(h.sockets)
		if !bytes.Equal(call, a.Payload) || a.Socket == h.sockets[caller].ID {
			continue
		}
		h.result.Works, h.result.WrongNo = Yes, 0
		h.result.Source = source(a.From.Addr(), pair{h.sockets[caller].Local, h.mapped[caller]})
		return
	}
}

// source says which address of the caller the called socket sees. Ports say
// nothing: a NAT of address-dependent mapping uses another one here.
func source(seen netip.Addr, caller pair) string {
	switch seen {
	case caller.mapped.Addr():
		return "external"
	case caller.local.Addr():
		return "internal"
	}
	return "other"
}
