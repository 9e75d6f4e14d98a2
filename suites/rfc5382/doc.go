// Package rfc5382 judges a NAT by RFC 5382, "NAT Behavioral Requirements for TCP". A
// file holds the specs of one section, which its name begins with. What TCP is asked
// for in the same words as UDP is in package tables.
package rfc5382
