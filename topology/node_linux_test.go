package topology

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/topologytest"
)

// useNode calls every method of a node that can fail.
func useNode(n, other *Node) map[string]error {
	_, port := n.OpenPort("lo", PortConfig{})
	_, tap := n.OpenTap("lo")
	_, wire := n.OpenWire("lo")
	return map[string]error{
		"Do":         n.Do(func() error { return nil }),
		"EnableIPv6": n.EnableIPv6(),
		"AddAddr":    n.AddAddr("lo", netip.MustParsePrefix("127.7.7.7/32")),
		"AddRoute":   n.AddRoute(netip.MustParsePrefix("192.0.2.0/24"), netip.MustParseAddr("127.0.0.1")),
		"SetMTU":     n.SetMTU("lo", 1400),
		"Sysctl":     n.Sysctl("net/ipv4/ip_forward", "1"),
		"Bridge":     n.Bridge("br0"),
		"Join":       n.Join("br0", "lo"),
		"Leave":      n.Leave("lo"),
		"Start":      n.Start(exec.Command("true")),
		"StartGroup": n.StartGroup(exec.Command("true")),
		"Link from":  Link(n, "left", other, "right"),
		"Link to":    Link(other, "left", n, "right"),
		"OpenPort":   port,
		"OpenTap":    tap,
		"OpenWire":   wire,
	}
}

// A node that was not made, or is closed, says so whatever it is asked, and leaves
// the caller's own namespace alone.
func TestUnusableNode(t *testing.T) {
	closed, err := NewNode("closed")
	must(t, err)
	must(t, closed.Close())
	for name, test := range map[string]struct {
		node *Node
		want error
	}{
		"nil": {nil, errNotMade}, "half-made": {&Node{name: "half"}, errNotMade}, "closed": {closed, net.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			other := newNode(t, "other")
			before := topologytest.HostState(t)
			for method, err := range useNode(test.node, other) {
				if !errors.Is(err, test.want) {
					t.Errorf("%s: got %v, want %v", method, err, test.want)
				}
			}
			if fd, handle := test.node.FD(), test.node.Netlink(); fd != -1 || handle != nil {
				t.Errorf("it has the file descriptor %d and the handle %v", fd, handle)
			}
			for range 2 {
				if err := test.node.Close(); err != nil {
					t.Errorf("closing: %v", err)
				}
			}
			if diff := cmp.Diff(before, topologytest.HostState(t)); diff != "" {
				t.Errorf("something changed here (-before +after):\n%s", diff)
			}
		})
	}
}

// The caller's thread is where it was, whatever a function does inside a node.
func TestDoComesBack(t *testing.T) {
	n := newNode(t, "n")
	space := func() (name string) {
		read := make(chan error)
		go func() {
			var err error
			name, err = os.Readlink(ownSpace)
			read <- err
		}()
		must(t, <-read)
		return name
	}
	home := space()
	var inside string
	must(t, n.Do(func() (err error) { inside, err = os.Readlink(ownSpace); return err }))
	want := errors.New("failed inside")
	if err := n.Do(func() error { return want }); err != want {
		t.Errorf("got %v, want %v", err, want)
	}
	if inside == home {
		t.Error("the function ran outside of the node")
	}
	for range 50 {
		if got := space(); got != home {
			t.Fatalf("a thread is in %s, want it in %s", got, home)
		}
	}
}
