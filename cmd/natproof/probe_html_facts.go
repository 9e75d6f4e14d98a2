package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/natproof/natproof/probe"
)

// A probeFact is a row of the table of facts.
type probeFact struct{ Name, Value, How, Sure string }

// probeBlocked is the classic name of what lets no UDP through.
const probeBlocked = "blocked"

const (
	sureAnswers = "certain: it rests on answers, not on silence"
	sureHabit   = "a habit that was seen, not a promise"
)

func newProbeView(id, name string, r *probe.Result) *probeView {
	v := &probeView{ID: id, Name: name}
	if r == nil {
		v.Headline, v.Outcome = "Not measured", "none"
		v.Sentences = []string{"It was left out, or this host has no such address."}
		return v
	}
	v.Headline, v.Outcome = probeHeadline(r)
	v.Blocked = r.Classic == probeBlocked
	v.Sentences = probeSentences(r)
	v.Drawings = newProbeDrawings(id, name, r)
	v.Facts = append(probeFacts(strings.HasPrefix(id, "tcp"), r), requestedFacts(r)...)
	return v
}

// probeHeadline says what a result is, and whether that is good news.
func probeHeadline(r *probe.Result) (text, outcome string) {
	known := r.Mapping != probe.NotDetermined
	filtered := r.Filtering != probe.NotDetermined
	switch {
	case r.Classic == probeBlocked:
		return "UDP is blocked", "bad"
	case !r.Reachable:
		return "Nothing answers", "bad"
	case r.NAT == probe.No && r.Filtering == probe.EndpointIndependent:
		return "No NAT and no filter: the open Internet", "good"
	case r.NAT == probe.No && filtered:
		return "No NAT, but a firewall", "open"
	case r.NAT == probe.No:
		return "No NAT; whether there is a firewall is not determined", "open"
	case r.NAT == probe.Yes && r.Mapping == probe.EndpointIndependent && r.Filtering == probe.EndpointIndependent:
		return "A NAT that lets everybody in (full cone)", "good"
	case r.NAT == probe.Yes && r.Mapping == probe.EndpointIndependent && filtered:
		return "A NAT that peers can meet through (" + r.Classic + ")", "open"
	case r.NAT == probe.Yes && r.Mapping == probe.EndpointIndependent:
		return "A NAT that shows all peers the same port", "open"
	case r.NAT == probe.Yes && known:
		return "A NAT that shows each peer another port (symmetric)", "bad"
	case r.NAT == probe.Yes:
		return "A NAT, of a kind that is not determined", "open"
	}
	return "Not determined", "open"
}

func probeSentences(r *probe.Result) []string {
	var list []string
	add := func(s string) {
		if s != "" {
			list = append(list, s)
		}
	}
	if r.NAT == probe.Yes {
		add(map[probe.Dependence]string{
			probe.EndpointIndependent:     "All peers see the same address and port, so whoever is told of it can use it.",
			probe.AddressDependent:        "Each address that is talked to sees another port.",
			probe.AddressAndPortDependent: "Each peer sees another port, so what one sees is of no use to the next.",
		}[r.Mapping])
	}
	add(map[probe.Dependence]string{
		probe.EndpointIndependent:     "Once a port is in use, anybody’s packets to it come in.",
		probe.AddressDependent:        "Packets come in only from addresses that were sent to.",
		probe.AddressAndPortDependent: "Packets come in only from the very address and port that was sent to.",
	}[r.Filtering])
	if r.Reason != "" {
		add("Note: " + strings.TrimSuffix(r.Reason, ".") + ".")
	}
	return list
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
