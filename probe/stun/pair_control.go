package stun

import (
	"crypto/tls"
	"net"
	"net/netip"
	"time"
)

// A control connection carries what one server of a pair asks of the other: net/rpc over
// TLS. Of the types that net/rpc takes, only those without a name need not be exported.

// A greeting is how a server introduces itself to its peer.
type greeting = struct {
	Public []netip.Addr // its primary addresses
	Ports  [2]uint16
}

// An order is what one server asks the other to send, and from which of its ports.
type order = struct {
	Port    endpoint // 0 or 1
	To      netip.AddrPort
	Message []byte
}

// The methods of a caller, by the names that they are called by.
const (
	service       = "Pair"
	helloMethod   = service + ".Hello"
	answerMethod  = service + ".Answer"
	connectMethod = service + ".Connect"
)

const (
	// Both ends send something every pingEvery, so an end that is silent for
	// pingTimeout is gone.
	pingEvery   = 3 * time.Second
	pingTimeout = 10 * time.Second
	// meetTimeout is for the two round trips of TLS, and for the dialer's keys, which a
	// small processor makes in seconds.
	meetTimeout = pingTimeout
)

// meet proves to each end that the other knows the secret.
func meet(conn *tls.Conn) (net.Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(meetTimeout)); err != nil {
		return nil, err
	}
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	return lively{conn}, nil
}

// A lively connection breaks when the other end is silent, or takes nothing.
type lively struct{ net.Conn }

func (c lively) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(pingTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

func (c lively) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(pingTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
