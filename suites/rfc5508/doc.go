// Package rfc5508 judges a NAT by RFC 5508, "NAT Behavioral Requirements for
// ICMP": ICMP queries, and ICMP errors about UDP and TCP flows and about queries, in both
// directions, with what they quote. A file holds the specs of one section, which its name
// begins with.
package rfc5508
