package probe

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
)

// A Fact is one thing of a report as people read it, with how it was found and
// how sure it is. Text, HTML and JSON all tell the same ones.
type Fact struct {
	// Key is the field of the JSON form that has the value.
	Key         string
	Name, Value string
	Evidence
}

// Evidence is what a value rests on.
type Evidence struct {
	// How says how the value was found.
	How string `json:"how"`
	// Sure says how sure it is; "" where nothing was found.
	Sure string `json:"sure,omitempty"`
	// Reason says why nothing was found, or what else is to be known of it.
	Reason string `json:"reason,omitempty"`
}

// Words say how sure it is, and what else is to be known.
func (e Evidence) Words() string {
	if e.Sure == "" || e.Reason == "" {
		return e.Sure + e.Reason
	}
	return e.Sure + "; " + e.Reason
}

const (
	sureAnswers = "certain: it rests on answers"
	sureHabit   = "seen to be so, which is no promise"
)

// A factList collects facts.
type factList []Fact

func (l *factList) say(key, name, value, how, sure string) {
	*l = append(*l, Fact{key, Visible(name), Visible(value), Evidence{How: Visible(how), Sure: sure}})
}

// because gives the last fact its reason; "" leaves it without a reason.
func (l *factList) because(reason string) {
	(*l)[len(*l)-1].Reason = strings.TrimSuffix(Visible(reason), ".")
}

// add adds a fact. A value that is not known gets no word on how sure it is.
func (l *factList) add(key, name string, value fmt.Stringer, how, sure string) {
	words := value.String()
	switch value {
	case NotDetermined, Unknown, ParityUnknown, PoolingUnknown, Span{}, netip.AddrPort{}:
		words, sure = Unknown.String(), "" // and not as some of them are in JSON, with a hyphen
	}
	l.say(key, name, words, how, sure)
}

// addUnlikely is add for a value whose yes is certain, while its no can be loss.
func (l *factList) addUnlikely(key, name string, value Tristate, how, reason string, wrong float64) {
	sure := sureAnswers
	if value == No {
		sure = sureOfSilence(wrong)
	}
	l.add(key, name, value, how, sure)
	if value != Yes {
		l.because(reason) // of a yes it says something else than why
	}
}

// Facts returns everything that is known of one result.
func (n NamedResult) Facts() []Fact {
	var l factList
	r, tcp := n.Result, strings.HasPrefix(n.ID, "tcp")
	l.cost(r, tcp)
	if !r.Reachable {
		return l
	}
	l.say("local", "socket of this host", r.Local.String(), "its real address, not the unspecified one", sureAnswers)
	l.add("mapped", "seen as", r.Mapped, "by "+r.Server, sureAnswers)
	if r.Near != "" {
		l.say("near", "tells of the Internet", "no", "the server's address beside this host's networks", sureAnswers)
		l.because(r.Near)
	}
	l.add("nat", "NAT", r.NAT, "the sockets' own addresses and ports beside those seen", sureAnswers)
	if r.NAT == Yes && !r.Mapped.IsValid() {
		l.because(overTCP)
	}
	l.add("mapping", "mapping", r.Mapping,
		"one socket asked two addresses of the server at two ports each how they see it", sureAnswers)
	ask := "another socket asked to be answered from elsewhere"
	if tcp {
		ask = "connections back from elsewhere, which the server is asked for on request"
	}
	l.add("filtering", "filtering", r.Filtering, ask, sureOfFilter(r))
	if r.Filtering > EndpointIndependent && !tcp {
		l.because(ownFirewall(r.tracks))
	}
	if r.Classic != "" {
		l.say("classic", "old name", r.Classic, "derived from mapping and filtering", "as sure as those")
	}
	l.add("alg", "addresses rewritten (ALG)", r.ALG, "the address in clear beside the disguised one", sureAnswers)
	l.ports(r)
	l.requested(r)
	return l
}

func (l *factList) cost(r *Result, tcp bool) {
	asked, sure := "packets that asked", ""
	if tcp {
		asked = "connections that asked"
	} else if r.Reachable {
		sure = fmt.Sprintf("%.0f %% loss, counted on questions that no filter can hold back", 100*r.Loss)
	}
	l.say("packets_answered", "answers", fmt.Sprintf("%d of %d", r.Answered, r.Sent),
		fmt.Sprintf("%s, within %v", asked, r.Duration), sure)
}

func (l *factList) ports(r *Result) {
	n := len(r.Ports.Mapped)
	if n == 0 {
		return
	}
	sockets := fmt.Sprintf("%d sockets", n)
	if n == 1 {
		sockets = "1 socket"
	}
	l.add("ports.preserved", "ports preserved", r.Ports.Preserved,
		fmt.Sprintf("the ports of %s beside those seen", sockets), sureHabit)
	if r.Ports.Preserved == Unknown {
		l.because("some were, and another host may have had those that were not")
	}
	parity := sureHabit
	if r.Ports.Parity == ParityPreserved && r.Ports.Preserved != Yes {
		parity = fmt.Sprintf("random ports do so once in %d times", 1<<min(n, 16))
	}
	l.add("ports.parity", "parity", r.Ports.Parity,
		fmt.Sprintf("whether the ports of %s stay even or odd", sockets), parity)
	if r.Ports.Parity == ParityUnknown {
		l.because("these ports would keep it by chance as well")
	}
	l.add("ports.contiguous", "neighbours stay neighbours", r.Ports.Contiguous,
		"sockets on neighbouring ports, in order", sureHabit)
	alone := ""
	if n == 1 {
		alone = "one socket alone tells nothing of it"
	}
	l.because(alone)
	step, sure := "none that is constant", sureHabit
	switch {
	case r.Ports.Step != 0:
		step = fmt.Sprintf("%+d", r.Ports.Step)
	case r.Ports.Preserved == Yes:
		step = "none, as ports are preserved"
	case r.Ports.Predictable == Unknown:
		step, sure = Unknown.String(), ""
	}
	l.say("ports.step", "step from port to port", step, "the mappings in the order in which they were asked for", sure)
	l.add("ports.predictable", "next port predictable", r.Ports.Predictable,
		"ports preserved, or a constant step", sureHabit)
	pooling := sureHabit
	if mappings := r.mappings(); r.Pooling == Paired && r.NAT == Yes && mappings > 1 {
		pooling = fmt.Sprintf("by chance, a NAT with two addresses looks paired in 1 of %d runs", 1<<(mappings-1))
	}
	l.add("pooling", "address pooling", r.Pooling, "the addresses of all mappings that were seen", pooling)
	if r.Pooling == PoolingUnknown {
		l.because(alone)
	}
}

// mappings counts the mappings that were seen: the first of each socket, and
// those that one socket got besides toward the server's other endpoints.
func (r *Result) mappings() int {
	n := min(len(r.Ports.Mapped), socketCount)
	switch r.Mapping {
	case AddressDependent:
		n++
	case AddressAndPortDependent:
		n += 3
	}
	return n
}

// requested adds the facts that are measured only on request.
func (l *factList) requested(r *Result) {
	if f := r.Lifetime; f != nil {
		const how = "bindings that were left idle, each for another time"
		sure := sureOfSilence(f.WrongExpired)
		l.add("lifetime.stream", "lifetime after a stream", f.Stream, how, sure)
		l.because(f.Reason)
		l.add("lifetime.single", "lifetime after one exchange", f.Single, how, sure)
		l.because(f.Reason)
		l.addUnlikely("lifetime.outbound_refresh", "refreshed by outbound packets", f.Outbound,
			how+" but for them", "", f.WrongExpired)
		l.addUnlikely("lifetime.inbound_refresh", "refreshed by inbound packets", f.Inbound,
			how+" but for them", "", f.WrongExpired)
	}
	if f := r.Hairpin; f != nil {
		how := "two sockets of this host called each other by their external addresses"
		if f.Source != "" {
			how += "; the source was seen as " + f.Source
		}
		l.addUnlikely("hairpin.works", "hairpinning", f.Works, how, f.Reason, f.WrongNo)
	}
	if f := r.Fragments; f != nil {
		const how = "datagrams that are too long for one packet"
		l.addUnlikely("fragments.outbound", "fragments get out", f.Outbound, how, f.Reason, f.WrongNo)
		l.addUnlikely("fragments.inbound", "fragments get in", f.Inbound, how, f.Reason, f.WrongNo)
	}
}

// Facts returns the facts that belong to no single protocol: the local router,
// the NATs in a row, and the answers of servers over TLS and DTLS.
func (r *Report) Facts() []Fact {
	var l factList
	if u := r.Uplink; u != nil {
		l.say("uplink", "uplink", u.String(), "this host's routes to the servers", sureAnswers)
		if len(u.Others) > 0 {
			l.because("this host has others, which were not measured: " + strings.Join(u.Others, ", "))
		}
	}
	if g := r.Gateway; g != nil && g.Router.IsValid() {
		l.say("gateway.router", "local router", g.Router.String(), "this host's routes to the servers", sureAnswers)
		for _, one := range []struct {
			key, name string
			value     Tristate
			no        string
		}{
			{"gateway.upnp", "UPnP IGD", g.UPnP, g.said.UPnP.Not},
			{"gateway.nat_pmp", "NAT-PMP", g.NATPMP, g.said.NATPMP.Not},
			{"gateway.pcp", "PCP", g.PCP, g.said.PCP.Not},
		} {
			sure := sureAnswers
			if one.value == No {
				sure = cmp.Or(one.no, "it refused, or was silent for longer than it may be")
			}
			l.add(one.key, one.name, one.value, "asked whether it answers; nothing is mapped", sure)
			if one.value == Unknown {
				l.because(g.Reason)
			}
		}
		if g.External.IsValid() {
			l.say("gateway.external", "its outside address", g.External.String(), "told by "+g.How,
				"the router's own word")
		} else {
			how := "asked by NAT-PMP and UPnP IGD"
			if g.noPeer != "" {
				how = "asked by NAT-PMP, UPnP IGD and PCP"
			}
			l.say("gateway.external", "its outside address", "not determined", how, "")
			l.because(cmp.Or(g.noPeer, g.Reason, "the router does not tell it"))
		}
	}
	if r.Transition != "" {
		sure := "the address space is set aside for nothing else"
		if r.Transition == nat64 {
			sure = sureAnswers
		}
		const how = "the addresses of this host, of the router and those seen"
		l.say("transition", "IPv4 over IPv6", r.Transition, how, sure)
	}
	if n := r.NATs; n != nil {
		l.say("nats.count", "NATs in a row", n.Words(), "what servers, the router and the path tell", n.sure())
		l.because(n.Reason)
		l.add("nats.carrier", "a carrier's NAT", n.Carrier,
			"looked for an address of 100.64.0.0/10 on the way, and for a router of this site's own",
			cmp.Or(n.carrier, "as sure as the words of the routers and servers"))
	}
	for i, s := range r.Secure {
		key := fmt.Sprintf("secure.%d", i)
		switch {
		case s == nil:
		case s.Reachable:
			l.say(key, s.Server, fmt.Sprintf("seen as %v", s.Mapped),
				fmt.Sprintf("over %s, of %v, in %v", s.Version, s.Local, s.RTT),
				"certain: nobody on the way can rewrite it")
		default:
			l.say(key, s.Server, "not reached", "over "+strings.ToUpper(s.Protocol), "")
			l.because(s.Reason)
		}
	}
	return l
}

// evidence is what the facts rest on, by the JSON fields of their values.
func evidence(facts []Fact) map[string]Evidence {
	if len(facts) == 0 {
		return nil
	}
	all := map[string]Evidence{}
	for _, f := range facts {
		all[f.Key] = f.Evidence
	}
	return all
}
