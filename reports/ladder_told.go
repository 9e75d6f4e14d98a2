package reports

// A told is what a drawing says in words, since no arrow shows it.
type told struct{ Class, Name, Text string }

// tell puts into the drawing what no arrow in it shows of an observation: what was sent, if
// nothing is marked, and what came and what had to come, unless that is drawn.
func (d *drawing) tell(o Observation) {
	o = o.named()
	at, expected := -1, -1
	for i, r := range d.Rows {
		for _, l := range r.Legs {
			if l.Expected {
				expected = i
			} else if l.Decided {
				at = i
			}
		}
		if r.Decided && len(r.Legs) == 0 {
			at = i
		}
	}
	var says []told
	add := func(class, name, text string) {
		if text = shown(text); text != "" {
			says = append(says, told{class, name, text})
		}
	}
	if at < 0 {
		add("sends", "sent", o.Stimulus)
	}
	if at < 0 || expected < 0 {
		add("", "came", o.Actual)
	}
	if expected < 0 {
		add("expects", "expected", o.Expected)
	}
	if len(says) == 0 {
		return
	}
	switch {
	case at >= 0:
		at++
	case expected >= 0:
		at = expected
	default:
		at = len(d.Rows)
	}
	d.Rows = append(d.Rows[:at:at], append([]row{{Kind: "told", Told: says}}, d.Rows[at:]...)...)
}

const (
	// paperRows is from how many rows on a drawing is shortened on paper.
	paperRows = 10
	// longRows is from how many rows on a screen shows what decided first.
	longRows = 30
	// nearRows is how many rows around what decided are kept then.
	nearRows = 3
)

// shorten marks the rows far from what decided, of a long drawing that has such.
func (d *drawing) shorten() {
	if len(d.Rows) < paperRows {
		return
	}
	near := make([]bool, len(d.Rows))
	for i, r := range d.Rows {
		if !r.decisive() {
			continue
		}
		d.Shortened = true
		for k := max(0, i-nearRows); k < min(len(near), i+nearRows); k++ {
			near[k] = true
		}
	}
	for i := range d.Rows {
		d.Rows[i].Far = d.Shortened && !near[i]
	}
}

// Long reports whether the rows far from what decided are to be folded on a screen.
func (d *drawing) Long() bool { return d.Shortened && len(d.Rows) >= longRows }

// decisive reports whether the row shows what decided, or had to come.
func (r row) decisive() bool {
	for _, l := range r.Legs {
		if l.Decided || l.Expected {
			return true
		}
	}
	return r.Decided || len(r.Told) > 0
}

// onceOnPaper marks the specs whose packets those of an earlier one are, which paper leaves out.
func onceOnPaper(docs []document, views map[*Result]*specView) {
	drawn := map[string]bool{}
	for _, doc := range docs {
		for _, req := range doc.Requirements {
			for _, res := range req.Results {
				if spec := views[res]; spec.Open && spec.CapturePath != "" {
					spec.Again = drawn[spec.CapturePath]
					drawn[spec.CapturePath] = true
				}
			}
		}
	}
}
