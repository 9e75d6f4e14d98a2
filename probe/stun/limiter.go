package stun

import (
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"
)

// A limiter bounds how often each source is answered, in memory that does not
// grow with the number of sources, which are those of sourceOf.
//
// The table is a cache of eight slots a row. A slot is one word, 24 bits that
// tell sources of a row apart and 40 bits of microseconds: when the source will
// have paid for what it asked (the "theoretical arrival time" of the generic
// cell rate algorithm). A slot whose time is past says nothing any more and is
// free, so the table ages by itself. If all of a row are in use, the source that
// owes least is forgotten: forgetting only ever lets a packet more through.
type limiter struct {
	seed  maphash.Seed
	every int64 // microseconds that a request costs
	burst int64 // microseconds that a source may owe
	rows  []row
}

// A row fills a cache line.
type row [8]atomic.Uint64

const (
	rowCount  = 1 << 13
	timeBits  = 40 // 12 days, after which it wraps
	timeMask  = 1<<timeBits - 1
	burstTime = time.Second
)

// newLimiter returns one for that many requests per second, and nil for 0.
func newLimiter(rate int) *limiter {
	if rate <= 0 {
		return nil
	}
	every := max(1, int64(time.Second/time.Microsecond)/int64(rate))
	return &limiter{
		seed: maphash.MakeSeed(), every: every,
		// A source may always ask as much at once as a prober does.
		burst: max(burstTime.Microseconds(), maxBurst*every),
		rows:  make([]row, rowCount),
	}
}

// maxBurst is how many requests may come at once whatever the rate.
const maxBurst = 40

// allow reports whether a source may be answered at now, the time since some
// fixed moment. A nil limiter allows all.
func (l *limiter) allow(source netip.Addr, now time.Duration) bool {
	if l == nil {
		return true
	}
	hash := l.hash(source)
	slots := &l.rows[hash%rowCount]
	tag := hash &^ timeMask
	us := now.Microseconds() & timeMask
	for {
		slot, old := find(slots, tag, us, l.burst)
		debt := int64(0)
		if old&^timeMask == tag {
			debt = owed(old, us, l.burst)
		}
		if debt+l.every > l.burst {
			return false
		}
		paid := uint64(us+debt+l.every) & timeMask
		if slot.CompareAndSwap(old, tag|paid) {
			return true
		}
	}
}

func (l *limiter) hash(source netip.Addr) uint64 {
	b := sourceOf(source).As16()
	// IPv4 addresses are told by their last bytes, IPv6 networks by their first.
	return maphash.Bytes(l.seed, b[:])
}

// find returns the slot with a tag, or else the one that is owed least.
func find(slots *row, tag uint64, us, burst int64) (slot *atomic.Uint64, old uint64) {
	least := int64(-1)
	for i := range slots {
		word := slots[i].Load()
		if word&^timeMask == tag {
			return &slots[i], word
		}
		if debt := owed(word, us, burst); least < 0 || debt < least {
			least, slot, old = debt, &slots[i], word
		}
	}
	return slot, old
}

// owed is how long the source of a slot has yet to pay. What lies further ahead
// than any debt can is a time long past, seen across a wrap.
func owed(word uint64, us, burst int64) int64 {
	debt := (int64(word&timeMask) - us) & timeMask
	if debt > burst {
		return 0
	}
	return debt
}
