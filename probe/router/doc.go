// Package router asks the local router of this host what it can tell of itself:
// whether it speaks UPnP's Internet Gateway Device protocol, NAT-PMP (RFC 6886)
// and PCP (RFC 6887), and which outside address it has. It is only asked: no
// mapping is requested, so no mapping is left behind.
//
// It speaks IPv4 only. What its answers mean for the NATs on the way is left to
// package probe.
package router
