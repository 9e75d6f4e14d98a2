// Package rfc6888 judges what RFC 6888 asks of carrier-grade NATs, whose subscribers share
// addresses and ports. What it asks of any NAT is judged by the specs of older RFCs. A
// subscriber is an inside host. A file of specs is named for its section and subject.
package rfc6888
