package probe

import (
	"net/netip"
	"time"
)

// A Transport is where UDP questions go, and the clock they are timed by: this
// host's sockets, or a simulated network in virtual time. One goroutine uses it.
type Transport interface {
	// Open opens a socket for talking to server. It is bound to the local port
	// if that is free, and to any other otherwise; zero means any.
	Open(server netip.Addr, port uint16) (Socket, error)
	// Receive returns the next datagram on any of the sockets. It returns
	// false at the given time, or when there is nothing more to wait for.
	Receive(until time.Time) (Arrival, bool)
	Now() time.Time
	// Close closes all sockets.
	Close() error
}

// A Socket is a UDP socket of a Transport.
type Socket struct {
	// ID is what an Arrival names the socket by.
	ID int
	// Local is the socket's real address and port.
	Local netip.AddrPort
	// Send sends a datagram. A datagram that could not be sent is as good as
	// lost, so nothing is returned.
	Send func(to netip.AddrPort, payload []byte)
}

// An Arrival is a datagram that came in.
type Arrival struct {
	Socket  int
	From    netip.AddrPort
	Payload []byte
	At      time.Time
}
