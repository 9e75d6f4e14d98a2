package refnat

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
)

func TestReassembly(t *testing.T) {
	whole := udp(x40000, y1, size(4000))
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {1, 0, 2}, {2, 0, 1}, {0, 2, 1}, {2, 2, 1, 1, 0}} {
		l := newLab(t, func(c *Config) { c.OutsideMTU = 5000 })
		list := split(whole, 1500)
		var got []seen
		for _, i := range order {
			given := bytes.Clone(list[i])
			got = append(got, l.send(Inside, given)...)
			if !bytes.Equal(given, list[i]) {
				t.Errorf("order %v: the input was modified", order)
			}
			clear(given) // The table must not depend on it any longer.
		}
		if len(got) != 1 || len(got[0].Data) != 4000 || got[0].src != "203.0.113.1:40000" {
			t.Fatalf("order %v: sent on %+v, want one whole packet", order, got)
		}
		if !bytes.Equal(got[0].Segment[8:], whole[28:]) {
			t.Errorf("order %v: the payload has changed", order)
		}
		if r := l.table.fragments; r.memory != 0 || len(r.sources) != 0 || len(r.waiting) != 0 || r.oldest.Len() != 0 {
			t.Errorf("order %v: fragments are left behind: %+v", order, r)
		}
	}
}

func TestReassemblyIn(t *testing.T) {
	l := newLab(t)
	x1 := l.mapped(x40000, y1)
	a := split(udp(y1, x1, size(3000), identified(7)), 1500)
	b := split(udp(y1, x1, size(3000), identified(8)), 1500)
	var got []seen
	for _, p := range [][]byte{b[2], a[1], b[0], a[2], a[0], b[1]} {
		got = append(got, l.send(Outside, p)...)
	}
	var ids []uint32
	var offsets []int
	for _, s := range got {
		ids, offsets = append(ids, s.ID), append(offsets, s.Fragment.Offset)
	}
	if diff := cmp.Diff([]uint32{7, 7, 7, 8, 8, 8}, ids); diff != "" {
		t.Errorf("IDs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{0, 1480, 2960, 0, 1480, 2960}, offsets); diff != "" {
		t.Errorf("offsets (-want +got):\n%s", diff)
	}
}

func TestReassemblyRefuses(t *testing.T) {
	list := split(udp(x40000, y1, size(3000)), 1500)
	overlap := split(udp(x40000, y1, size(3000)), 1400)
	for name, order := range map[string][][]byte{
		"overlap":        {list[0], overlap[1], list[1], list[2]},
		"two ends":       {list[2], overlap[2], list[0], list[1]},
		"missing first":  {list[1], list[2]},
		"missing last":   {list[0], list[1]},
		"missing middle": {list[0], list[2]},
	} {
		l := newLab(t)
		for _, p := range order {
			if got := l.send(Inside, p); len(got) != 0 {
				t.Errorf("%s: sent on %+v", name, got)
			}
		}
	}
	l := newLab(t)
	l.send(Inside, list[0])
	l.send(Inside, list[1])
	l.idle(reassemblyTimeout)
	if got := l.send(Inside, list[2]); len(got) != 0 {
		t.Errorf("after the timeout: sent on %+v", got)
	}
}

// REQ-14a: fragments that never become whole cost bounded memory, and leave
// others alone.
func TestFragmentFlood(t *testing.T) {
	l := newLab(t)
	x1 := l.mapped(x40000, y1)
	flood := split(udp(y2, x1, size(2000)), 1500)
	good := split(udp(y1, x1, size(2000)), 1500)
	later, err := packet.Parse(flood[1])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20000 {
		e := later.Edit()
		e.SetIPv4(4, []byte{byte(i >> 8), byte(i)})
		if i%2 == 0 {
			e.SetSourceAddr(netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}))
		}
		l.send(Outside, e.Data())
		r := l.table.fragments
		if r.memory > reassemblyMemory || r.sources[netip.MustParseAddr("198.51.100.2")] != nil &&
			r.sources[netip.MustParseAddr("198.51.100.2")].memory > sourceMemory {
			t.Fatalf("fragments hold %d bytes", r.memory)
		}
		if i%100 == 0 {
			l.send(Outside, good[0])
			if got := l.send(Outside, good[1]); len(got) != 2 {
				t.Fatalf("after %d fragments of a flood, a good packet became %d", i, len(got))
			}
		}
	}
	l.idle(reassemblyTimeout)
	l.send(Outside, good[0])
	if r := l.table.fragments; len(r.waiting) != 1 || len(r.sources) != 1 {
		t.Errorf("%d packets of %d sources wait after the timeout, want 1", len(r.waiting), len(r.sources))
	}
}

// A packet of no hops is one of no hops when it is put together, too.
func TestReassemblyKeepsTTL(t *testing.T) {
	for _, ttl := range []uint8{0, 1} {
		l := newLab(t)
		var got []seen
		for _, data := range split(udp(x40000, y1, size(2000)), 1500) {
			p, _ := read(Inside, data)
			p.EditOf(data).SetTTL(ttl)
			got = append(got, l.send(Inside, data)...)
		}
		if told := l.errors(got); len(told) != 1 || told[0].Type != 11 || got[0].Quote().TTL != ttl {
			t.Errorf("TTL %d: %+v", ttl, told)
		}
	}
}

// The bounds of memory are kept to the byte, and per source.
func TestFragmentMemory(t *testing.T) {
	r := newReassembler(faultless)
	add := func(id int, from byte) {
		head := packet.Header{
			Source: netip.AddrFrom4([4]byte{198, 51, 100, from}), Destination: netip.MustParseAddr("203.0.113.1"),
			Protocol: packet.UDP, ID: uint16(id),
		}
		d, ok := read(Outside, must(head.Fragment(make([]byte, 1024-pieceOverhead), 0, true)))
		if !ok {
			t.Fatal("the fragment cannot be read")
		}
		r.add(d, epoch)
	}
	for id := range 513 {
		add(id, 1)
		if want := min(id+1, 512); len(r.waiting) != want || r.memory != want*1024 {
			t.Fatalf("after %d fragments, %d packets of %d bytes wait", id+1, len(r.waiting), r.memory)
		}
	}
	for source := byte(2); source < 10; source++ {
		for id := range 512 {
			add(id, source)
		}
	}
	if r.memory != reassemblyMemory {
		t.Errorf("%d bytes are held, want %d", r.memory, reassemblyMemory)
	}
	if _, ok := r.sources[netip.MustParseAddr("198.51.100.1")]; ok {
		t.Error("the oldest did not give way")
	}
}

// No packet is longer than an IPv4 packet can be.
func TestReassemblyTooLong(t *testing.T) {
	for _, test := range []struct{ options, last, want int }{
		{0, 65535 - 20 - 65504, 1}, {0, 65535 - 20 - 65504 + 1, 0},
		{4, 65535 - 24 - 65504, 1}, {4, 65535 - 20 - 65504, 0},
	} {
		r := newReassembler(faultless)
		head := packet.Header{
			Source: netip.MustParseAddr("198.51.100.1"), Destination: netip.MustParseAddr("203.0.113.1"),
			Protocol: packet.UDP, Options: make([]byte, test.options),
		}
		completed := 0
		add := func(part []byte, offset int, more bool) {
			if offset > 0 {
				head.Options = nil
			}
			d, ok := read(Outside, must(head.Fragment(part, offset, more)))
			if !ok {
				t.Fatal("the fragment cannot be read")
			}
			if r.add(d, epoch) != nil {
				completed++
			}
		}
		add(make([]byte, 32752), 0, true)
		add(make([]byte, 32752), 32752, true)
		add(make([]byte, test.last), 65504, false)
		if completed != test.want {
			t.Errorf("%d bytes of options and %d at the end: %d packets, want %d",
				test.options, test.last, completed, test.want)
		}
	}
}

func TestPlace(t *testing.T) {
	for _, test := range []struct {
		name         string
		total        int // negative: the last fragment is not there
		offset, size int
		more         bool
		known, fits  bool
	}{
		{"between", -1, 16, 8, true, false, true},
		{"all between", -1, 16, 16, true, false, true},
		{"the same", -1, 8, 8, true, true, true},
		{"over the one after", -1, 16, 24, true, false, false},
		{"over the one before", -1, 8, 16, true, false, false},
		{"into the one before", -1, 0, 16, true, false, false},
		{"at the front", -1, 0, 8, true, false, true},
		{"within another", -1, 32, 4, true, false, false},
		{"the last, after all", -1, 48, 5, false, false, true},
		{"the last, before others", -1, 16, 8, false, false, false},
		{"after the last", 56, 56, 8, true, false, false},
		{"the last again, shorter", 56, 48, 7, false, false, false},
		{"up to the last", 56, 48, 8, true, false, true},
		{"the largest", -1, 65504, 11, false, false, true},
		{"too large", -1, 65504, 12, false, false, false},
	} {
		p := &partial{total: test.total, pieces: []piece{{8, make([]byte, 8)}, {32, make([]byte, 16)}}}
		if known, fits := p.place(test.offset, test.size, test.more); known != test.known || fits != test.fits {
			t.Errorf("%s: known %t, fits %t", test.name, known, fits)
		}
	}
	p := &partial{total: -1, pieces: []piece{{0, make([]byte, 16)}}}
	if _, fits := p.place(8, 8, true); fits {
		t.Error("a fragment within the only other one fits")
	}
}

// A fragment of nothing, or one that the next cannot continue, is no fragment.
func TestUselessFragments(t *testing.T) {
	head := packet.Header{
		Source: netip.MustParseAddr("198.51.100.1"), Destination: netip.MustParseAddr("203.0.113.1"),
		Protocol: packet.UDP,
	}
	for _, test := range []struct {
		size, offset int
		more         bool
		want         int
	}{{0, 0, true, 0}, {0, 8, false, 0}, {12, 0, true, 0}, {16, 0, true, 1}, {12, 8, false, 1}} {
		l := newLab(t)
		l.send(Outside, must(head.Fragment(make([]byte, test.size), test.offset, test.more)))
		if got := len(l.table.fragments.waiting); got != test.want {
			t.Errorf("%+v: %d packets wait", test, got)
		}
	}
}

// faultless are the faults of a sound NAT.
func faultless(packet.Protocol) *Faults { return new(Faults) }
