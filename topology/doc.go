// Package topology builds small networks out of nothing but one process: nodes
// (unnamed Linux network namespaces), links between them, ports (raw IP on the
// wire, with no stack behind it), taps that record what passes, and the sandbox
// that lets an ordinary user do all of this.
//
// Nothing that it builds has a name or a path on the host. A namespace is held
// by a file descriptor, so it goes away with the process, however that ends.
//
// A port speaks ARP (RFC 826) and neighbour discovery (RFC 4861) for the
// addresses attached to it and no other protocol: no router discovery, no
// duplicate address detection, no multicast.
//
// Nodes, taps and the sandbox need Linux; elsewhere they return an error that
// wraps errors.ErrUnsupported. Pipe, Record and WritePcapng work everywhere.
package topology
