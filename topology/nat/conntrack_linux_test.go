package nat

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"golang.org/x/sys/unix"
)

func age(t testing.TB, n NAT, d time.Duration) {
	t.Helper()
	ager, ok := n.(Ager)
	if !ok {
		t.Fatalf("%T is no Ager", n)
	}
	check(t, ager.Age(t.Context(), d))
}

// The kernel ends unanswered UDP after 30 s, and the reference NAT all UDP
// after 5 minutes.
func TestAge(t *testing.T) {
	const second = time.Second
	tests := map[string]struct {
		nat   string
		alive []time.Duration // steps after which the mapping still is
		dead  []time.Duration
	}{
		"kernel at once": {"nftables", []time.Duration{29 * second}, []time.Duration{30 * second}},
		"kernel in steps": {"nftables",
			[]time.Duration{10 * second, 10 * second, 9 * second}, []time.Duration{10 * second, 19 * second, second}},
		"kernel, rounded": {"nftables", []time.Duration{28*second + 1}, []time.Duration{29*second + 1}},
		"kernel, beyond":  {"nftables", []time.Duration{0, -second}, []time.Duration{24 * time.Hour}},
		"reference":       {"ref", []time.Duration{299 * second}, []time.Duration{200 * second, 100 * second}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			n := l.start(test.nat, Policy{})
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			for _, d := range test.alive {
				age(t, n, d)
			}
			l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
			l.expect(l.inside, at(x, 5000), at(y1, 7), l.outside, at(external, 5000), at(y1, 7))
			for _, d := range test.dead {
				age(t, n, d)
			}
			l.refused(at(y1, 7), at(external, 5000))
		})
	}
}

// A mapping that was aged ends as one does that has waited.
func TestAgedAndRealExpireAlike(t *testing.T) {
	for _, clock := range []string{"aged", "real"} {
		t.Run(clock, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			n := l.start("nftables", Policy{})
			for _, key := range []string{"udp_timeout", "udp_timeout_stream"} {
				check(t, l.site.Node.Sysctl("net/netfilter/nf_conntrack_"+key, "2"))
			}
			pass := func(d time.Duration) {
				if clock == "aged" {
					age(t, n, d)
				} else {
					time.Sleep(d)
				}
			}
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			pass(time.Second)
			l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
			pass(time.Second)
			l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
			pass(3 * time.Second)
			l.refused(at(y1, 7), at(external, 4000))
		})
	}
}

// Every protocol has another tuple, and all of them age.
func TestAgeEveryProtocol(t *testing.T) {
	l := newLab(t)
	n := l.start("nftables", Policy{})
	ip := func(p layers.IPProtocol) *layers.IPv4 {
		return &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: p, SrcIP: x.AsSlice(), DstIP: y1.AsSlice()}
	}
	tcp, over := &layers.TCP{SrcPort: 4000, DstPort: 80, SYN: true, Window: 1000}, ip(layers.IPProtocolTCP)
	check(t, tcp.SetNetworkLayerForChecksum(over))
	for _, stack := range [][]gopacket.SerializableLayer{
		{over, tcp},
		{ip(layers.IPProtocolICMPv4), &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0), Id: 7, Seq: 1}},
		{ip(253), gopacket.Payload("experimental")},
	} {
		buf := gopacket.NewSerializeBuffer()
		options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
		check(t, gopacket.SerializeLayers(buf, options, stack...))
		check(t, l.inside.Send(t.Context(), buf.Bytes()))
		_, err := l.outside.Receive(t.Context())
		check(t, err)
	}
	left := func() map[int64]int {
		found := map[int64]int{}
		for _, entry := range l.entries(n) {
			found[entry.left]++
		}
		return found
	}
	age(t, n, 20*time.Second)
	// What they began with: 120 s for the SYN, 30 s for the echo request and
	// 600 s for the unknown protocol. The kernel rounds down.
	if diff := cmp.Diff(map[int64]int{99: 1, 9: 1, 579: 1}, left()); diff != "" {
		t.Errorf("after 20 s (-want +got):\n%s", diff)
	}
	age(t, n, 100*time.Second)
	if diff := cmp.Diff(map[int64]int{479: 1}, left()); diff != "" {
		t.Errorf("after 120 s (-want +got):\n%s", diff)
	}
}

func (l *lab) entries(n NAT) []ctEntry {
	l.t.Helper()
	conn, err := kernelOf(l.t, n).dial(l.t.Context())
	check(l.t, err)
	defer func() { check(l.t, conn.Close()) }()
	check(l.t, nextTick(l.t.Context()))
	entries, err := list(conn)
	check(l.t, err)
	return entries
}

// kernelOf returns what is the kernel's of a NAT.
func kernelOf(t testing.TB, n NAT) *kernelNAT {
	t.Helper()
	switch n := n.(type) {
	case *nftNAT:
		return &n.kernelNAT
	case *iptablesNAT:
		return &n.kernelNAT
	}
	t.Fatalf("%T is not the kernel's", n)
	return nil
}

// An entry that is gone when its turn comes is no error.
func TestAgeOfGoneEntry(t *testing.T) {
	l := newLab(t)
	n := l.start("nftables", Policy{})
	l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
	entries := l.entries(n)
	if len(entries) != 1 {
		t.Fatalf("got %d entries, want 1", len(entries))
	}
	kernel := kernelOf(t, n)
	check(t, kernel.flush())
	conn, err := kernel.dial(t.Context())
	check(t, err)
	defer func() { check(t, conn.Close()) }()
	for _, seconds := range []int64{1, 100} {
		if _, err := conn.Execute(entries[0].aged(seconds)); !errors.Is(err, unix.ENOENT) {
			t.Errorf("ageing by %d s: got %v, want %v", seconds, err, unix.ENOENT)
		}
	}
}

// BenchmarkAge lets a second pass for established TCP connections. In one of
// 432,000 s it can do so for a long time.
func BenchmarkAge(b *testing.B) {
	for _, entries := range []int{3, 1000, 10000} {
		b.Run(strconv.Itoa(entries), func(b *testing.B) {
			l := newLab(b)
			n := l.start("nftables", Policy{})
			for i := range entries {
				l.connection(at(x, uint16(2000+i))).lead(toEstablished)
			}
			if got := len(l.entries(n)); got != entries {
				b.Fatalf("got %d entries, want %d", got, entries)
			}
			for b.Loop() {
				age(b, n, time.Second)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*entries), "µs/entry")
		})
	}
}
