package probe_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/refnat"
)

// A rules is a table of nftables for a node, of IPv4 and IPv6.
type rules struct {
	conn  *nftables.Conn
	table *nftables.Table
}

func (l *lab) rules() rules {
	l.t.Helper()
	return l.rulesOf(l.router)
}

func (l *lab) rulesOf(n *topology.Node) rules {
	l.t.Helper()
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	check(l.t, err)
	return rules{conn, conn.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: "test"})}
}

func (r rules) chain(
	kind nftables.ChainType, hook *nftables.ChainHook, priority *nftables.ChainPriority,
) *nftables.Chain {
	name := fmt.Sprintf("%s-%d", kind, *hook)
	return r.conn.AddChain(&nftables.Chain{Name: name, Table: r.table, Type: kind, Hooknum: hook, Priority: priority})
}

func (r rules) add(to *nftables.Chain, parts ...[]expr.Any) {
	var rule []expr.Any
	for _, p := range parts {
		rule = append(rule, p...)
	}
	r.conn.AddRule(&nftables.Rule{Table: r.table, Chain: to, Exprs: rule})
}

// protect lets only answers in from outside, through the router or to it, and
// the packets by which IPv6 finds neighbours.
func (r rules) protect() {
	for _, hook := range []*nftables.ChainHook{nftables.ChainHookForward, nftables.ChainHookInput} {
		c := r.chain(nftables.ChainTypeFilter, hook, nftables.ChainPriorityFilter)
		answers := []expr.Any{
			&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
			&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4,
				Mask: binaryutil.NativeEndian.PutUint32(expr.CtStateBitESTABLISHED | expr.CtStateBitRELATED),
				Xor:  make([]byte, 4)},
			&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)},
		}
		accept := []expr.Any{&expr.Verdict{Kind: expr.VerdictAccept}}
		r.add(c, answers, accept)
		r.add(c, is(expr.MetaKeyL4PROTO, []byte{unix.IPPROTO_ICMPV6}), accept)
		r.add(c, is(expr.MetaKeyIIFNAME, padded("outside")), drop())
	}
}

func drop() []expr.Any { return []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}} }

func is(key expr.MetaKey, value []byte) []expr.Any {
	return []expr.Any{&expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: value}}
}

// padded is an interface's name as the kernel compares it.
func padded(name string) []byte {
	b := make([]byte, unix.IFNAMSIZ)
	copy(b, name)
	return b
}

// wantResult compares one result with the expected one.
func wantResult(t *testing.T, protocol string, want found, classic string, r *probe.Result) {
	t.Helper()
	if r == nil {
		t.Fatalf("%s was not measured", protocol)
	}
	if diff := cmp.Diff(want, foundBy(r)); diff != "" {
		t.Errorf("%s (-want +got):\n%s%s", protocol, diff, r.Reason)
	}
	if r.Classic != classic {
		t.Errorf("%s is called %q, want %q", protocol, r.Classic, classic)
	}
	t.Logf("%s in %v with %d packets", protocol, r.Duration, r.Sent)
}

// A stateful firewall that translates nothing is no NAT, and filters.
func TestFirewall(t *testing.T) {
	t.Parallel() // most of it waits for SYNs that are filtered
	l := newLab(t)
	l.serve(both)
	r := l.rules()
	r.protect()
	check(t, r.conn.Flush())
	report := l.probe("203.0.113.11:3478 [2001:db8:2::11]:3478")
	want := found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.No}
	wantResult(t, "udp4", want, "", report.UDP4) // its address is none of the Internet
	if !strings.Contains(report.UDP4.Near, "inside of one network") {
		t.Error(report.UDP4.Near)
	}
	wantResult(t, "udp6", want, "symmetric UDP firewall", report.UDP6)
	wantResult(t, "tcp4", want, "", report.TCP4)
	wantResult(t, "tcp6", want, "", report.TCP6)
	if n := report.NATs; n == nil || n.Count != nil || n.Reason != report.UDP4.Near {
		t.Errorf("NATs: %+v", n)
	}
}

// IPv6 can be behind a NAT too, and is measured as IPv4 is.
func TestNAT66(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		masq    expr.Masq
		mapping probe.Dependence
		classic string
	}{
		{"masquerade", expr.Masq{}, probe.EndpointIndependent, "port-restricted cone"},
		{"fully-random", expr.Masq{FullyRandom: true}, probe.AddressAndPortDependent, "symmetric"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // most of it waits for SYNs that are filtered
			l := newLab(t)
			l.serve(both)
			r := l.rules()
			r.protect()
			source := r.chain(nftables.ChainTypeNAT, nftables.ChainHookPostrouting, nftables.ChainPriorityNATSource)
			r.add(source, is(expr.MetaKeyOIFNAME, padded("outside")), []expr.Any{&test.masq})
			check(t, r.conn.Flush())
			report := l.probe("[2001:db8:2::11]:3478")
			want := found{test.mapping, probe.AddressAndPortDependent, probe.Yes}
			wantResult(t, "udp6", want, test.classic, report.UDP6)
			wantResult(t, "tcp6", want, "", report.TCP6)
			if report.UDP4 != nil || report.TCP4 != nil {
				t.Error("IPv4 was measured with a server of IPv6")
			}
		})
	}
}

// Where TCP gets through to two servers and UDP to neither, UDP is blocked, and that is
// a verdict.
func TestUDPDropped(t *testing.T) {
	t.Parallel() // it waits for answers
	l := newLab(t)
	second := netip.MustParsePrefix("203.0.113.14/24")
	check(t, l.out.AddAddr("eth0", second))
	l.serve(both, "203.0.113.13 203.0.113.14")
	l.start("nftables")
	r := l.rules()
	forward := r.chain(nftables.ChainTypeFilter, nftables.ChainHookForward, nftables.ChainPriorityRef(-10))
	r.add(forward, is(expr.MetaKeyL4PROTO, []byte{unix.IPPROTO_UDP}), drop())
	check(t, r.conn.Flush())
	report := l.probe("203.0.113.11:3478 203.0.113.13:3478 [2001:db8:2::11]:3478")
	wantResult(t, "udp4", found{}, "blocked", report.UDP4)
	if !strings.HasPrefix(report.UDP4.Reason, "UDP is blocked") {
		t.Error(report.UDP4.Reason)
	}
	// The first answer over TCP shows how long the way is, while its filter takes seconds.
	if took := time.Duration(report.UDP4.Duration); took > 8*time.Second {
		t.Errorf("UDP was given up after %v", took)
	}
	// One server may be deaf to UDP.
	wantResult(t, "udp6", found{}, "", report.UDP6)
	if !strings.Contains(report.UDP6.Reason, "although TCP works") {
		t.Error(report.UDP6.Reason)
	}
	wantResult(t, "tcp6", found{probe.EndpointIndependent, probe.EndpointIndependent, probe.No}, "", report.TCP6)
	if outcome := report.Outcome(); outcome != probe.Reached {
		t.Errorf("outcome %v", outcome)
	}
}

// TCP is waited for as long as UDP, which is silent: the way may be a long one.
func TestUDPDroppedOnALongWay(t *testing.T) {
	t.Parallel() // it waits for answers
	d := newDevice(t)
	check(t, d.become(weather{rtt: 2400 * time.Millisecond}, 0, refnat.Behaviour{BlockUDP: true}))
	report := d.lab.probe("-filtering " + theServer)
	wantResult(t, "tcp4", found{Mapping: probe.EndpointIndependent, NAT: probe.Yes}, "", report.TCP4)
	if report.UDP4.Reachable || !strings.Contains(report.UDP4.Reason, "although TCP works") {
		t.Errorf("udp4: %s", report.UDP4.Reason)
	}
}

// A host that may not send is told so, whatever becomes of TCP.
func TestOwnFirewallForbidsUDP(t *testing.T) {
	t.Parallel() // it waits for answers
	for _, words := range []string{"-filtering ", "-tcp "} {
		l := newLab(t)
		l.serve(both)
		r := l.rulesOf(l.host)
		output := r.chain(nftables.ChainTypeFilter, nftables.ChainHookOutput, nftables.ChainPriorityFilter)
		r.add(output, is(expr.MetaKeyL4PROTO, []byte{unix.IPPROTO_UDP}), drop())
		check(t, r.conn.Flush())
		report := l.probe(words + theServer)
		wantResult(t, "udp4", found{}, "blocked", report.UDP4)
		if report.UDP4.Reason != "UDP is blocked by this host: it may not send" {
			t.Error(report.UDP4.Reason)
		}
	}
	l := newLab(t)
	l.serve(both)
	r := l.rulesOf(l.host)
	output := r.chain(nftables.ChainTypeFilter, nftables.ChainHookOutput, nftables.ChainPriorityFilter)
	r.add(output, to(3479, 3479), drop())
	check(t, r.conn.Flush())
	report := l.probe("-tcp " + theServer)
	want := found{probe.EndpointIndependent, probe.EndpointIndependent, probe.No}
	wantResult(t, "udp4", want, "", report.UDP4)
	if !strings.Contains(report.UDP4.Reason, ":3479 is not reached: this host may not send there") {
		t.Error(report.UDP4.Reason)
	}
}

// Where UDP gets through and TCP does not, nobody waits for TCP for long.
func TestTCPDropped(t *testing.T) {
	t.Parallel() // it waits for answers
	l := newLab(t)
	l.serve(both)
	r := l.rules()
	forward := r.chain(nftables.ChainTypeFilter, nftables.ChainHookForward, nftables.ChainPriorityFilter)
	r.add(forward, is(expr.MetaKeyL4PROTO, []byte{unix.IPPROTO_TCP}), drop())
	check(t, r.conn.Flush())
	report := l.probe(theServer)
	wantResult(t, "udp4", found{probe.EndpointIndependent, probe.EndpointIndependent, probe.No},
		"", report.UDP4)
	wantResult(t, "tcp4", found{}, "", report.TCP4)
	if report.TCP4.Reachable || !strings.Contains(report.TCP4.Reason, "nothing comes back, although UDP works") {
		t.Errorf("tcp4: %s", report.TCP4.Reason)
	}
}

// Where nothing is let through at all, the report has nothing to tell.
func TestCutOff(t *testing.T) {
	t.Parallel() // it waits for answers
	l := newLab(t)
	l.serve(both)
	r := l.rules()
	r.add(r.chain(nftables.ChainTypeFilter, nftables.ChainHookForward, nftables.ChainPriorityFilter), drop())
	check(t, r.conn.Flush())
	report := l.probe(theServer)
	wantResult(t, "udp4", found{}, "", report.UDP4)
	if outcome := report.Outcome(); outcome != probe.Unreached || report.TCP4.Reachable {
		t.Errorf("outcome %v", outcome)
	}
	if !strings.Contains(report.UDP4.Reason, "nor over TCP: the server may be down, or ") {
		t.Error(report.UDP4.Reason)
	}
}
