package nat

import (
	"encoding/binary"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// What a watch gives is what the list has, also where the watch has missed something.
func TestWatch(t *testing.T) {
	tests := map[string]func(w *ctWatch){
		"all was told":           func(*ctWatch) {},
		"one was not told":       func(w *ctWatch) { forgetOne(t, w) },
		"too much was told":      func(w *ctWatch) { w.lost = true },
		"of an entry that ended": func(w *ctWatch) { addEnded(t, w) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			n, ok := l.start("nftables", Policy{}).(*nftNAT)
			if !ok || n.watched == nil {
				t.Fatal("the kernel's NAT is not watched")
			}
			for port := uint16(4000); port < 4005; port++ {
				l.expect(l.inside, at(x, port), at(y1, 7), l.outside, at(external, port), at(y1, 7))
			}
			conn, err := n.dial(t.Context())
			check(t, err)
			defer func() { check(t, conn.Close()) }()
			check(t, n.watched.hear())
			spoil(n.watched)
			got, err := n.watched.entries(conn)
			check(t, err)
			want, err := list(conn)
			check(t, err)
			if diff := cmp.Diff(names(want), names(got)); diff != "" || len(got) != 5 {
				t.Errorf("%d entries; those listed and those known differ (-want +got):\n%s", len(got), diff)
			}
		})
	}
}

func names(entries []ctEntry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.name())
	}
	slices.Sort(all)
	return all
}

func forgetOne(t *testing.T, w *ctWatch) {
	t.Helper()
	names := slices.Sorted(maps.Keys(w.known))
	if len(names) == 0 {
		t.Fatal("the watch was told of nothing")
	}
	delete(w.known, names[0])
}

// addEnded adds an entry that the kernel does not have.
func addEnded(t *testing.T, w *ctWatch) {
	t.Helper()
	for _, e := range w.known {
		e.key = slices.Clone(e.key)
		for i := range e.key {
			e.key[i].Data = slices.Clone(e.key[i].Data)
			if e.key[i].Type&^unix.NLA_F_NESTED == nl.CTA_TUPLE_ORIG {
				e.key[i].Data[len(e.key[i].Data)-4] ^= 1 // the last is a port
			}
		}
		w.known[e.name()] = e
		return
	}
	t.Fatal("the watch was told of nothing")
}

func FuzzUnpack(f *testing.F) {
	message := make([]byte, unix.SizeofNlMsghdr+nl.SizeofNfgenmsg)
	binary.NativeEndian.PutUint32(message, uint32(len(message)))
	binary.NativeEndian.PutUint16(message[4:], unix.NFNL_SUBSYS_CTNETLINK<<8)
	f.Add(message)
	f.Add(append(slices.Clone(message), message[:7]...))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := unpack(nil, data)
		if err != nil && all != nil {
			t.Error("an error, and messages as well")
		}
		for _, one := range all {
			_, _ = parseEntry(one)
		}
	})
}
