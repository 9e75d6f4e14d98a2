package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"sync"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/reports"
)

//go:embed html
var files embed.FS

// The page has no script, and its style is named by hash, so that nothing else
// runs or loads whatever a server or a resolver has said.
var (
	// Most runs write no page.
	pages = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("").
			Funcs(template.FuncMap{"text": probe.Visible}).
			ParseFS(files, "html/*.tmpl"))
	})
	style = reports.Style() + ownStyle()
)

func ownStyle() string {
	data, err := files.ReadFile("html/probe.css")
	if err != nil {
		panic(err) // embedded, so it is there
	}
	return string(data)
}

// A page is a report as the template wants it.
type page struct {
	texts    texts
	Lang     string
	Style    template.CSS
	Policy   string
	Answer   string
	Headline string
	Outcome  string // good, bad or open
	Way      *way
	Took     string
	Answers  []*view
	Parts    []*view // those with something to tell in full
	Punches  []punch
	// NoPunches says why Punches is empty.
	NoPunches string
	Basis     string // which result the prediction is drawn from
	Consoles  []pair
	Incoming  string
	Advice    []string
	Refused   []probe.Refusal
	Extras    []probe.Fact
}

// Say is the template's way to the texts.
func (p *page) Say(name string, pairs ...string) string { return p.texts.say(name, pairs...) }

// A table is facts with the page's texts for its head.
type table struct {
	*page
	Facts []probe.Fact
}

// Table is the template's way to hand both on.
func (p *page) Table(facts []probe.Fact) table { return table{p, facts} }

// A punch is whether a session with a peer behind such a NAT works.
type punch struct {
	Peer, Mapping, Filtering string
	Words, Verdict, Mark     string
}

// A view is one protocol over one version of IP.
type view struct {
	ID, Name  string
	Headline  string
	Outcome   string // good, bad, open or none
	Sentences []sentence
	Drawings  []*drawing
	Facts     []probe.Fact
	result    *probe.Result // nil if this was not measured
}

// WriteHTML writes a report as one page that needs nothing else: no network and
// no script. Language is one of Languages.
func WriteHTML(w io.Writer, r *probe.Report, language string) error {
	t, err := read(language)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	var out bytes.Buffer
	if err := pages().ExecuteTemplate(&out, "probe.html.tmpl", newPage(r, t, language)); err != nil {
		return fmt.Errorf("page: writing HTML: %w", err)
	}
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("page: writing HTML: %w", err)
	}
	return nil
}

func newPage(r *probe.Report, t texts, language string) *page {
	sum := sha256.Sum256([]byte(style))
	p := &page{
		texts: t, Lang: language,
		Style: template.CSS(style),
		Policy: fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
			base64.StdEncoding.EncodeToString(sum[:])),
		Way: t.way(r), Took: t.words(r.Duration.String()), Extras: t.facts(r.Facts()),
		Incoming: t.incoming(r.Prediction),
	}
	for _, one := range r.Results() {
		v := newView(one, t)
		p.Answers = append(p.Answers, v)
		if one.Result != nil {
			p.Parts = append(p.Parts, v)
		}
	}
	for _, a := range r.Advised() {
		p.Advice = append(p.Advice, t.advice(a))
	}
	for _, one := range r.Refused {
		p.Refused = append(p.Refused, probe.Refusal{Server: one.Server, Reason: t.words(one.Reason)})
	}
	p.conclude(r)
	return p
}

// conclude fills in the conclusions from all results.
func (p *page) conclude(r *probe.Report) {
	best := p.Answers[0]
	for _, answer := range p.Answers {
		if answer.result != nil && answer.result == r.Basis() {
			best = answer
		}
	}
	if len(p.Parts) > 0 && best.Facts == nil {
		best = p.Parts[0] // UDP was left out
	}
	p.Answer = p.Say(answer(best.result))
	p.Headline, p.Outcome, p.Basis = best.Headline, best.Outcome, best.Name
	p.NoPunches = p.Say("page.no-punches")
	if best.result != nil && best.result.Blocked() {
		p.NoPunches = p.Say("page.no-udp")
	}
	for _, one := range r.Prediction.HolePunching {
		p.Punches = append(p.Punches, newPunch(one, p.texts))
	}
	if c := r.Prediction.Console; c != (probe.Console{}) {
		p.Consoles = []pair{{"Xbox", c.Xbox}, {"PlayStation", c.PlayStation}, {"Nintendo", c.Nintendo}}
	}
}

func newView(one probe.NamedResult, t texts) *view {
	v := &view{ID: one.ID, Name: t.name(one), result: one.Result}
	r := one.Result
	if r == nil {
		v.Headline, v.Outcome = t.say("headline.unmeasured"), "none"
		v.Sentences = []sentence{{t.say("why"), t.words(one.Unmeasured) + "."}}
		if one.Unmeasured == probe.LeftOut {
			v.Sentences = []sentence{{Text: t.say("left-out")}}
		}
		return v
	}
	v.Headline, v.Outcome = t.headline(r), outcome(r)
	v.Sentences = t.sentences(r)
	v.Drawings = t.drawings(v.ID, v.Name, r)
	v.Facts = t.facts(one.Facts())
	return v
}

func newPunch(one probe.Punch, t texts) punch {
	p := punch{
		Peer: t.peer(one), Words: t.punch(one), Verdict: "inconclusive", Mark: "?",
		Mapping: t.say("term." + one.Mapping.String()), Filtering: t.say("term." + one.Filtering.String()),
	}
	switch {
	case one.Works == probe.Yes:
		p.Verdict, p.Mark = "pass", "✓"
	case one.Works == probe.No && !one.Guess:
		p.Verdict, p.Mark = "fail", "✗"
	}
	return p
}
