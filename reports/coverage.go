package reports

import (
	"fmt"
	"strings"
)

// A Coverage says how many of the requirements that were asked for were judged. A
// requirement that the NAT's driver cannot be asked for is not kept for that.
type Coverage struct {
	Requirements int `json:"requirements"` // asked for; the sum of the rest but in_part
	Judged       int `json:"judged"`       // passed or failed
	InPart       int `json:"in_part"`      // of those judged, by some of their specs only
	Undecided    int `json:"undecided"`    // a spec ended without a judgement
	Unsupported  int `json:"unsupported"`  // the driver cannot be asked for it
	Untested     int `json:"untested"`     // no spec judges it
	LeftOut      int `json:"left_out"`     // its specs wait for hours, and were left out
}

// cover counts the requirements of a run.
func cover(run *Run) Coverage {
	var c Coverage
	worst := Worst(run.Results)
	open := map[string]bool{} // those with a spec that has not judged
	for _, result := range run.Results {
		if !result.Verdict.judged() {
			open[result.Requirement] = true
		}
	}
	for _, u := range run.Untested {
		open[u.Requirement] = true // if others of its specs were judged
	}
	for requirement, verdict := range worst {
		switch {
		case verdict == Unsupported:
			c.Unsupported++
		case !verdict.judged():
			c.Undecided++
		default:
			c.Judged++
			if open[requirement] {
				c.InPart++
			}
		}
	}
	for _, u := range run.Untested {
		switch _, tested := worst[u.Requirement]; {
		case tested:
		case u.Long:
			c.LeftOut++
		default:
			c.Untested++
		}
	}
	c.Requirements = c.Judged + c.Undecided + c.Unsupported + c.Untested + c.LeftOut
	return c
}

// Complete reports whether everything that was asked for was judged.
func (c Coverage) Complete() bool { return c.Judged == c.Requirements && c.InPart == 0 }

func (c Coverage) String() string {
	text := fmt.Sprintf("%d of %s", c.Judged, plural(c.Requirements, "requirement"))
	if c.InPart > 0 {
		text += fmt.Sprintf(", %d of them in part", c.InPart)
	}
	var rest []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{c.Undecided, "undecided"}, {c.Unsupported, "not supported by the driver"}, {c.Untested, "without a spec"},
		{c.LeftOut, "left out for their long wait (--long)"},
	} {
		if part.n > 0 {
			rest = append(rest, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if len(rest) > 0 {
		text += "; " + strings.Join(rest, ", ")
	}
	return text
}

// judged reports whether v says something of the NAT.
func (v Verdict) judged() bool { return v == Pass || v == Fail }
