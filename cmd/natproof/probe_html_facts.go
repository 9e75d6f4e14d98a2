package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/natproof/natproof/probe"
)

// A probeFact is a row of the table of facts.
type probeFact struct{ Name, Value, How, Sure string }

const (
	sureAnswers = "certain: it rests on answers, not on silence"
	sureHabit   = "a habit that was seen, not a promise"
)

func newProbeView(one probe.NamedResult) *probeView {
	v := &probeView{ID: one.ID, Name: one.Name}
	r := one.Result
	if r == nil {
		v.Headline, v.Outcome = "Not measured", "none"
		v.Sentences = []string{"It was left out, or this host has no such address."}
		return v
	}
	v.Headline, v.Outcome = r.Headline(), probeOutcome(r)
	v.Blocked = r.Blocked()
	v.Sentences = r.Sentences()
	v.Drawings = newProbeDrawings(v.ID, v.Name, r)
	v.Facts = append(probeFacts(strings.HasPrefix(v.ID, "tcp"), r), requestedFacts(r)...)
	return v
}

// probeOutcome says whether what a result is, is good news.
func probeOutcome(r *probe.Result) string {
	switch {
	case !r.Reachable, r.NAT == probe.Yes && r.Mapping > probe.EndpointIndependent:
		return "bad"
	case r.NAT == probe.No && r.Filtering == probe.EndpointIndependent,
		r.NAT == probe.Yes && r.Mapping == probe.EndpointIndependent && r.Filtering == probe.EndpointIndependent:
		return "good"
	}
	return "open"
}

// newProbeFact leaves the last word out of what is not known.
func newProbeFact(name string, value fmt.Stringer, how, sure string) probeFact {
	switch value {
	case probe.NotDetermined, probe.Unknown, probe.ParityUnknown, probe.PoolingUnknown, probe.Span{}:
		sure = "–"
	}
	return probeFact{name, value.String(), how, sure}
}

// probeFacts tells of each value how it was found and how sure it is.
func probeFacts(tcp bool, r *probe.Result) []probeFact {
	answers := probeFact{"answers", fmt.Sprintf("%d of %d", r.Answered, r.Sent), fmt.Sprintf("%s, within %v", asked(tcp), r.Duration), "–"}
	if !r.Reachable {
		return []probeFact{answers}
	}
	if !tcp {
		answers.Sure = fmt.Sprintf("%.0f %% of the questions without a filter in their way got no answer", 100*r.Loss)
	}
	facts := []probeFact{answers}
	add := func(name string, value fmt.Stringer, how, sure string) {
		facts = append(facts, newProbeFact(name, value, how, sure))
	}
	add("seen as", r.Mapped, fmt.Sprintf("by %s, of the socket %v", r.Server, r.Local), sureAnswers)
	add("NAT", r.NAT, "the sockets’ own addresses and ports beside those that the server saw", sureAnswers)
	add("mapping", r.Mapping, "one socket asked two addresses of the server at two ports each how they see it", sureAnswers)
	ask := "another socket asked to be answered from elsewhere"
	if tcp {
		ask = "the server was asked to connect back from elsewhere"
	}
	add("filtering", r.Filtering, ask, sureOfFilter(r))
	add("addresses in packets rewritten (ALG)", r.ALG, "the address in clear beside the disguised one", sureAnswers)
	n := len(r.Ports.Mapped)
	if n == 0 {
		return facts
	}
	add("ports preserved", r.Ports.Preserved, fmt.Sprintf("the ports of %d sockets beside those seen", n), sureHabit)
	add("parity", r.Ports.Parity, fmt.Sprintf("whether the ports of %d sockets stay even or odd", n), sureOfParity(r, n))
	add("neighbours stay neighbours", r.Ports.Contiguous, "sockets on neighbouring ports, in order", sureHabit)
	step := "none that is constant"
	if r.Ports.Step != 0 {
		step = fmt.Sprintf("%+d", r.Ports.Step)
	}
	facts = append(facts, probeFact{"step from port to port", step, "the mappings in the order in which they were asked for", sureHabit})
	add("next port predictable", r.Ports.Predictable, "ports preserved, or a constant step", sureHabit)
	add("address pooling", r.Pooling, fmt.Sprintf("the addresses that %d sockets were seen at", n), sureHabit)
	return facts
}

func asked(tcp bool) string {
	if tcp {
		return "connections that asked"
	}
	return "packets that asked"
}

// sureOfFilter puts the chance of a wrong "filtered" into words.
func sureOfFilter(r *probe.Result) string {
	if r.Filtering == probe.EndpointIndependent {
		return "certain: an answer came from where nothing was sent to"
	}
	if r.Verified == probe.Yes {
		return sureOfSilence(r.WrongFiltered) + "; the server was seen to send such answers"
	}
	return sureOfSilence(r.WrongFiltered) + "; whether the server sends such answers could not be checked"
}

// sureOfSilence says what the chance of taking loss for a no is.
func sureOfSilence(wrong float64) string {
	if wrong <= 0 {
		return sureAnswers
	}
	return fmt.Sprintf("the chance that it was only loss is 1 in %s", grouped(math.Floor(1/wrong)))
}

func sureOfParity(r *probe.Result, n int) string {
	if r.Ports.Parity == probe.ParityPreserved && r.Ports.Preserved != probe.Yes {
		return fmt.Sprintf("random ports do so once in %d times", 1<<min(n, 16))
	}
	return sureHabit
}

// grouped writes a whole number with its thousands apart.
func grouped(f float64) string {
	digits := fmt.Sprintf("%.0f", f)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
