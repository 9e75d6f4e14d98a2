// Package rfc5508 judges a NAT by RFC 5508, "NAT Behavioral Requirements for
// ICMP": what becomes of ICMP errors about UDP and TCP flows, and of what they quote. A
// file holds the specs of one section, which its name begins with.
package rfc5508
