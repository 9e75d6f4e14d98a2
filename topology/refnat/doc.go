// Package refnat is the reference NAT: a pure table that translates IPv4 UDP
// as RFC 4787 asks, and that can be told to behave otherwise.
//
// A Table has no clock, goroutine, lock or socket. Time is a parameter, packets
// are byte slices, and all randomness comes from Config.Seed, so that the same
// calls always give the same packets, on every operating system.
//
// The zero Behaviour obeys every MUST and SHOULD of RFC 4787. Its other values
// are NATs as they are met in the field. Faults break one clause each, to prove
// that the test of that clause is able to fail.
//
// What is left out, on purpose: IPv6, TCP, ICMP queries and every other
// protocol. Of traffic other than UDP only ICMP errors about UDP flows pass; the
// rest is dropped, and so is whatever is addressed to the NAT itself. The one
// exception is Transparent, which routes everything.
package refnat
