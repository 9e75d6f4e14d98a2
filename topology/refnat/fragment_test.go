package refnat

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"
)

// pieces splits a packet for a link of this MTU.
func pieces(t testing.TB, packet []byte, mtu int) [][]byte {
	t.Helper()
	d, ok := parse(Inside, packet)
	if !ok {
		t.Fatal("packet does not parse")
	}
	var list [][]byte
	for _, p := range split(d, header{data: packet}, Inside, mtu) {
		list = append(list, p.Data)
	}
	return list
}

func TestReassembly(t *testing.T) {
	packet := udp(x40000, y1, size(4000))
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {1, 0, 2}, {2, 0, 1}, {0, 2, 1}, {2, 2, 1, 1, 0}} {
		l := newLab(t, func(c *Config) { c.OutsideMTU = 5000 })
		list := pieces(t, packet, 1500)
		var got []seen
		for _, i := range order {
			given := bytes.Clone(list[i])
			got = append(got, l.send(Inside, given)...)
			if !bytes.Equal(given, list[i]) {
				t.Errorf("order %v: the input was modified", order)
			}
			clear(given) // The table must not depend on it any longer.
		}
		if len(got) != 1 || len(got[0].data) != 4000 || got[0].src != "203.0.113.1:40000" {
			t.Fatalf("order %v: sent on %+v, want one whole packet", order, got)
		}
		if !bytes.Equal(got[0].ip.Payload[8:], packet[28:]) {
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
	a := pieces(t, udp(y1, x1, size(3000), identified(7)), 1500)
	b := pieces(t, udp(y1, x1, size(3000), identified(8)), 1500)
	var got []seen
	for _, p := range [][]byte{b[2], a[1], b[0], a[2], a[0], b[1]} {
		got = append(got, l.send(Outside, p)...)
	}
	var ids, offsets []uint16
	for _, s := range got {
		ids, offsets = append(ids, s.ip.Id), append(offsets, s.ip.FragOffset)
	}
	if diff := cmp.Diff([]uint16{7, 7, 7, 8, 8, 8}, ids); diff != "" {
		t.Errorf("IDs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]uint16{0, 185, 370, 0, 185, 370}, offsets); diff != "" {
		t.Errorf("offsets (-want +got):\n%s", diff)
	}
}

func TestReassemblyRefuses(t *testing.T) {
	list := pieces(t, udp(x40000, y1, size(3000)), 1500)
	overlap := pieces(t, udp(x40000, y1, size(3000)), 1400)
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
	flood := pieces(t, udp(y2, x1, size(2000)), 1500)
	good := pieces(t, udp(y1, x1, size(2000)), 1500)
	for i := range 20000 {
		h := header{data: bytes.Clone(flood[1])}
		h.set(4, []byte{byte(i >> 8), byte(i)})
		if i%2 == 0 {
			from := netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)})
			h.setAddr(ipSource, from)
		}
		l.send(Outside, h.data)
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
	packet := udp(x40000, y1, size(2800), identified(42), func(ip *layers.IPv4, _ *[]byte) {
		ip.Options = []layers.IPv4Option{
			{OptionType: 0x94, OptionLength: 4, OptionData: []byte{0, 0}}, // copied
			{OptionType: 0x44, OptionLength: 8, OptionData: []byte{5, 0, 0, 0, 0, 0}},
		}
	})
	got := l.send(Inside, packet)
	back := newReassembler(Faults{})
	var whole *datagram
	for i, s := range got {
		if len(s.data) > 1000 || s.ip.Id != 42 || s.Side != Outside {
			t.Errorf("fragment %d: %d bytes, ID %d", i, len(s.data), s.ip.Id)
		}
		if i > 0 && (s.ip.FragOffset <= got[i-1].ip.FragOffset || s.ip.IHL != 6) {
			t.Errorf("fragment %d: offset %d, header of %d words", i, s.ip.FragOffset, s.ip.IHL)
		}
		d, _ := parse(Outside, s.data)
		whole = back.add(d, l.now)
	}
	if whole == nil || !transportValid(whole) || !bytes.Equal(whole.Payload[8:], packet[40:]) {
		t.Fatal("the fragments do not make the packet")
	}
}

// What came in fragments that fit leaves in fragments, DF or not.
func TestFragmentsThatFit(t *testing.T) {
	for _, option := range []func(*layers.IPv4, *[]byte){identified(1), dontFragment} {
		l := newLab(t, faulty(t, "no-fragmentation", "fragments-reversed"))
		var got []seen
		for _, p := range pieces(t, udp(x40000, y1, size(3000), option), 1500) {
			got = append(got, l.send(Inside, p)...)
		}
		var offsets []uint16
		for _, s := range got {
			offsets = append(offsets, s.ip.FragOffset)
		}
		if !slices.Equal(offsets, []uint16{0, 185, 370}) {
			t.Errorf("offsets %v", offsets)
		}
	}
}
