//go:build !linux

package lab

import (
	"context"
	"net/netip"

	"github.com/natproof/natproof/topology"
)

// A kernelSocket needs Linux.
type kernelSocket struct{}

func openKernelSocket(*topology.Node, bool) (*kernelSocket, error) { return nil, errNoNamespaces }

func (*kernelSocket) bind(netip.AddrPort) error                            { return errNoNamespaces }
func (*kernelSocket) listen(int) error                                     { return errNoNamespaces }
func (*kernelSocket) shutdown() error                                      { return errNoNamespaces }
func (*kernelSocket) close() error                                         { return errNoNamespaces }
func (*kernelSocket) connect(context.Context, netip.AddrPort) error        { return errNoNamespaces }
func (*kernelSocket) begin(netip.AddrPort) error                           { return errNoNamespaces }
func (*kernelSocket) finish(context.Context) error                         { return errNoNamespaces }
func (*kernelSocket) send(context.Context, []byte) (int, error)            { return 0, errNoNamespaces }
func (*kernelSocket) sendTo(context.Context, []byte, netip.AddrPort) error { return errNoNamespaces }
func (*kernelSocket) local() (netip.AddrPort, error)                       { return netip.AddrPort{}, errNoNamespaces }
func (*kernelSocket) peer() (netip.AddrPort, error)                        { return netip.AddrPort{}, errNoNamespaces }
func (*kernelSocket) set(Option, int) error                                { return errNoNamespaces }
func (*kernelSocket) deafen() error                                        { return errNoNamespaces }
func (*kernelSocket) state() (string, int, error)                          { return "", 0, errNoNamespaces }

func (*kernelSocket) accept(context.Context) (*kernelSocket, netip.AddrPort, error) {
	return nil, netip.AddrPort{}, errNoNamespaces
}

func (*kernelSocket) receive(context.Context) ([]byte, netip.AddrPort, error) {
	return nil, netip.AddrPort{}, errNoNamespaces
}

func errnoName(err error) string { return err.Error() }

func unprivileged(func() error) error { return errNoNamespaces }
