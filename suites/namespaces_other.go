//go:build !linux

package suites

import (
	"context"
	"errors"

	"github.com/natproof/natproof/topology/nat"
)

var errNoNamespaces = errors.New("network namespaces need Linux; --nat memory judges the reference NAT on every system")

// A hostNet needs Linux.
type hostNet struct{}

func newHostNet() (*hostNet, error) { return nil, errNoNamespaces }

func (*hostNet) world(context.Context, nat.Driver, bool, Setup) (world, error) {
	return nil, errNoNamespaces
}
