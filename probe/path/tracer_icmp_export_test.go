//go:build darwin || linux

package path

import "net/netip"

// NewEavesdropper hears of packets' ends as macOS lets a program.
func NewEavesdropper(network string, local netip.Addr) (Tracer, error) {
	return newEavesdropper(network, local)
}

// ReadICMP tells of which packet's end an ICMP message says what.
func ReadICMP(b []byte, from netip.Addr, port uint16) (End, bool) { return readICMP(b, from, port) }
