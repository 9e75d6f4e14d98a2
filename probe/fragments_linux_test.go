package probe_test

import (
	"testing"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/probe"
)

// The kernel's NAT puts fragments together, so that they pass; it does not
// hairpin; and it gives one exchange less time than a stream, here less than it
// does by default.
func TestOnRequestThroughKernel(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"natproof", "coturn"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // nearly all of it is waiting
			l := newLab(t)
			if name == "coturn" {
				l.coturn("203.0.113.11", "203.0.113.12")
			} else {
				l.serve("203.0.113.11 203.0.113.12")
			}
			l.start("nftables")
			check(t, l.router.Sysctl("net/netfilter/nf_conntrack_udp_timeout", "9"))
			check(t, l.router.Sysctl("net/netfilter/nf_conntrack_udp_timeout_stream", "14"))
			words := theServer + " +fragments +hairpin"
			if !testing.Short() {
				words += " +lifetime"
			}
			r := l.probe(words).UDP4
			if r.Hairpin.Works != probe.No {
				t.Errorf("hairpin: %+v", *r.Hairpin)
			}
			if r.Fragments.Outbound != probe.Yes || r.Fragments.Inbound != probe.Yes {
				t.Errorf("fragments: %+v", *r.Fragments)
			}
			t.Logf("hairpin %+v, fragments %+v", *r.Hairpin, *r.Fragments)
			if life := r.Lifetime; life != nil {
				if !holds(life.Single, 9*time.Second) || !holds(life.Stream, 14*time.Second) ||
					life.Inbound != probe.Yes || life.Outbound != probe.Yes {
					t.Errorf("lifetime: %+v", *life)
				}
				t.Logf("lifetime %+v", *life)
			}
		})
	}
}

// Fragments that a router drops are told from lost ones, in one direction and in
// both.
func TestFragmentsDropped(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		iface             string
		outbound, inbound probe.Tristate
	}{
		{"inside", probe.No, probe.Unknown},
		{"outside", probe.Yes, probe.No},
	} {
		t.Run("at "+test.iface, func(t *testing.T) {
			t.Parallel() // it waits for packets that are dropped
			l := newLab(t)
			l.serve("203.0.113.11 203.0.113.12")
			l.dropFragments(test.iface)
			f := l.probe(theServer + " +fragments").UDP4.Fragments
			if f.Outbound != test.outbound || f.Inbound != test.inbound || f.WrongNo <= 0 || f.WrongNo >= 1e-3 {
				t.Errorf("%+v", *f)
			}
			t.Logf("%+v", *f)
		})
	}
}

// dropFragments has the router drop what comes in fragments on an interface,
// before the kernel puts it together.
func (l *lab) dropFragments(iface string) {
	l.t.Helper()
	r := l.rules()
	r.add(r.chain(nftables.ChainTypeFilter, nftables.ChainHookPrerouting, nftables.ChainPriorityRef(-450)),
		is(expr.MetaKeyNFPROTO, []byte{unix.NFPROTO_IPV4}),
		is(expr.MetaKeyIIFNAME, padded(iface)),
		[]expr.Any{
			// More fragments follow, or this is not the first.
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 6, Len: 2},
			&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 2, Mask: []byte{0x3f, 0xff}, Xor: []byte{0, 0}},
			&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: []byte{0, 0}},
		}, drop())
	check(l.t, r.conn.Flush())
}
