package refnat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
)

func TestAgenda(t *testing.T) {
	l := newLab(t)
	var rung []string
	ring := func(name string) func(time.Time) []Packet {
		return func(due time.Time) []Packet {
			rung = append(rung, fmt.Sprint(name, " ", due.Sub(epoch)))
			return []Packet{{Inside, udp(y1, x40000)}}
		}
	}
	in := func(seconds int) time.Time { return epoch.Add(time.Duration(seconds) * time.Second) }
	a := &l.table.agenda
	if l.next() != -1 {
		t.Errorf("an empty table acts in %v", l.next())
	}
	a.at(in(4), ring("d"))
	later, sooner := a.at(in(1), ring("later")), a.at(in(9), ring("sooner"))
	a.at(in(2), ring("b"))
	a.at(in(2), ring("c"))
	gone := a.at(in(0), ring("gone"))
	a.at(in(3), func(due time.Time) []Packet {
		a.at(due.Add(500*time.Millisecond), ring("chained"))
		return nil
	})
	a.cancel(gone)
	a.cancel(gone)
	a.set(later, in(5))
	a.set(sooner, in(1))
	if l.next() != time.Second {
		t.Errorf("the table acts in %v, want 1s", l.next())
	}
	if l.idle(999 * time.Millisecond); len(l.tick()) != 0 {
		t.Errorf("it acts too early: %v", rung)
	}
	l.idle(time.Millisecond)
	if got := l.tick(); len(got) != 1 || l.next() != time.Second {
		t.Errorf("%d packets left, it acts again in %v", len(got), l.next())
	}
	l.idle(3 * time.Second) // which is late for most, but not for the last
	if got := l.tick(); len(got) != 4 || l.next() != time.Second {
		t.Errorf("%d packets left, it acts again in %v", len(got), l.next())
	}
	l.idle(time.Hour)
	l.tick()
	want := []string{"sooner 1s", "b 2s", "c 2s", "chained 3.5s", "d 4s", "later 5s"}
	if diff := cmp.Diff(want, rung); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if l.next() != -1 {
		t.Errorf("when all is done, it acts in %v", l.next())
	}
}

// Next is when a mapping ends, however often it was used, and Tick ends it.
func TestNextOfMappings(t *testing.T) {
	l := newLab(t)
	l.mapped(x40000, y1)
	l.idle(time.Minute)
	l.mapped(z40000, y1)
	l.idle(time.Minute)
	l.mapped(x40000, y1)
	if l.next() != 4*time.Minute {
		t.Errorf("the table acts in %v, want 4m, when z's mapping ends", l.next())
	}
	l.idle(l.next() - time.Nanosecond)
	if l.tick(); len(l.table.mappings) != 2 {
		t.Error("a mapping has ended too early")
	}
	l.idle(time.Nanosecond)
	if l.tick(); len(l.table.mappings) != 1 || l.next() != time.Minute {
		t.Errorf("%d mappings are left, the next ends in %v", len(l.table.mappings), l.next())
	}
	l.idle(l.next())
	if l.tick(); len(l.table.mappings) != 0 || l.next() != -1 {
		t.Errorf("%d mappings are left, the next ends in %v", len(l.table.mappings), l.next())
	}
}

func TestNextOfFragments(t *testing.T) {
	l := newLab(t)
	first := split(udp(x40000, y1, size(2000), identified(1)), 1500)
	other := split(udp(x40000, y1, size(2000), identified(2)), 1500)
	l.send(Inside, first[0])
	if l.next() != reassemblyTimeout {
		t.Errorf("the table acts in %v, want %v", l.next(), reassemblyTimeout)
	}
	l.idle(time.Second)
	l.send(Inside, other[0])
	l.send(Inside, first[1])
	if l.next() != reassemblyTimeout {
		t.Errorf("when only the later fragment waits, the table acts in %v", l.next())
	}
	l.idle(reassemblyTimeout)
	if l.tick(); len(l.table.fragments.waiting) != 0 {
		t.Error("fragments wait for ever")
	}
	l.send(Inside, first[0])
	if l.next() != reassemblyTimeout {
		t.Errorf("the table acts in %v, want %v", l.next(), reassemblyTimeout)
	}
	l.send(Inside, first[1])
	if l.next() != defaultLifetime {
		t.Errorf("when nothing waits, the table acts in %v", l.next())
	}
}

// The table sends by itself, and what is due goes before what a packet causes.
func TestActsByItself(t *testing.T) {
	l := newMixedLab(t, behaving(Behaviour{Filtering: AddressAndPortDependent}))
	if got := l.send(Outside, tcp(y1, "203.0.113.1:40000", packet.SYN)); len(got) != 0 {
		t.Fatalf("a SYN becomes %v", ends(got))
	}
	if l.next() != 6*time.Second {
		t.Fatalf("the table acts in %v, want 6s", l.next())
	}
	l.idle(6 * time.Second)
	want := []told{{Outside, "203.0.113.1", "198.51.100.1", 3, 3, 0, y1, "203.0.113.1:40000"}}
	if diff := cmp.Diff(want, l.errors(l.tick())); diff != "" {
		t.Errorf("six seconds after a SYN (-want +got):\n%s", diff)
	}
	l.send(Outside, tcp(y1, "203.0.113.1:40000", packet.SYN))
	l.send(Inside, tcp(x40000, y1, packet.SYN))
	l.idle(6 * time.Second)
	if got := l.tick(); len(got) != 0 || l.next() != 54*time.Second {
		t.Errorf("after a simultaneous open: %v, and more in %v", ends(got), l.next())
	}
	rst := [2]string{"TCP " + y1, "TCP " + x40000}
	for name, test := range map[string]struct {
		from   Side
		packet []byte
		then   [2]string
	}{
		"out": {Inside, udp(z40000, y2), [2]string{"UDP 203.0.113.1:40000", "UDP " + y2}},
		"in":  {Outside, udp(y2, "203.0.113.1:40000"), [2]string{"UDP " + y2, "UDP " + z40000}},
	} {
		l := newMixedLab(t)
		l.send(Inside, tcp(x40000, y1, packet.SYN))
		l.idle(59 * time.Second)
		l.send(Inside, udp(z40000, y2))
		l.idle(time.Second)
		got := ends(l.send(test.from, test.packet))
		if diff := cmp.Diff([][2]string{rst, test.then}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	l = newMixedLab(t)
	l.send(Inside, tcp(x40000, y1, packet.SYN))
	l.idle(time.Minute)
	if got := ends(l.send(Inside, []byte("no packet"))); !slices.Equal(got, [][2]string{rst}) {
		t.Errorf("what is due is lost to a packet that is dropped: %v", got)
	}
}

// Whoever sleeps until Next and then calls Tick never wakes up for nothing, and
// misses nothing.
func TestNextMakesProgress(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		l := newLab(t, behaving(Behaviour{
			Mapping: Dependence(random.IntN(3)), UnrepliedLifetime: 20 * time.Second, InboundRefresh: true,
		}), faulty(t, "inbound-shortens"))
		for range 300 {
			x := fmt.Sprintf("10.0.0.%d:%d", 2+random.IntN(3), 5000+random.IntN(3))
			switch random.IntN(4) {
			case 0:
				l.reaches(y1, fmt.Sprintf("203.0.113.1:%d", 5000+random.IntN(3)))
			case 1:
				l.send(Inside, split(udp(x, y1, size(2000), identified(uint16(random.IntN(4)))), 1500)[random.IntN(2)])
			default:
				l.send(Inside, udp(x, []string{y1, y1b, y2}[random.IntN(3)]))
			}
			for until := l.now.Add(time.Duration(random.IntN(8000)) * time.Millisecond); ; {
				due, ok := l.table.Next()
				if !ok || due.After(until) {
					l.now = until
					break
				}
				before := len(l.table.mappings) + len(l.table.fragments.waiting)
				l.now = due
				l.tick()
				if after := len(l.table.mappings) + len(l.table.fragments.waiting); after >= before {
					t.Fatalf("at Next, %d pieces of state became %d", before, after)
				}
				if l.next() == 0 {
					t.Fatal("after Tick, Next is now")
				}
			}
		}
	}
}
