package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/reports"
)

//go:embed html
var probeFiles embed.FS

// The page has no script, and its style is named by hash, so that nothing else
// runs or loads whatever a server or a resolver has said.
var (
	probePages = template.Must(template.New("").
			Funcs(template.FuncMap{"text": probe.Visible}).
			ParseFS(probeFiles, "html/*.tmpl"))
	probeStyle = reports.Style() + probeOwnStyle()
)

func probeOwnStyle() string {
	data, err := probeFiles.ReadFile("html/probe.css")
	if err != nil {
		panic(err) // embedded, so it is there
	}
	return string(data)
}

// A probePage is a report as the template wants it.
type probePage struct {
	Style    template.CSS
	Policy   string
	Headline string
	Outcome  string // good, bad or open
	Facts    []probePair
	Answers  []*probeView
	Parts    []*probeView // those with something to tell in full
	Punches  []probePunch
	// NoPunches says why Punches is empty.
	NoPunches string
	Basis     string // which result the prediction is drawn from
	Consoles  []probePair
	Incoming  string
	Advice    []string
	Refused   []probe.Refusal
	Extras    []probe.Fact
}

type probePair struct{ Name, Value string }

type probePunch struct {
	probe.Punch
	Verdict, Mark string
}

// A probeView is one protocol over one version of IP.
type probeView struct {
	ID, Name  string
	Headline  string
	Outcome   string // good, bad, open or none
	Blocked   bool
	Sentences []string
	Drawings  []*probeDrawing
	Facts     []probe.Fact
	result    *probe.Result // nil if this was not measured
}

// writeProbeHTML writes a report as one page that needs nothing else: no network
// and no script.
func writeProbeHTML(w io.Writer, r *probe.Report) error {
	var out bytes.Buffer
	if err := probePages.ExecuteTemplate(&out, "probe.html.tmpl", newProbePage(r)); err != nil {
		return fmt.Errorf("writing HTML: %w", err)
	}
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("writing HTML: %w", err)
	}
	return nil
}

func newProbePage(r *probe.Report) *probePage {
	sum := sha256.Sum256([]byte(probeStyle))
	p := &probePage{
		Style: template.CSS(probeStyle),
		Policy: fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
			base64.StdEncoding.EncodeToString(sum[:])),
		Advice: r.Prediction.Advice, Refused: r.Refused, Extras: r.Facts(),
	}
	for _, one := range r.Results() {
		view := newProbeView(one)
		p.Answers = append(p.Answers, view)
		if one.Result != nil {
			p.Parts = append(p.Parts, view)
		}
	}
	p.conclude(r)
	return p
}

// conclude fills in the conclusions from all results.
func (p *probePage) conclude(r *probe.Report) {
	best := p.Answers[0]
	for _, answer := range p.Answers {
		if answer.result != nil && answer.result == r.Basis() {
			best = answer
		}
	}
	if len(p.Parts) > 0 && best.Facts == nil {
		best = p.Parts[0] // UDP was left out
	}
	p.Headline, p.Outcome, p.Basis = best.Headline, best.Outcome, best.Name
	if r.Server != "" {
		p.Facts = append(p.Facts, probePair{"Server", r.Server}, probePair{"Round trip", r.RTT.String()})
	}
	p.Facts = append(p.Facts, probePair{"Took", r.Duration.String()})
	if n := r.NATs; n != nil && n.Count != nil {
		p.Facts = append(p.Facts, probePair{"NATs in a row", n.Words()})
	}
	p.NoPunches = "What hole punching can do is not determined."
	if best.Blocked {
		p.NoPunches = "Nothing works over UDP. TCP is left, or a relay (TURN) that is reached over TCP."
	}
	for _, punch := range r.Prediction.HolePunching {
		p.Punches = append(p.Punches, newProbePunch(punch))
	}
	if c := r.Prediction.Console; c != (probe.Console{}) {
		p.Consoles = []probePair{{"Xbox", c.Xbox}, {"PlayStation", c.PlayStation}, {"Nintendo", c.Nintendo}}
	}
	p.Incoming = r.Prediction.IncomingWords()
}

func newProbeView(one probe.NamedResult) *probeView {
	v := &probeView{ID: one.ID, Name: one.Name, result: one.Result}
	r := one.Result
	if r == nil {
		v.Headline, v.Outcome = "Not measured", "none"
		v.Sentences = []string{"Why: " + one.Unmeasured + "."}
		return v
	}
	v.Headline, v.Outcome = r.Headline(), probeOutcome(r)
	v.Blocked = r.Blocked()
	v.Sentences = r.Sentences()
	v.Drawings = newProbeDrawings(v.ID, v.Name, r)
	v.Facts = one.Facts()
	return v
}

// probeOutcome says whether a result is good news.
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

func newProbePunch(punch probe.Punch) probePunch {
	switch {
	case punch.Works == probe.Yes:
		return probePunch{punch, "pass", "✓"}
	case punch.Works == probe.No && !punch.Guess:
		return probePunch{punch, "fail", "✗"}
	}
	return probePunch{punch, "inconclusive", "?"}
}
