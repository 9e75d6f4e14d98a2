package refnat

import "time"

// A rateFault is what becomes of a rate that was exceeded: what it is for is refused for
// good, or the rate is lifted when there may be more.
type rateFault struct{ forGood, once bool }

func (f CarrierFaults) mappingRate() rateFault {
	return rateFault{f.MappingRateForGood, f.MappingRateOnce}
}
func (f CarrierFaults) sessionRate() rateFault {
	return rateFault{f.SessionRateForGood, f.SessionRateOnce}
}

// allows reports whether a subscriber may begin one thing more of those that have a rate.
func (f rateFault) allows(a *allowance, now time.Time, rate int) bool {
	if a.spent && f.forGood {
		return false
	}
	if a.spent && f.once && now.After(a.since) {
		a.lifted = true
	}
	if a.lifted || a.take(now, rate, rate) {
		return true
	}
	a.spent = true
	return false
}
