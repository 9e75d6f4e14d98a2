// Package probe discovers how the NATs and firewalls between this host and the
// Internet behave, in the terms of RFC 4787, by the method of RFC 5780 with STUN
// (RFC 8489) servers that have two addresses.
//
// It differs from the procedure that RFC 5780 spells out in four ways. All that
// does not depend on an answer is asked at once. Mapping and filtering are asked
// from different sockets, since a socket that has talked to a server's other
// address has opened its own filter. Silence counts as a filter only when the
// chance that every copy of a question was lost is below 1 in 1000, judged by
// what became of other questions on the same path at the same time. And a server
// is tested before it is trusted.
//
// Probe does everything on this host's sockets. UDP runs the heart of it on a
// Transport of the caller's, which may be a simulated network in virtual time.
//
// Left out on purpose: authentication, since servers for behaviour discovery do
// without it; hairpinning and binding lifetimes are not part of a default run,
// because some firewalls take hairpinning for an attack and lifetimes take
// minutes.
package probe
