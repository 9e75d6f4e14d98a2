package topology

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A Node is one machine of a topology: an unnamed network namespace. Its
// loopback interface is up, and IPv6 is off until EnableIPv6, so that no packet
// appears in a capture that nobody sent.
//
// Methods of a nil Node and of a closed one return errors, save for Close.
type Node struct {
	name     string
	space    ns.NetNS
	handle   *netlink.Handle
	programs programs
	closing  sync.Once
	closed   atomic.Bool
	closeErr error
}

// errNotMade is what comes of calling methods of a Node that NewNode did not
// return.
var errNotMade = errors.New("the node was not made")

// NewNode makes a node. Name is for messages only; it need not be unique. Where
// the host is what keeps it from that, the error says so and what helps.
func NewNode(name string) (*Node, error) {
	n, err := makeNode(name)
	if err != nil {
		return nil, explain(fmt.Errorf("topology: making node %s: %w", name, err))
	}
	return n, nil
}

func makeNode(name string) (*Node, error) {
	space, err := newSpace()
	if err != nil {
		return nil, err
	}
	n := &Node{name: name, space: space}
	err = within(space, func() (err error) {
		n.handle, err = netlink.NewHandle(unix.NETLINK_ROUTE, unix.NETLINK_NETFILTER)
		if err != nil {
			return fmt.Errorf("opening netlink sockets: %w", err)
		}
		return quieten()
	})
	if err == nil {
		err = n.up("lo")
	}
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// usable returns why the node cannot be used, if it cannot. Without this, the
// library would take a closed handle for one on the caller's own namespace.
func (n *Node) usable() error {
	switch {
	case n == nil || n.handle == nil:
		return errNotMade
	case n.closed.Load():
		return net.ErrClosed
	}
	return nil
}

// quieten turns IPv6 off on the interfaces that the calling thread's namespace will have. The
// loopback, which is there already, keeps ::1: whoever writes the setting of all interfaces has
// to have the kernel's lock of network devices, and spins for it while others make theirs. A
// kernel without IPv6 is quiet already.
func quieten() error {
	err := writeSysctl("net/ipv6/conf/default/disable_ipv6", "1")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// Name returns the name that the node was made with.
func (n *Node) Name() string {
	if n == nil {
		return ""
	}
	return n.name
}

// Do runs f on a thread inside the node's namespace. Sockets that f opens stay
// in the namespace afterwards; f must not start goroutines that rely on it.
func (n *Node) Do(f func() error) error {
	if err := n.usable(); err != nil {
		return fmt.Errorf("entering node %q: %w", n.Name(), err)
	}
	return within(n.space, f)
}

// FD returns the file descriptor that holds the namespace, for libraries that
// enter it by themselves. It is valid until Close, and -1 afterwards.
func (n *Node) FD() int {
	if n.usable() != nil {
		return -1
	}
	return int(n.space.Fd())
}

// Netlink returns a handle on the node's routing and netfilter tables. The
// node closes it. The handle of a node that cannot be used is nil.
func (n *Node) Netlink() *netlink.Handle {
	if n.usable() != nil {
		return nil
	}
	return n.handle
}

// EnableIPv6 turns IPv6 on for the node's interfaces, present and future,
// without duplicate address detection and without router discovery.
func (n *Node) EnableIPv6() error {
	err := n.Do(func() error {
		interfaces, err := net.Interfaces()
		if err != nil {
			return err
		}
		confs := []string{"all", "default"}
		for _, i := range interfaces {
			confs = append(confs, i.Name)
		}
		for _, conf := range confs {
			for _, setting := range []struct{ key, value string }{
				{"accept_dad", "0"}, {"accept_ra", "0"}, {"router_solicitations", "0"}, {"disable_ipv6", "0"},
			} {
				if err := writeSysctl("net/ipv6/conf/"+conf+"/"+setting.key, setting.value); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return explain(fmt.Errorf("topology: enabling IPv6 on %s: %w", n.Name(), err))
	}
	return nil
}

// AddAddr gives an interface an address, which can be used at once.
func (n *Node) AddAddr(iface string, p netip.Prefix) error {
	link, err := n.link(iface)
	if err == nil {
		addr := &netlink.Addr{IPNet: ipNet(p)}
		if p.Addr().Is6() {
			// Detection would keep the address unusable for a second.
			addr.Flags = unix.IFA_F_NODAD
		}
		err = n.handle.AddrAdd(link, addr)
	}
	if err != nil {
		return explain(fmt.Errorf("topology: adding %s to %s/%s: %w", p, n.Name(), iface, err))
	}
	return nil
}

// DelAddr takes an address from an interface, and with it the routes that came of
// it.
func (n *Node) DelAddr(iface string, p netip.Prefix) error {
	link, err := n.link(iface)
	if err == nil {
		err = n.handle.AddrDel(link, &netlink.Addr{IPNet: ipNet(p)})
	}
	if err != nil {
		return explain(fmt.Errorf("topology: removing %s from %s/%s: %w", p, n.Name(), iface, err))
	}
	return nil
}

// SetMTU sets the largest IP packet, in bytes, that iface sends.
func (n *Node) SetMTU(iface string, mtu int) error {
	link, err := n.link(iface)
	if err == nil {
		err = n.handle.LinkSetMTU(link, mtu)
	}
	if err != nil {
		return explain(fmt.Errorf("topology: setting the MTU of %s/%s to %d: %w", n.Name(), iface, mtu, err))
	}
	return nil
}

// Sysctl sets a kernel parameter of the node. Key is its path below /proc/sys,
// for example net/ipv4/ip_forward.
func (n *Node) Sysctl(key, value string) error {
	if err := n.Do(func() error { return writeSysctl(key, value) }); err != nil {
		return explain(fmt.Errorf("topology: setting %s=%s on %s: %w", key, value, n.Name(), err))
	}
	return nil
}

// Close kills the programs that still run in the node and lets go of its
// namespace. Interfaces, addresses and rules vanish with it, unless a port or a
// tap is still open: those are their opener's to close. Closing again does
// nothing.
func (n *Node) Close() error {
	if n == nil {
		return nil
	}
	n.closing.Do(func() { n.closeErr = n.shut() })
	return n.closeErr
}

func (n *Node) shut() error {
	n.closed.Store(true)
	n.programs.kill()
	if n.handle != nil {
		n.handle.Close()
	}
	if n.space == nil {
		return nil
	}
	if err := n.space.Close(); err != nil {
		return fmt.Errorf("topology: closing node %s: %w", n.name, err)
	}
	return nil
}

// link looks an interface of the node up.
func (n *Node) link(iface string) (netlink.Link, error) {
	if err := n.usable(); err != nil {
		return nil, err
	}
	return n.handle.LinkByName(iface)
}

func (n *Node) up(iface string) error {
	link, err := n.link(iface)
	if err == nil {
		err = n.handle.LinkSetUp(link)
	}
	if err != nil {
		return fmt.Errorf("bringing %s/%s up: %w", n.name, iface, err)
	}
	return nil
}

// writeSysctl sets a parameter in the calling thread's network namespace. There
// are some seventy to a topology, hence no os.File, which would ask the poller
// about each.
func writeSysctl(key, value string) error {
	path := filepath.Join("/proc/sys", key)
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	if _, err = unix.Write(fd, []byte(value)); err != nil {
		err = &os.PathError{Op: "write", Path: path, Err: err}
	}
	return errors.Join(err, unix.Close(fd))
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
