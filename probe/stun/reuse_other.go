//go:build !linux

package stun

import (
	"net"
	"syscall"
)

// Elsewhere SO_REUSEPORT is missing or means something else: one socket per
// endpoint, and no connections back.
const manySockets = false

func reuse(_, _ string, _ syscall.RawConn) error { return nil }

func prepare(*net.UDPConn) error { return nil }
