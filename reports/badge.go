package reports

import (
	"fmt"
	"html/template"
	"io"
)

// A badgeView is a badge as its template wants it.
type badgeView struct {
	Name, Text, Fill       string
	NameWidth, Width       int
	NameMiddle, TextMiddle int
}

// badgeColumn is about how wide a character of the badge is.
const badgeColumn = 7

// WriteBadge writes a small picture (SVG) that says what a run has proven, and of how
// much: no badge says that a NAT conforms without saying in how many requirements.
func WriteBadge(w io.Writer, run *Run, rules Rules) error {
	coverage := cover(run)
	_, outcome := headline(run, rules)
	text, fill := "nothing proven", "#8a5a00"
	switch outcome {
	case "good":
		text, fill = "conformant", "#14722f"
	case "bad":
		text, fill = "not conformant", "#c01c28"
	}
	if run.onPurpose() != "" {
		text = "broken on purpose, " + text
	}
	text += fmt.Sprintf("; judged %d of %d", coverage.Judged, coverage.Requirements)
	view := badgeView{Name: "natproof", Text: text, Fill: fill}
	view.NameWidth = badgeColumn*room(view.Name) + 14
	view.Width = view.NameWidth + badgeColumn*room(view.Text) + 14
	view.NameMiddle, view.TextMiddle = view.NameWidth/2, (view.NameWidth+view.Width)/2
	if err := badge.Execute(w, view); err != nil {
		return fmt.Errorf("reports: writing the badge: %w", err)
	}
	return nil
}

var badge = template.Must(template.New("").Parse(
	`<svg xmlns="http://www.w3.org/2000/svg" width="{{.Width}}" height="22" role="img"
	aria-label="{{.Name}}: {{.Text}}">
<title>{{.Name}}: {{.Text}}</title>
<rect width="{{.Width}}" height="22" rx="4" fill="#3a4149"/><path d="M{{.NameWidth}} 0h-4v22h4z" fill="{{.Fill}}"/>
<rect x="{{.NameWidth}}" width="{{.TextWidth}}" height="22" rx="4" fill="{{.Fill}}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{{.NameMiddle}}" y="15" textLength="{{.NameLength}}">{{.Name}}</text>
<text x="{{.TextMiddle}}" y="15" textLength="{{.TextLength}}">{{.Text}}</text></g>
</svg>
`))

// TextWidth is how wide the right part is.
func (b badgeView) TextWidth() int { return b.Width - b.NameWidth }

// NameLength is how wide the name is drawn, whatever font there is.
func (b badgeView) NameLength() int { return b.NameWidth - 14 }

// TextLength is that of the right part.
func (b badgeView) TextLength() int { return b.TextWidth() - 14 }
