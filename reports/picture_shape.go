package reports

import "cmp"

// Anchor is how the text of a row is aligned.
func (r pictured) Anchor() string { return r.Side }

// After is the line under an arrow that a mark has.
func (l picturedLeg) After(mark int) int { return len(l.Infos) + mark }

// Box is where a row's text has its frame, and how wide that is.
func (r pictured) Box() (box struct{ X, Width int }) {
	longest := 0
	for _, line := range r.Lines {
		longest = max(longest, room(line))
	}
	glyph := pictureGlyph
	if r.Kind == "step" {
		glyph = pictureBold
	}
	box.Width = int(float64(longest)*glyph) + 14
	switch r.Side {
	case "start":
		box.X = r.X - 7
	case "end":
		box.X = r.X + 7 - box.Width
	default:
		box.X = r.X - box.Width/2
	}
	return box
}

// Inside is the height of the frame of a row's text.
func (r pictured) Inside() int { return r.Height - 4 }

// Line is where a line of a row's text stands in it.
func (r pictured) Line(i int) int { return 14 + pictureLine*i }

// Below is where a line under an arrow stands in its row.
func (p *picture) Below(i int) int { return 49 + 14*i }

// Shown is how wide the picture is where there is room, and ShownHeight how high.
func (p *picture) Shown() int { return int(pictureScale * float64(p.Width)) }

// ShownHeight is how high it is then.
func (p *picture) ShownHeight() int { return int(pictureScale * float64(p.Height)) }

// Lang is the language of its words.
func (p *picture) Lang() string { return cmp.Or(p.words.Lang, "en") }

// NATWidth is how wide the NAT is drawn.
func (p *picture) NATWidth() int { return pictureNAT }

// NATHeight is how high the NAT is drawn.
func (p *picture) NATHeight() int { return p.Foot - 42 }

// Align and At keep the head of a lane at the border within the picture.
func (p *picture) Align(x int) string {
	switch {
	case x <= pictureMargin:
		return "start"
	case x >= p.Width-pictureMargin:
		return "end"
	}
	return "middle"
}

// At is where the head of a lane stands that is aligned so.
func (p *picture) At(x int) int {
	switch p.Align(x) {
	case "start":
		return x - pictureMargin + 6
	case "end":
		return x + pictureMargin - 6
	}
	return x
}
