// Package rfc4787 judges a NAT by RFC 4787, "Network Address Translation (NAT)
// Behavioral Requirements for Unicast UDP". A file holds the specs of one section, which its
// name begins with.
//
// Names are the RFC's: x is an internal endpoint X:x, y1 and y2 are external
// ones, and x1 and x2 are the mappings X1':x1' and X2':x2' that the NAT uses.
package rfc4787
