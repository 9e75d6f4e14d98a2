//go:build !linux

package router

import "net/netip"

// Link returns the interface through which packets from a local address to another leave,
// "" if the system does not tell.
func Link(_, _ netip.Addr) string { return "" }

// Uplinks returns the interfaces that lead everywhere, none if the system does not tell.
func Uplinks(bool) []string { return nil }
