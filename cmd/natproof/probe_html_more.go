package main

import (
	"fmt"
	"strings"

	"github.com/natproof/natproof/probe"
)

// requestedFacts are the rows of what is measured only on request.
func requestedFacts(r *probe.Result) []probeFact {
	var facts []probeFact
	add := func(name string, value fmt.Stringer, how, reason, sure string) {
		if value == probe.Yes {
			sure = sureAnswers // only a no can be loss
		}
		facts = append(facts, newProbeFact(name, value, because(how, reason), sure))
	}
	if l := r.Lifetime; l != nil {
		const how = "bindings that were left idle, each for another time"
		sure := sureOfSilence(l.WrongExpired)
		add("lifetime after a stream", l.Stream, how, l.Reason, sure)
		add("lifetime after one exchange", l.Single, how, l.Reason, sure)
		add("refreshed by outbound packets", l.Outbound, how+" but for them", "", sure)
		add("refreshed by inbound packets", l.Inbound, how+" but for them", "", sure)
	}
	if h := r.Hairpin; h != nil {
		how := "two sockets of this host called each other by their external addresses"
		if h.Source != "" {
			how += "; the source was seen as " + h.Source
		}
		add("hairpinning", h.Works, how, h.Reason, sureOfSilence(h.WrongNo))
	}
	if f := r.Fragments; f != nil {
		const how = "datagrams that are too long for one packet"
		add("fragments get out", f.Outbound, how, f.Reason, sureOfSilence(f.WrongNo))
		add("fragments get in", f.Inbound, how, f.Reason, sureOfSilence(f.WrongNo))
	}
	return facts
}

// because puts the reason for something, if there is one, behind how it was found.
func because(how, reason string) string {
	if reason == "" {
		return how
	}
	return how + " (" + strings.TrimSuffix(reason, ".") + ")"
}

// A probeExtra is a row of what is not of one protocol only.
type probeExtra struct{ Name, Value, How string }

func probeExtras(r *probe.Report) []probeExtra {
	var rows []probeExtra
	add := func(name string, value any, how string) {
		rows = append(rows, probeExtra{name, fmt.Sprint(value), how})
	}
	if g := r.Gateway; g != nil && g.Router.IsValid() {
		add("local router", g.Router, g.Reason)
		add("UPnP IGD", g.UPnP, "asked whether it answers")
		add("NAT-PMP", g.NATPMP, "asked whether it answers")
		add("PCP", g.PCP, "asked whether it answers")
		if g.External.IsValid() {
			add("its outside address", g.External, "told by "+g.How)
		}
	}
	if n := r.NATs; n != nil {
		add("NATs in a row", n.Words(), n.Reason)
		add("a carrier’s NAT", n.Carrier, "looked for an address of 100.64.0.0/10 on the way")
	}
	for _, s := range r.Secure {
		if s == nil {
			continue
		}
		value, how := "not reached", s.Reason
		if s.Reachable {
			value = fmt.Sprintf("seen as %v", s.Mapped)
			how = fmt.Sprintf("over %s, of %v, in %v", s.Version, s.Local, s.RTT)
		}
		add(s.Server, value, how)
	}
	return rows
}
