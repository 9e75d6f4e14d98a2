package refnat

import (
	"container/heap"
	"time"
)

// Next returns when the table next does something by itself: a mapping ends, or
// a packet is due. It is false when nothing is planned. The time may have passed
// already, and can change with every other call.
func (t *Table) Next() (time.Time, bool) {
	if first := t.agenda.first(); first != nil {
		return first.due, true
	}
	return time.Time{}, false
}

// Tick does all that is due by now, in order, and returns what leaves. After it,
// Next is later than now.
func (t *Table) Tick(now time.Time) []Packet {
	packets := t.agenda.ring(now, func(due time.Time) {
		if due.After(t.now) {
			t.now = due
		}
	})
	t.now = now
	return packets
}

// An alarm is something that the table does by itself. Its zero value is not set.
type alarm struct {
	due time.Time
	// place is its index among the alarms plus one, zero when it is not set.
	place int
	// order is which of the alarms it was to be set.
	order uint64
	// until is when it is really due, false if never, which traffic moves away
	// without touching the agenda. Nil means at due.
	until func() (time.Time, bool)
	// ring is told the time at which it was due, even when that has passed.
	// It may set alarms for later than that.
	ring func(due time.Time) []Packet
}

// An agenda is the alarms that are set, as a heap with the earliest first. Of
// those for one time, the one that was set first comes first.
type agenda struct {
	alarms []*alarm
	orders uint64
}

// at sets an alarm for something that is done once.
func (a *agenda) at(due time.Time, ring func(due time.Time) []Packet) *alarm {
	once := &alarm{ring: ring}
	a.set(once, due)
	return once
}

// set sees to it that an alarm rings. One that is moved away and has an until is
// left where it is, so that traffic costs nothing: first moves it on.
func (a *agenda) set(one *alarm, due time.Time) {
	switch {
	case one.place == 0:
		one.due, one.order = due, a.orders
		a.orders++
		heap.Push(a, one)
	case one.until == nil || due.Before(one.due):
		one.due = due
		heap.Fix(a, one.place-1)
	}
}

// ring does all that is due by now, in order, and returns what leaves. At is told of each
// time first.
func (a *agenda) ring(now time.Time, at func(due time.Time)) []Packet {
	var packets []Packet
	for first := a.first(); first != nil && !first.due.After(now); first = a.first() {
		a.cancel(first)
		at(first.due)
		packets = append(packets, first.ring(first.due)...)
	}
	return packets
}

// cancel unsets an alarm, if it is set.
func (a *agenda) cancel(one *alarm) {
	if one.place > 0 {
		heap.Remove(a, one.place-1)
	}
}

// first returns the alarm that rings next, and when it is really due; nil when
// there is none.
func (a *agenda) first() *alarm {
	for len(a.alarms) > 0 {
		first := a.alarms[0]
		if first.until == nil {
			return first
		}
		due, ok := first.until()
		switch {
		case !ok:
			a.cancel(first)
		case due.After(first.due):
			first.due = due
			heap.Fix(a, 0)
		default:
			return first
		}
	}
	return nil
}

// Len implements heap.Interface.
func (a *agenda) Len() int { return len(a.alarms) }

// Less implements heap.Interface.
func (a *agenda) Less(i, j int) bool {
	one, other := a.alarms[i], a.alarms[j]
	if !one.due.Equal(other.due) {
		return one.due.Before(other.due)
	}
	return one.order < other.order
}

// Swap implements heap.Interface.
func (a *agenda) Swap(i, j int) {
	a.alarms[i], a.alarms[j] = a.alarms[j], a.alarms[i]
	a.alarms[i].place, a.alarms[j].place = i+1, j+1
}

// Push implements heap.Interface.
func (a *agenda) Push(one any) {
	added := one.(*alarm)
	a.alarms = append(a.alarms, added)
	added.place = len(a.alarms)
}

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := len(a.alarms) - 1
	one := a.alarms[last]
	a.alarms[last] = nil
	a.alarms = a.alarms[:last]
	one.place = 0
	return one
}
