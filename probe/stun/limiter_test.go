package stun

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	l := newLimiter(100)
	allowed := func(a string, now time.Duration, tries int) (n int) {
		for range tries {
			if l.allow(netip.MustParseAddr(a), now) {
				n++
			}
		}
		return n
	}
	now := 5 * time.Minute
	for _, test := range []struct {
		source string
		now    time.Duration
		want   int
	}{
		{"192.0.2.1", now, 1000},                                   // ten seconds' worth at once
		{"192.0.2.2", now, 1000},                                   // of each source
		{"192.0.2.1", now + 100*time.Millisecond, 10},              // and then what time brings
		{"192.0.2.1", now + time.Hour, 1000},                       // but no more than ten seconds' worth
		{"2001:db8::1", now, 1000},                                 // a network of IPv6
		{"2001:db8::2", now, 0},                                    // is one source
		{"2001:db8:0:1::1", now, 1000},                             // and its neighbour another
		{"192.0.2.1", now + 1<<timeBits*tick, 1000},                // the clock wraps
		{"192.0.2.1", now + (1<<timeBits)*tick + time.Second, 100}, // and goes on
	} {
		if got := allowed(test.source, test.now, 2000); got != test.want {
			t.Errorf("%s at %v: %d allowed, want %d", test.source, test.now, got, test.want)
		}
	}
	if l := newLimiter(0); !l.allow(loopback, 0) {
		t.Error("without a limit a request is limited")
	}
}

// Each rate is kept, and ten seconds' worth comes at once, or what a prober needs.
func TestLimiterRates(t *testing.T) {
	for _, test := range []struct{ rate, atOnce int }{
		{1, maxBurst}, {4, maxBurst}, {10, 100}, {100, 1000}, {70_000, 700_000}, {300_000, 3_000_000},
	} {
		l := newLimiter(test.rate)
		n := 0
		for l.allow(loopback, 0) {
			n++
		}
		// A request's price is a whole number of ticks.
		if off := n - test.atOnce; off > n/50 || -off > n/50 {
			t.Errorf("%d per second: %d at once, want %d", test.rate, n, test.atOnce)
		}
	}
}

// A price is rounded to the next tick, so that high rates are kept as well.
func TestLimiterPrice(t *testing.T) {
	for rate, want := range map[int]int64{1: 15_625_000, 1_050_000: 15, 1_000_000: 16, 9_000_000: 2, 1 << 30: 1} {
		if got := newLimiter(rate).every; got != want {
			t.Errorf("a request costs %d ticks at %d per second, want %d", got, rate, want)
		}
	}
}

// A site that has had enough takes no more slots for its sources.
func TestLimiterOfSiteKeepsSlots(t *testing.T) {
	l := newLimiter(1)
	taken := func() (n int) {
		for i := range l.rows {
			for j := range l.rows[i] {
				if l.rows[i][j].Load() != 0 {
					n++
				}
			}
		}
		return n
	}
	source := func(network uint16) netip.Addr {
		return netip.AddrFrom16([16]byte{0x20, 1, 6: byte(network >> 8), 7: byte(network)})
	}
	network := uint16(0)
	for ; l.allow(source(network), time.Hour); network++ {
	}
	before := taken()
	for range 100 {
		network++
		if l.allow(source(network), time.Hour) {
			t.Fatal("a site has more than its sources may")
		}
	}
	if after := taken(); after != before {
		t.Errorf("refused sources took %d slots", after-before)
	}
}

// The sources of a site of IPv6 do not have more together than 64 of them alone.
func TestLimiterOfSite(t *testing.T) {
	const rate = 100
	l := newLimiter(rate)
	source := func(site, network uint16) netip.Addr {
		var b [16]byte
		b[0], b[1] = 0x20, 0x01
		binary.BigEndian.PutUint16(b[4:], site)
		binary.BigEndian.PutUint16(b[6:], network)
		return netip.AddrFrom16(b)
	}
	// Refused requests of the first source cost its site nothing.
	for range 100 * rate * siteSources {
		l.allow(source(1, 0), 0)
	}
	passed := 10 * rate
	for i := range uint16(0xffff) {
		if l.allow(source(1, 1+i), 0) {
			passed++
		}
	}
	if want := 10 * siteSources * rate; passed < want || passed > want+want/50 {
		t.Errorf("%d requests of one site pass, want %d", passed, want)
	}
	if !l.allow(source(2, 0), 0) {
		t.Error("another site is refused")
	}
	if l.allow(source(1, 0xffff), 0) {
		t.Error("a site has more than its sources may")
	}
}

func source(i uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], i)
	return netip.AddrFrom4(b)
}

// A million sources take no memory, and one that asks too much among them stays
// limited while it asks.
func TestLimiterOfMillionSources(t *testing.T) {
	l := newLimiter(100)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	loud, passed := netip.MustParseAddr("198.51.100.1"), 0
	before := heap()
	for i := range uint32(1_000_000) {
		now := time.Duration(i) * 10 * time.Microsecond // 100,000 per second
		if i%10 == 0 && l.allow(loud, now) {            // 10,000 of them the loud one's
			passed++
		}
		l.allow(source(i), now)
	}
	if after := heap(); after > before+64<<10 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	runtime.KeepAlive(l)
	// Ten seconds at 100 per second and a burst.
	if passed < 1900 || passed > 2100 {
		t.Errorf("%d requests of a source passed in ten seconds, want about 2000", passed)
	}
}

// Only a source that is forgotten while it owes is counted.
func TestLimiterCountsForgotten(t *testing.T) {
	l := newLimiter(1)
	for i := range uint32(1_000_000) {
		l.allow(source(i), 0)
	}
	// Few sources share a tag in their row.
	if got, want := l.forgotten.Load(), uint64(1_000_000-8*rowCount); got > want || got < want-want/100 {
		t.Errorf("%d sources are forgotten, want %d", got, want)
	}
	before := l.forgotten.Load()
	l.allow(source(1), time.Hour)
	if got := l.forgotten.Load(); got != before {
		t.Error("a source that owes nothing is counted as forgotten")
	}
}

func BenchmarkLimiterIPv6(b *testing.B) {
	l := newLimiter(100)
	b.ReportAllocs()
	i := uint32(0)
	for b.Loop() {
		v4 := source(i % 1_000_000).As4()
		l.allow(netip.AddrFrom16([16]byte{0x20, 1, v4[0], v4[1], v4[2], v4[3]}), time.Duration(i)*time.Microsecond)
		i++
	}
}

func BenchmarkLimiter(b *testing.B) {
	l := newLimiter(100)
	b.ReportAllocs()
	i := uint32(0)
	for b.Loop() {
		l.allow(source(i%1_000_000), time.Duration(i)*time.Microsecond)
		i++
	}
}
