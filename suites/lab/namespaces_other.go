//go:build !linux

package lab

import (
	"context"
	"errors"
)

var errNoNamespaces = errors.New("network namespaces need Linux; --nat memory judges the reference NAT on every system")

// A hostNet needs Linux.
type hostNet struct{}

func newHostNet(bool) (*hostNet, error) { return nil, errNoNamespaces }

func (*hostNet) world(context.Context, *Bench, Setup) (world, error) { return nil, errNoNamespaces }

func (*hostNet) close() error { return nil }
