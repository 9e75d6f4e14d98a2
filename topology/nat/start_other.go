//go:build !linux

package nat

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// errUnsupported is what every driver says where there are no namespaces.
var errUnsupported = fmt.Errorf("nat: running a NAT on %s: %w", runtime.GOOS, errors.ErrUnsupported)

// Start fails: it needs Linux.
func (*nftables) Start(context.Context, Site, Policy) (NAT, error) { return nil, errUnsupported }

// Start fails: it needs Linux.
func (*ref) Start(context.Context, Site, Policy) (NAT, error) { return nil, errUnsupported }

// Start fails: it needs Linux.
func (*program) Start(context.Context, Site, Policy) (NAT, error) { return nil, errUnsupported }
