package reports

import "strings"

// onPurpose says of a run that its NAT was broken on purpose; empty if it was not.
func (r *Run) onPurpose() string {
	switch len(r.NAT.Faults) {
	case 0:
		return ""
	case 1:
		return "the NAT has a fault on purpose"
	}
	return "the NAT has " + plural(len(r.NAT.Faults), "fault") + " on purpose"
}

// String is a fault in one line.
func (f Fault) String() string {
	return oneLine(f.Name + ", which breaks " + strings.Join(f.Breaks, ", ") + ": " + f.Does)
}
