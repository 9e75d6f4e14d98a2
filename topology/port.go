package topology

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// A Port is the wire: it sends and receives whole IP packets for the addresses
// that are attached to it, with no stack in between. There are two kinds, an
// AF_PACKET socket on an interface (Node.OpenPort), and an in-memory pipe (Pipe).
type Port interface {
	// Attach makes the port answer for a further address.
	Attach(addr netip.Addr) error
	// Send puts a complete IP packet on the wire, as it is. It may block until
	// ctx ends, and then returns ctx's error.
	Send(ctx context.Context, packet []byte) error
	// Receive returns the next IP packet addressed to an attached address.
	// It blocks until one arrives or ctx ends, and then returns ctx's error.
	// A Pipe never blocks: it returns ErrSilent when nothing is left to read,
	// since in memory nothing is ever under way.
	Receive(ctx context.Context) (Packet, error)
	Close() error
}

// An Asker is a Port on a link whose neighbours it can ask for.
type Asker interface {
	// Ask asks on the link who has addr, by ARP or neighbour discovery, and returns the
	// Ethernet address of the first that answers: nil if nobody does within one second,
	// in which it asks some fifty times. What was learnt before does not count.
	Ask(ctx context.Context, addr netip.Addr) (net.HardwareAddr, error)
}

// ErrSilent means that no packet is waiting and none is under way.
var ErrSilent = errors.New("no packet is waiting and none is under way")

// ErrUnanswered is part of what Send returns when nobody on the link says that an address is its
// own, by ARP or by neighbour discovery.
var ErrUnanswered = errors.New("does not answer")

// A Packet is an IP packet and when it was received.
type Packet struct {
	Time time.Time
	Data []byte
}
