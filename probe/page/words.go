package page

import (
	"strings"

	"github.com/natproof/natproof/probe"
)

// symmetric is the old name that tells of a mapping by itself.
const symmetric = "symmetric"

// A sentence is a text, and maybe words of package probe's after it.
type sentence struct{ Text, Words string }

func (s sentence) String() string { return strings.TrimSpace(s.Text + " " + s.Words) }

// answer names the text that says what works, for people who read no more.
func answer(r *probe.Result) string {
	switch {
	case r == nil:
		return "answer.unknown"
	case r.Blocked():
		return "answer.blocked"
	case !r.Reachable && r.CutShort():
		return "answer.unknown"
	case !r.Reachable:
		return "answer.silent"
	case r.Near != "":
		return "answer.near"
	case outcome(r) == "bad":
		return "answer.bad"
	case r.Mapping == probe.NotDetermined || r.Filtering == probe.NotDetermined:
		return "answer.unknown"
	case outcome(r) == "good":
		return "answer.good"
	}
	return "answer.open"
}

// outcome says whether a result is good news: good, bad or open.
func outcome(r *probe.Result) string {
	switch {
	case !r.Reachable, r.NAT == probe.Yes && (r.Mapping > probe.EndpointIndependent || r.Classic == symmetric):
		return "bad"
	case r.NAT != probe.Unknown && r.Filtering == probe.EndpointIndependent &&
		(r.NAT == probe.No || r.Mapping == probe.EndpointIndependent):
		return "good"
	}
	return "open"
}

// headline says what a result is, without a full stop.
func (t texts) headline(r *probe.Result) string {
	filtered := r.Filtering != probe.NotDetermined
	open := r.Filtering == probe.EndpointIndependent
	same := r.Mapping == probe.EndpointIndependent
	switch {
	case r.Blocked():
		return t.say("headline.blocked")
	case !r.Reachable && r.CutShort():
		return t.say("headline.unknown")
	case !r.Reachable:
		return t.say("headline.silent")
	case r.Near != "" && r.NAT == probe.No && open:
		return t.say("headline.near-open")
	case r.Near != "" && r.NAT == probe.No && filtered:
		return t.say("headline.near-firewall")
	case r.NAT == probe.No && open:
		return t.say("headline.open")
	case r.NAT == probe.No && filtered:
		return t.say("headline.firewall")
	case r.NAT == probe.No:
		return t.say("headline.no-nat")
	case r.NAT == probe.Unknown:
		return t.say("headline.unknown")
	case same && open:
		return t.say("headline.full-cone")
	case same && filtered && r.Classic == "":
		return t.say("headline.meet") // the old names are UDP's
	case same && filtered:
		return t.say("headline.meet-named", "name", r.Classic)
	case same:
		return t.say("headline.same-port")
	case r.Pooling == probe.Arbitrary && r.Mapping != probe.NotDetermined:
		return t.say("headline.several")
	case r.Mapping != probe.NotDetermined || r.Classic == symmetric:
		return t.say("headline.symmetric")
	}
	return t.say("headline.nat")
}

// sentences say what mapping and filtering mean, with remarks.
func (t texts) sentences(r *probe.Result) []sentence {
	var list []sentence
	add := func(name, words string) {
		if words != "" {
			words = strings.TrimSuffix(t.words(strings.TrimSuffix(probe.Visible(words), ".")), ".") + "."
		}
		list = append(list, sentence{t.say(name), words})
	}
	several := r.Pooling == probe.Arbitrary
	switch {
	case r.NAT != probe.Yes:
	case several && r.Mapping > probe.EndpointIndependent:
		add("mapping.several", "")
	case r.Mapping != probe.NotDetermined:
		add("mapping."+r.Mapping.String(), "")
		fallthrough
	default:
		if several {
			add("pooling.arbitrary", "")
		}
	}
	if r.Filtering != probe.NotDetermined {
		add("filtering."+r.Filtering.String(), "")
	}
	if r.OwnFilter() {
		add("own-firewall", "")
	}
	if r.Near != "" && r.Reachable {
		add("near", r.Near)
	}
	if r.Reason != "" {
		add("note", r.Reason)
	}
	return list
}

// incoming says whether incoming connections work; "" is not determined.
func (t texts) incoming(p probe.Prediction) string {
	switch p.Incoming {
	case probe.Yes:
		return t.say("incoming.yes")
	case probe.No:
		return t.say("incoming.no")
	}
	return ""
}

// punch says whether a direct session with such a peer works.
func (t texts) punch(p probe.Punch) string {
	switch {
	case p.Works == probe.Yes:
		return t.say("punch.works")
	case p.Guess:
		return t.say("punch.guess")
	case p.Works == probe.No:
		return t.say("punch.relay")
	}
	return t.say("punch.unknown")
}

// peer names the NAT that a peer is behind. The other names are terms.
func (t texts) peer(p probe.Punch) string {
	if p.Mapping == probe.EndpointIndependent && p.Filtering == probe.EndpointIndependent {
		return t.say("peer.open")
	}
	return probe.Visible(p.Peer)
}

// count says how many NATs are in a row.
func (t texts) count(n *probe.NATs) string {
	if n == nil {
		return t.say("term.not-determined")
	}
	return t.words(n.Words())
}

func (t texts) advice(a probe.Advice) string {
	return t.say("advice."+a.Name, "protocols", a.Protocols)
}

// name says which protocol a result is of.
func (t texts) name(one probe.NamedResult) string {
	return t.say("page.over", "protocol", strings.ToUpper(one.ID[:3]), "family", "IPv"+one.ID[3:])
}
