package refnat

import (
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// Contacts are a set, whether they are few or many.
func TestContacts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var c contacts
		want := map[packet.Endpoint]bool{}
		for range random.IntN(60) {
			addr := netip.AddrFrom4([4]byte{203, 0, 113, byte(random.IntN(4))})
			y := at(addr, packet.UDP, uint16(random.IntN(5)))
			if random.IntN(3) == 0 {
				c.remove(y)
				delete(want, y)
			} else {
				c.add(y)
				want[y] = true
			}
			addrs := map[netip.Addr]bool{}
			for known := range want {
				addrs[known.Addr()] = true
			}
			if c.has(y) != want[y] || c.hasAddr(addr) != addrs[addr] {
				t.Fatalf("%v: %t, and of its address %t, want %t and %t",
					y, c.has(y), c.hasAddr(addr), want[y], addrs[addr])
			}
			got := slices.SortedFunc(c.addrs(), netip.Addr.Compare)
			if sorted := slices.SortedFunc(maps.Keys(addrs), netip.Addr.Compare); !slices.Equal(got, sorted) {
				t.Fatalf("addresses %v, want %v", got, sorted)
			}
		}
	}
}
