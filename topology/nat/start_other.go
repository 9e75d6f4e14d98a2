//go:build !linux

package nat

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// Prepare fails: without Linux there are no namespaces.
func (described) Prepare(context.Context) (Starter, error) {
	return nil, fmt.Errorf("nat: running a NAT on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
