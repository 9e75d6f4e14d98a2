package probe_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// A lab is a host, a router and a server's machine with two addresses.
type lab struct {
	t                 *testing.T
	host, router, out *topology.Node
	site              nat.Site
}

func newLab(t *testing.T) *lab {
	t.Helper()
	node := func(name string) *topology.Node {
		n, err := topology.NewNode(name)
		check(t, err)
		t.Cleanup(func() { check(t, n.Close()) })
		check(t, n.EnableIPv6())
		return n
	}
	l := &lab{t: t, host: node("host"), router: node("router"), out: node("out")}
	check(t, topology.Link(l.host, "eth0", l.router, "inside"))
	check(t, topology.Link(l.out, "eth0", l.router, "outside"))
	check(t, l.router.Sysctl("net/ipv4/ip_forward", "1"))
	check(t, l.router.Sysctl("net/ipv6/conf/all/forwarding", "1"))
	l.site = nat.Site{
		Node:    l.router,
		Inside:  side("inside", "10.0.0.1/24"),
		Outside: side("outside", "203.0.113.1/24"),
	}
	address := func(n *topology.Node, iface string, prefixes ...string) {
		for _, p := range prefixes {
			check(t, n.AddAddr(iface, netip.MustParsePrefix(p)))
		}
	}
	address(l.host, "eth0", "10.0.0.2/24", "2001:db8:1::2/64")
	address(l.router, "inside", "10.0.0.1/24", "2001:db8:1::1/64")
	address(l.router, "outside", "203.0.113.1/24", "2001:db8:2::1/64")
	address(l.out, "eth0", "203.0.113.11/24", "203.0.113.12/24", "203.0.113.13/24", "2001:db8:2::11/64",
		"2001:db8:2::12/64")
	route := func(n *topology.Node, dst, via string) {
		check(t, n.AddRoute(netip.MustParsePrefix(dst), netip.MustParseAddr(via)))
	}
	route(l.host, "0.0.0.0/0", "10.0.0.1")
	route(l.host, "::/0", "2001:db8:1::1")
	route(l.out, "0.0.0.0/0", "203.0.113.1")
	route(l.out, "2001:db8:1::/64", "2001:db8:2::1")
	return l
}

// start starts a NAT on the router.
func (l *lab) start(name string) {
	l.t.Helper()
	driver, err := nat.Lookup(name)
	check(l.t, err)
	starter, err := driver.Prepare(l.t.Context())
	check(l.t, err)
	n, err := starter.Start(l.t.Context(), l.site, nat.Policy{})
	check(l.t, err)
	l.t.Cleanup(func() { check(l.t, n.Close()) })
}

// self returns a command that runs this program in another role.
func self(ctx context.Context, variable, value string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = append(os.Environ(), variable+"="+value)
	cmd.Stderr = os.Stderr
	return cmd
}

// serve starts servers of ours on the outside, a process each, and waits until
// all of them are ready.
func (l *lab) serve(servers ...string) {
	l.t.Helper()
	var said []*bufio.Reader
	for _, addresses := range servers {
		cmd := self(l.t.Context(), serving, addresses)
		stdout, err := cmd.StdoutPipe()
		check(l.t, err)
		check(l.t, l.out.Start(cmd))
		l.t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // killed
		})
		said = append(said, bufio.NewReader(stdout))
	}
	for _, r := range said {
		if line, err := r.ReadString('\n'); err != nil || line != "ready\n" {
			l.t.Fatalf("the server said %q: %v", line, err)
		}
	}
}

// probe runs Probe on the host.
func (l *lab) probe(servers string) *probe.Report { return l.probers(1, servers)[0] }

// probers runs Probe on the host, several times at once if the first word says so.
func (l *lab) probers(n int, servers string) []*probe.Report {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 90*time.Second)
	defer cancel()
	cmd := self(ctx, probing, servers)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	check(l.t, l.host.Start(cmd))
	check(l.t, cmd.Wait())
	reports := make([]*probe.Report, n)
	out := json.NewDecoder(&stdout)
	for i := range reports {
		check(l.t, out.Decode(&reports[i]))
	}
	return reports
}

const both = "203.0.113.11 2001:db8:2::11 203.0.113.12 2001:db8:2::12"

// The kernel's masquerade looks endpoint-independent to everybody who does not
// collide with another host. Where the router takes unsolicited packets for its
// own, each leaves an entry behind that could change the next mapping.
func TestKernel(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		nat        string
		udp4, udp6 found
		tcp4       found
	}{
		{"", found{probe.EndpointIndependent, probe.EndpointIndependent, probe.No},
			found{probe.EndpointIndependent, probe.EndpointIndependent, probe.No},
			found{probe.EndpointIndependent, probe.EndpointIndependent, probe.No}},
		{"nftables", found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes}, found{},
			found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes}},
		{"nftables:open-input", found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes}, found{},
			found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes}},
		{"nftables:fully-random", found{probe.AddressAndPortDependent, probe.AddressAndPortDependent, probe.Yes},
			found{}, found{probe.AddressAndPortDependent, probe.AddressAndPortDependent, probe.Yes}},
	} {
		t.Run("nat="+test.nat, func(t *testing.T) {
			t.Parallel() // most of it waits for SYNs that are filtered
			l := newLab(t)
			l.serve(both)
			if test.nat != "" {
				l.start(test.nat)
			}
			r := l.probe("203.0.113.11:3478 [2001:db8:2::11]:3478")
			if diff := cmp.Diff(test.udp4, foundBy(r.UDP4)); diff != "" {
				t.Errorf("udp4 (-want +got):\n%s%s", diff, r.UDP4.Reason)
			}
			if diff := cmp.Diff(test.udp6, foundBy(r.UDP6)); test.nat == "" && diff != "" {
				t.Errorf("udp6 (-want +got):\n%s%s", diff, r.UDP6.Reason)
			}
			if diff := cmp.Diff(test.tcp4, foundBy(r.TCP4)); diff != "" {
				t.Errorf("tcp4 (-want +got):\n%s%s", diff, r.TCP4.Reason)
			}
			t.Logf("udp4 in %v with %d packets, tcp4 in %v", r.UDP4.Duration, r.UDP4.Sent, r.TCP4.Duration)
		})
	}
}

// side is an interface of a NAT with one address.
func side(name, prefix string) nat.Interface {
	return nat.Interface{Name: name, MTU: 1500, Prefixes: []netip.Prefix{netip.MustParsePrefix(prefix)}}
}
