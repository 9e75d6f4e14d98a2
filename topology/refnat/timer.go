package refnat

import (
	"container/heap"
	"net/netip"
	"time"
)

const (
	// The lifetimes that the faults of the timers give.
	shortLifetime        = 30 * time.Second
	singleLifetime       = 60 * time.Second
	shortDefaultLifetime = 200 * time.Second
	cutLifetime          = 10 * time.Second
)

// A timer is what a mapping's end depends on.
type timer struct {
	// general: the mapping serves sessions of the ordinary timer, which was
	// last restarted at restarted.
	general   bool
	restarted time.Time
	// short is when the last session with a timer of its own ends.
	short time.Time
	// uses counts the packets sent.
	uses int
	// replied: something has come back.
	replied bool
	// cut: the life that was left was limited to end at cutAt.
	cut   bool
	cutAt time.Time
	// leaked: the mapping has fallen to ShortTimerLeak.
	leaked bool
	// due is when the mapping is looked at next, place its index among the
	// deadlines, negative when it is not there.
	due   time.Time
	place int
}

// sent restarts the timer of a mapping that was used to send to y.
func (t *Table) sent(m *mapping, y netip.AddrPort, fresh bool, now time.Time) {
	if t.cfg.Faults.ShortTimerLeak && y.Port() < 1024 {
		m.timer.leaked = true
	}
	m.timer.cut = false
	m.timer.uses++
	if fresh || !t.cfg.Behaviour.NoOutboundRefresh {
		t.restart(m, y, now)
	}
	t.schedule(m)
}

// received notes that a packet from y came in through a mapping.
func (t *Table) received(m *mapping, y netip.AddrPort, now time.Time) {
	if m.permanent {
		return
	}
	m.timer.replied = true
	if t.cfg.Behaviour.InboundRefresh {
		t.restart(m, y, now)
	}
	if t.cfg.Faults.InboundShortens && now.Sub(m.timer.restarted) >= time.Second {
		m.timer.cut, m.timer.cutAt = true, now.Add(cutLifetime)
	}
	t.schedule(m)
}

func (t *Table) restart(m *mapping, y netip.AddrPort, now time.Time) {
	if own, ok := t.cfg.Behaviour.WellKnownLifetimes[y.Port()]; ok && y.Port() < 1024 {
		m.timer.short = later(m.timer.short, now.Add(own))
		return
	}
	m.timer.general, m.timer.restarted = true, now
}

// expiry returns when a mapping ends if nothing happens before.
func (t *Table) expiry(m *mapping) time.Time {
	end := m.timer.short
	if m.timer.general {
		end = later(end, m.timer.restarted.Add(t.lifetime(m)))
	}
	if m.timer.cut && m.timer.cutAt.Before(end) {
		end = m.timer.cutAt
	}
	return end
}

func (t *Table) lifetime(m *mapping) time.Duration {
	switch {
	case m.timer.leaked:
		return shortLifetime
	case t.cfg.Faults.ShortSingleTimer && m.timer.uses == 1:
		return min(singleLifetime, t.cfg.Behaviour.Lifetime)
	case m.timer.replied:
		return t.cfg.Behaviour.Lifetime
	default:
		return t.cfg.Behaviour.UnrepliedLifetime
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// schedule sees to it that a mapping is looked at when it ends. A deadline that
// moves away is left where it is, so that traffic costs nothing: expire finds
// it too early then, and moves it on.
func (t *Table) schedule(m *mapping) {
	due := t.expiry(m)
	switch {
	case m.timer.place < 0:
		m.timer.due = due
		heap.Push(&t.deadlines, m)
	case due.Before(m.timer.due):
		m.timer.due = due
		heap.Fix(&t.deadlines, m.timer.place)
	}
}

// expire ends every mapping whose time has come. All else can rely on it: at
// now, whatever is in the table is alive.
func (t *Table) expire(now time.Time) {
	for len(t.deadlines) > 0 && !t.deadlines[0].timer.due.After(now) {
		m := t.deadlines[0]
		if end := t.expiry(m); end.After(now) {
			m.timer.due = end
			heap.Fix(&t.deadlines, 0)
			continue
		}
		t.remove(m)
	}
}

// deadlines are the dynamic mappings, as a heap with the earliest first.
type deadlines []*mapping

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].timer.due.Before(d[j].timer.due) }

func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].timer.place, d[j].timer.place = i, j
}

// Push implements heap.Interface.
func (d *deadlines) Push(m any) {
	added := m.(*mapping)
	added.timer.place = len(*d)
	*d = append(*d, added)
}

// Pop implements heap.Interface.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	m := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	m.timer.place = -1
	return m
}

func (d *deadlines) remove(m *mapping) {
	if m.timer.place >= 0 {
		heap.Remove(d, m.timer.place)
	}
}
