package probe_test

import (
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/probe"
)

// A bucket is a limit: so many questions a second, and a burst of them at once.
type bucket struct {
	perSecond, burst float64

	tokens float64
	last   time.Time
}

func (b *bucket) lets(now time.Time) bool {
	if b.last.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.burst, b.tokens+b.perSecond*now.Sub(b.last).Seconds())
	}
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// A gate says of each packet how long it is held back and whether it passes.
type gate func(now time.Time) (time.Duration, bool)

func (b bucket) gate() gate {
	return func(now time.Time) (time.Duration, bool) { return 0, b.lets(now) }
}

// window lets so many packets through in each window of time.
func window(n int, width time.Duration) gate {
	begun, left := time.Time{}, 0
	return func(now time.Time) (time.Duration, bool) {
		if this := now.Truncate(width); this != begun {
			begun, left = this, n
		}
		left--
		return 0, left >= 0
	}
}

// ban lets a packet through if there were fewer than n in the time before, of which those that it drops
// count as well. After it has dropped one, it drops all for the penalty.
func ban(n int, width, penalty time.Duration) gate {
	var seen []time.Time
	until := time.Time{}
	return func(now time.Time) (time.Duration, bool) {
		if now.Before(until) {
			return 0, false
		}
		seen = append(slices.DeleteFunc(seen, func(at time.Time) bool { return now.Sub(at) > width }), now)
		if len(seen) > n && penalty > 0 {
			until, seen = now.Add(penalty), nil
			return 0, false
		}
		return 0, len(seen) <= n
	}
}

// shape holds packets back until it is their turn, and drops what the queue has no place for.
func shape(perSecond, queue int) gate {
	each := time.Second / time.Duration(perSecond)
	free := time.Time{}
	return func(now time.Time) (time.Duration, bool) {
		if free.Before(now) {
			free = now
		}
		hold := free.Sub(now)
		if hold > time.Duration(queue)*each {
			return 0, false
		}
		free = free.Add(each)
		return hold, true
	}
}

// A policer takes packets of the host, wherever they go.
type policer struct {
	*sim
	gate
}

func (p *policer) Open(server netip.Addr, port uint16) (probe.Socket, error) {
	socket, err := p.sim.Open(server, port)
	send := socket.Send
	socket.Send = func(to netip.AddrPort, payload []byte) {
		if hold, passes := p.gate(p.now); passes {
			p.after(hold, func() { send(to, payload) })
		}
	}
	return socket, err
}
