//go:build windows || linux

package path

import (
	"net/netip"
	"time"
)

// NewPinger asks for echoes as Windows lets a program.
func NewPinger(ping func(netip.Addr, int, time.Duration) []byte, free func()) Tracer {
	return newPinger(ping, free)
}

// ReadEchoReply tells what Windows' answer says.
func ReadEchoReply(b []byte, to netip.Addr) (Hop, bool) { return readEchoReply(b, to) }
