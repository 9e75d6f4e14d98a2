//go:build !linux

package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"runtime"
)

var errUnsupported = fmt.Errorf("topology: network namespaces: %w on %s, natproof needs Linux for this",
	errors.ErrUnsupported, runtime.GOOS)

// A Node is one machine of a topology. It needs Linux.
type Node struct{}

// NewNode needs Linux.
func NewNode(string) (*Node, error) { return nil, errUnsupported }

// Name returns the name that the node was made with.
func (n *Node) Name() string { return "" }

// Do needs Linux.
func (n *Node) Do(func() error) error { return errUnsupported }

// FD needs Linux.
func (n *Node) FD() int { return -1 }

// EnableIPv6 needs Linux.
func (n *Node) EnableIPv6() error { return errUnsupported }

// AddAddr needs Linux.
func (n *Node) AddAddr(string, netip.Prefix) error { return errUnsupported }

// DelAddr needs Linux.
func (n *Node) DelAddr(string, netip.Prefix) error { return errUnsupported }

// AddRoute needs Linux.
func (n *Node) AddRoute(netip.Prefix, netip.Addr) error { return errUnsupported }

// AddRouteBy needs Linux.
func (n *Node) AddRouteBy(string, netip.Prefix, netip.Addr) error { return errUnsupported }

// AddLink needs Linux.
func (n *Node) AddLink(string, netip.Prefix) error { return errUnsupported }

// AddLocal needs Linux.
func (n *Node) AddLocal(string, netip.Addr) error { return errUnsupported }

// DelLocal needs Linux.
func (n *Node) DelLocal(string, netip.Addr) error { return errUnsupported }

// MAC needs Linux.
func (n *Node) MAC(string) (net.HardwareAddr, error) { return nil, errUnsupported }

// Addrs needs Linux.
func (n *Node) Addrs(string) ([]netip.Prefix, error) { return nil, errUnsupported }

// SetMTU needs Linux.
func (n *Node) SetMTU(string, int) error { return errUnsupported }

// Sysctl needs Linux.
func (n *Node) Sysctl(string, string) error { return errUnsupported }

// OpenPort needs Linux.
func (n *Node) OpenPort(string, PortConfig) (Port, error) { return nil, errUnsupported }

// OpenTap needs Linux.
func (n *Node) OpenTap(...string) (*Tap, error) { return nil, errUnsupported }

// ReadyTap needs Linux.
func (n *Node) ReadyTap() (*Tap, error) { return nil, errUnsupported }

// Start needs Linux.
func (n *Node) Start(*exec.Cmd) error { return errUnsupported }

// StartGroup needs Linux.
func (n *Node) StartGroup(*exec.Cmd) error { return errUnsupported }

// StartGroupWithFolder needs Linux.
func (n *Node) StartGroupWithFolder(*exec.Cmd, string) error { return errUnsupported }

// Bridge needs Linux.
func (n *Node) Bridge(string, ...string) error { return errUnsupported }

// Join needs Linux.
func (n *Node) Join(string, string) error { return errUnsupported }

// Leave needs Linux.
func (n *Node) Leave(string) error { return errUnsupported }

// Close does nothing.
func (n *Node) Close() error { return nil }

// Link needs Linux.
func Link(*Node, string, *Node, string) error { return errUnsupported }

// Restart needs Linux.
func Restart(context.Context, ...Port) error { return errUnsupported }

// A Tap records the packets of a node. It needs Linux.
type Tap struct{}

// Begin needs Linux.
func (t *Tap) Begin(...string) error { return errUnsupported }

// KeepUp does nothing.
func (t *Tap) KeepUp() {}

// Records returns nothing.
func (t *Tap) Records() []Record { return nil }

// Lost returns 0.
func (t *Tap) Lost() int { return 0 }

// Stop does nothing.
func (t *Tap) Stop() {}

// Close does nothing.
func (t *Tap) Close() error { return nil }

// Init does nothing: only Linux starts this program again.
func Init() {}

// Sandbox returns a command that cannot be started.
func Sandbox(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Err = errUnsupported
	return cmd
}

// StartSandboxed needs Linux.
func StartSandboxed(*exec.Cmd) (wait func() error, err error) { return nil, errUnsupported }

// Explain returns err.
func Explain(err error) error { return err }

// Diagnose finds that this is not Linux.
func Diagnose() []Finding {
	return []Finding{{
		Name: "Linux", Required: true, Detail: runtime.GOOS,
		Fix: "run natproof on Linux, for example in a virtual machine; natproof probe works here",
	}}
}
