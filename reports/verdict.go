package reports

import (
	"fmt"
	"slices"
)

// A Verdict is what a spec found. Verdicts are ordered: where several meet
// (the specs of one requirement), the worst, which is the greatest, wins.
type Verdict int

const (
	// NotRun is the zero value: nothing has been judged yet.
	NotRun Verdict = iota
	// Unsupported: the driver cannot configure its NAT as the spec needs.
	Unsupported
	// Pass: every observation was as the clause wants it.
	Pass
	// Inconclusive: a control failed or the NAT died, so the observation proves
	// nothing.
	Inconclusive
	// Fail: an observation contradicts the clause.
	Fail
	// Error: the harness broke, or the NAT never started; nothing was judged.
	Error
)

var verdictNames = [...]string{"not-run", "unsupported", "pass", "inconclusive", "fail", "error"}

// Verdicts returns every verdict from best to worst, without NotRun.
func Verdicts() []Verdict { return []Verdict{Unsupported, Pass, Inconclusive, Fail, Error} }

func (v Verdict) String() string {
	if v < 0 || int(v) >= len(verdictNames) {
		return fmt.Sprintf("verdict(%d)", int(v))
	}
	return verdictNames[v]
}

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads a verdict's name and rejects any other word.
func (v *Verdict) UnmarshalText(text []byte) error {
	i := slices.Index(verdictNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown verdict %q", text)
	}
	*v = Verdict(i)
	return nil
}
