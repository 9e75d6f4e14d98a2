package refnat

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
)

func TestFragmentation(t *testing.T) {
	l := newLab(t, func(c *Config) { c.OutsideMTU = 1000 })
	given := udp(x40000, y1, size(2800), identified(42), func(head *packet.Header, _ *[]byte) {
		head.Options = []byte{0x01, 0x94, 4, 0, 0, 0x44, 7, 5, 0, 0, 0, 0} // the second is copied
		head.TrafficClass = 0xb8
	})
	got := l.send(Inside, given)
	back := newReassembler(faultless)
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

// Whether fragments with DF set fit is a matter of the largest of them.
func TestLargestFragment(t *testing.T) {
	for _, test := range []struct{ mtu, want int }{{996, 3}, {995, 1}} {
		l := newLab(t, func(c *Config) { c.OutsideMTU = test.mtu })
		var got []seen
		for _, data := range split(udp(x40000, y1, size(2400), dontFragment), 1000) {
			got = append(got, l.send(Inside, data)...)
		}
		if len(got) != test.want || got[0].IsError() != (test.want == 1) {
			t.Errorf("an MTU of %d: %d packets left, want %d", test.mtu, len(got), test.want)
		}
	}
}
