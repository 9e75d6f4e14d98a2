package probe

// An Outcome is what a run came to as a whole.
type Outcome int

const (
	// Unreached: nothing answered.
	Unreached Outcome = iota
	// Unsuitable: something answered, and nothing was suited for a verdict.
	Unsuitable
	// Reached: there is a verdict, though perhaps not on everything.
	Reached
)

// Outcome tells what the report comes to. That UDP is blocked while TCP works is
// a verdict.
func (r *Report) Outcome() Outcome {
	outcome := Unreached
	for _, one := range []*Result{r.UDP4, r.UDP6, r.TCP4, r.TCP6} {
		switch {
		case one == nil:
		case one.Mapping != NotDetermined || one.Filtering != NotDetermined || one.Classic != "":
			return Reached
		case one.NAT != Unknown && !one.unsuited:
			return Reached // with a suitable server, though something kept it from the rest
		case one.Reachable:
			outcome = Unsuitable
		}
	}
	for _, one := range r.Secure {
		if one.NAT != Unknown {
			return Reached
		}
	}
	return outcome
}
