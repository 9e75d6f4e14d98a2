package refnat

import (
	"bytes"
	"net/netip"
	"slices"
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

func TestFragmentation(t *testing.T) {
	l := newLab(t, func(c *Config) { c.OutsideMTU = 1000 })
	given := udp(x40000, y1, size(2800), identified(42), func(head *packet.Header, _ *[]byte) {
		head.Options = []byte{0x01, 0x94, 4, 0, 0, 0x44, 7, 5, 0, 0, 0, 0} // the second is copied
		head.TrafficClass = 0xb8
	})
	got := l.send(Inside, given)
	back := newReassembler(FragmentFaults{})
	var whole *datagram
	for i, s := range got {
		if len(s.Data) > 1000 || s.ID != 42 || s.Side != Outside || s.TrafficClass != 0xb8 || s.TTL != 63 {
			t.Errorf("fragment %d: %d bytes, ID %d, class %#x, TTL %d", i, len(s.Data), s.ID, s.TrafficClass, s.TTL)
		}
		if i > 0 && (s.Fragment.Offset <= got[i-1].Fragment.Offset || !bytes.Equal(s.Options, []byte{0x94, 4, 0, 0})) {
			t.Errorf("fragment %d: offset %d, options %x", i, s.Fragment.Offset, s.Options)
		}
		d, _ := read(Outside, s.Data)
		whole = back.add(d, l.now)
	}
	if whole == nil || whole.Damage != "" || !bytes.Equal(whole.Segment[8:], given[40:]) {
		t.Fatal("the fragments do not make the packet")
	}
}

// What came in fragments that fit leaves in fragments, DF or not.
func TestFragmentsThatFit(t *testing.T) {
	for _, option := range []func(*packet.Header, *[]byte){identified(1), dontFragment} {
		l := newLab(t, faulty(t, "no-fragmentation", "fragments-reversed"))
		var got []seen
		for _, p := range split(udp(x40000, y1, size(3000), option), 1500) {
			got = append(got, l.send(Inside, p)...)
		}
		var offsets []int
		for _, s := range got {
			offsets = append(offsets, s.Fragment.Offset)
		}
		if !slices.Equal(offsets, []int{0, 1480, 2960}) {
			t.Errorf("offsets %v", offsets)
		}
	}
}

// A packet that fits a link to the byte stays whole, and fragments that do fill it.
func TestExactFit(t *testing.T) {
	for _, test := range []struct {
		mtu, size int
		want      []int // the fragments' lengths
	}{
		{1000, 1000, []int{1000}},
		{1000, 1001, []int{996, 25}},
		{996, 20 + 2*976, []int{996, 996}},
		{996, 20 + 2*976 + 1, []int{996, 996, 21}},
		{996, 20 + 2*976 - 1, []int{996, 995}},
		{1003, 20 + 976 + 983, []int{996, 1003}}, // the last one need not end at a multiple of 8
		{1003, 20 + 976 + 984, []int{996, 996, 28}},
	} {
		l := newLab(t, func(c *Config) { c.OutsideMTU = test.mtu })
		var got []int
		for _, s := range l.send(Inside, udp(x40000, y1, size(test.size))) {
			got = append(got, len(s.Data))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%d bytes at an MTU of %d (-want +got):\n%s", test.size, test.mtu, diff)
		}
	}
}

// A later fragment has only the options that are marked to be copied, and what is
// wrong with an option's length is no reason to fail.
func TestCopiedOptions(t *testing.T) {
	for _, test := range []struct{ given, want []byte }{
		{nil, nil},
		{[]byte{1, 1, 1, 0}, nil},
		{[]byte{0x94, 4, 7, 7}, []byte{0x94, 4, 7, 7}},
		{[]byte{1, 0x83, 3, 9, 0x44, 3, 0, 0}, []byte{0x83, 3, 9, 0}},
		{[]byte{0, 0x94, 4, 7, 7, 0, 0, 0}, nil},
		{[]byte{0x94, 40, 7, 7}, []byte{0x94, 40, 7, 7}},
		{[]byte{0x94, 0, 0x94, 2}, []byte{0x94, 0, 0x94, 2}},
		{[]byte{1, 1, 1, 0x94}, nil},
	} {
		if got := copied(test.given); !bytes.Equal(got, test.want) {
			t.Errorf("%x: copied %x, want %x", test.given, got, test.want)
		}
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
	r := newReassembler(FragmentFaults{})
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
		r := newReassembler(FragmentFaults{})
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
