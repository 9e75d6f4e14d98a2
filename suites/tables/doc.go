// Package tables holds the specs that are written once for every protocol: what
// RFC 4787 asks of UDP, RFC 5382 asks of TCP in the same words. A file is named for
// its subject. Its functions declare specs in the container that calls them, which
// is that of a clause in the package of its RFC, so that a spec is found there.
//
// Specs send what an endpoint would send next (Endpoint.To): a datagram of UDP, and of
// TCP the segment that is due, which is a SYN toward an endpoint that has sent nothing.
//
// Names are the RFCs': x is an internal endpoint X:x, y1 and y2 are external ones,
// and x1 and x2 are the mappings X1':x1' and X2':x2' that the NAT uses.
package tables
