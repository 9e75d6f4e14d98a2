//go:build !linux

package probe

import (
	"context"
	"net/netip"
)

// traceHops has no way to learn of ICMP errors without privileges.
func traceHops(context.Context, netip.Addr, netip.Addr, netip.Addr) trace {
	return trace{reason: "this system does not tell programs which router a packet ended at"}
}
