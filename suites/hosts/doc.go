// Package hosts is the specs of what ports, sockets and addresses do when a NAT stands
// between real hosts: kernels with their stacks, programs with their sockets, and
// services as they are. A spec says which calls it made on which host, and shows the
// packets on both sides of the NAT.
package hosts
