package nat

import (
	"net/netip"
	"testing"
	"time"
)

// The reference NAT sends by the node's routes, as the kernel would.
func TestRefBeyondGateway(t *testing.T) {
	l := newLab(t)
	far := netip.MustParseAddr("198.51.100.5")
	check(t, l.site.Node.AddRoute(netip.PrefixFrom(far, 24), y1))
	check(t, l.outside.Attach(far))
	l.start("ref", Policy{})
	l.expect(l.inside, at(x, 4000), at(far, 7), l.outside, at(external, 4000), at(far, 7))
	l.expect(l.outside, at(far, 7), at(external, 4000), l.inside, at(far, 7), at(x, 4000))
}

// A packet that has nowhere to go is lost and told of, and no more comes of it.
func TestRefToNobody(t *testing.T) {
	l := newLab(t)
	n := l.start("ref", Policy{})
	l.send(l.inside, at(x, 4000), at(netip.MustParseAddr("203.0.113.99"), 7), "to nobody")
	l.send(l.inside, at(x, 4000), at(netip.MustParseAddr("192.0.2.1"), 7), "to nowhere")
	l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
	wantText(t, n.Log(), "203.0.113.99", "does not answer", "192.0.2.1", "route")
	if err := n.Err(); err != nil {
		t.Errorf("the NAT stopped: %v", err)
	}
}

// Faults are built in by name.
func TestRefFault(t *testing.T) {
	l := newLab(t)
	l.start("ref:mapping-by-address", Policy{})
	l.send(l.inside, at(x, 4000), at(y1, 7), "first")
	first := l.receive(l.outside)
	l.send(l.inside, at(x, 4000), at(y2, 7), "second")
	if second := l.receive(l.outside); second.Src == first.Src {
		t.Errorf("both destinations see %v", first.Src)
	}
}

func TestRefTellsOfItsEnd(t *testing.T) {
	l := newLab(t)
	n := l.start("ref", Policy{})
	link, err := l.site.Node.Netlink().LinkByName("inside")
	check(t, err)
	check(t, l.site.Node.Netlink().LinkDel(link))
	wantText(t, ending(t, n).Error(), "nat: reference NAT: ", "network is down")
}

// The table does by itself what its time has come for: no packet is needed.
func TestRefActsByItself(t *testing.T) {
	l := newLab(t)
	n := l.start("ref", Policy{UDPTimeout: 300 * time.Millisecond}).(*refNAT)
	planned := func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		_, ok := n.table.Next()
		return ok
	}
	flow := func() {
		t.Helper()
		l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
		if !planned() {
			t.Fatal("the mapping has no end")
		}
	}
	flow()
	for giveUp := time.Now().Add(10 * time.Second); planned(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(giveUp) {
			t.Fatal("the mapping did not end by itself")
		}
	}
	flow()
	check(t, n.Age(t.Context(), time.Second))
	if planned() {
		t.Error("ageing has left the mapping alive")
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	for _, name := range []string{"nftables", "ref"} {
		b.Run(name, func(b *testing.B) {
			l := newLab(b)
			l.start(name, Policy{})
			for b.Loop() {
				l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
				l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
			}
		})
	}
}

func BenchmarkStart(b *testing.B) {
	for _, name := range []string{"nftables", "ref"} {
		b.Run(name, func(b *testing.B) {
			l := newLab(b)
			driver, err := Lookup(name)
			check(b, err)
			starter := prepare(b, driver)
			for b.Loop() {
				n, err := starter.Start(b.Context(), l.site, Policy{})
				check(b, err)
				check(b, n.Close())
			}
		})
	}
}
