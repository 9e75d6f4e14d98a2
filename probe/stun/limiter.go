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
// tell sources of a row apart and 40 bits of ticks: when the source will have
// paid for what it asked (the "theoretical arrival time" of the generic cell
// rate algorithm). A slot whose time is past says nothing any more and is free,
// so the table ages by itself. If all slots of a row are in use, the source that
// owes least is forgotten, which can only let more packets through.
//
// A site of IPv6 has a slot of its own beside those of its sources, since its
// sources are numerous enough to fill the table.
type limiter struct {
	seed  maphash.Seed
	every int64 // ticks that a request costs a source
	site  int64 // and its site
	burst int64 // ticks that either may owe
	rows  []row

	_         [64]byte // what is written and what is only read share no cache line
	forgotten atomic.Uint64
}

// A row fills a cache line.
type row [8]atomic.Uint64

const (
	rowCount = 1 << 13
	timeBits = 40 // 19 hours, after which it wraps
	timeMask = 1<<timeBits - 1
	tick     = 64 * time.Nanosecond // so that high rates are kept too
	// burstTime is how long a source must have been silent to ask as much as it may at
	// once. Ten seconds of the usual rate are a thousand requests, enough for forty
	// probers that start at once behind one address.
	burstTime = 10 * time.Second
	// siteSources is how many sources' worth of requests a site may send.
	siteSources = 64
)

// newLimiter returns a limiter for that many requests per second, and nil for 0.
func newLimiter(rate int) *limiter {
	if rate <= 0 {
		return nil
	}
	const second = int64(time.Second / tick)
	every := max(1, (second+int64(rate)/2)/int64(rate))
	return &limiter{
		seed: maphash.MakeSeed(), every: every, site: max(1, every/siteSources),
		// A source may always ask as much at once as a prober does.
		burst: max(int64(burstTime/tick), maxBurst*every),
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
	at := int64(now/tick) & timeMask
	own := l.account(sourceOf(source), l.every)
	site := siteOf(source)
	if !site.IsValid() {
		return l.charge(own, at)
	}
	// A refused request must not burden the source's neighbours, so the site pays
	// last. The site is looked at first, since a site over its limit should take no
	// more slots.
	shared := l.account(site, l.site)
	return l.owes(shared, at)+shared.cost <= l.burst && l.charge(own, at) && l.charge(shared, at)
}

// An account is the row and tag of a source or a site, and the price of a
// request.
type account struct {
	slots *row
	tag   uint64
	cost  int64
}

func (l *limiter) account(who netip.Addr, cost int64) account {
	b := who.As16()
	hash := maphash.Bytes(l.seed, b[:])
	return account{&l.rows[hash%rowCount], hash &^ timeMask, cost}
}

// charge has an account pay for one request, and reports false if that would be
// too much.
func (l *limiter) charge(a account, at int64) bool {
	for {
		slot, old := find(a.slots, a.tag, at, l.burst)
		debt := int64(0)
		if old&^timeMask == a.tag {
			debt = owed(old, at, l.burst)
		}
		if debt+a.cost > l.burst {
			return false
		}
		paid := uint64(at+debt+a.cost) & timeMask
		if slot.CompareAndSwap(old, a.tag|paid) {
			if old&^timeMask != a.tag && owed(old, at, l.burst) > 0 {
				l.forgotten.Add(1)
			}
			return true
		}
	}
}

// owes returns the debt of an account.
func (l *limiter) owes(a account, at int64) int64 {
	if _, word := find(a.slots, a.tag, at, l.burst); word&^timeMask == a.tag {
		return owed(word, at, l.burst)
	}
	return 0
}

// find returns the slot with a tag, or else the one that is owed least.
func find(slots *row, tag uint64, at, burst int64) (slot *atomic.Uint64, old uint64) {
	least := int64(-1)
	for i := range slots {
		word := slots[i].Load()
		if word&^timeMask == tag {
			return &slots[i], word
		}
		if debt := owed(word, at, burst); least < 0 || debt < least {
			least, slot, old = debt, &slots[i], word
		}
	}
	return slot, old
}

// owed is how long the source of a slot has yet to pay. A time further ahead
// than the greatest debt is long past, seen across a wrap.
func owed(word uint64, at, burst int64) int64 {
	debt := (int64(word&timeMask) - at) & timeMask
	if debt > burst {
		return 0
	}
	return debt
}
