//go:build !linux

package probe

import (
	"context"
	"net/netip"
	"time"
)

// traceHops has no way to learn of ICMP errors without privileges.
func traceHops(context.Context, netip.Addr, netip.Addr, netip.Addr, time.Duration) trace {
	return trace{reason: "this system does not tell programs which router a packet ended at"}
}
