package probe

import (
	"fmt"
	"math"
)

// ownFirewall says what is known of a firewall of this host, which looks like a filter
// of the NAT.
func ownFirewall(tracks Tristate) string {
	switch tracks {
	case Yes:
		return "this host tracks connections, so a firewall of its own may be what filters"
	case No:
		return "this host tracks no connections, so a firewall of its own is unlikely to be what filters"
	}
	return "a firewall of this host would look the same"
}

// sureOfFilter puts the chance of a wrong "filtered" into words.
func sureOfFilter(r *Result) string {
	if r.Filtering == EndpointIndependent {
		return "certain: an answer came from where nothing was sent to"
	}
	switch {
	case r.Verified == Yes:
		return sureOfSilence(r.WrongFiltered) + "; the server does send such answers"
	case r.WrongFiltered == 0:
		return "the server says that it was refused, which could not be checked"
	}
	return sureOfSilence(r.WrongFiltered) + "; whether the server sends such answers could not be checked"
}

// sureOfSilence says what the chance of taking loss for a no is.
func sureOfSilence(wrong float64) string {
	if wrong <= 0 {
		return sureAnswers
	}
	return fmt.Sprintf("the chance that it was only loss is 1 in %s", grouped(math.Floor(1/wrong)))
}

// grouped writes a whole number with its thousands apart.
func grouped(f float64) string {
	digits := fmt.Sprintf("%.0f", f)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
