package stun

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// eventOf tells what an attempt to connect to a client that ended with err says:
// NotConnected blames the client or the way to it, Unsent only this host. A
// prober takes NotConnected for a filter, so doubtful errors are Unsent.
func eventOf(err error, from netip.Addr, to netip.AddrPort) Event {
	switch {
	case oneOf(err, os.ErrDeadlineExceeded, context.DeadlineExceeded, syscall.ETIMEDOUT, syscall.ECONNREFUSED):
		return NotConnected
	case oneOf(err, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EACCES) && routed(from, to):
		return NotConnected // a router has said so
	}
	return Unsent
}

// routed reports whether this host knows a way from an address of its own. UDP
// sends nothing to connect.
func routed(from netip.Addr, to netip.AddrPort) bool {
	conn, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), net.UDPAddrFromAddrPort(to))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
