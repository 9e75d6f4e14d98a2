package stun

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"
)

// A control connection carries what one server of a pair asks of the other: net/rpc in JSON,
// a line for each request and answer, over TLS. Gob, which net/rpc has otherwise, can be made
// to panic. Of the types that net/rpc takes, only those without a name need not be exported.

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
	// maxLine holds the longest message in base64 and the rest.
	maxLine = maxPacket*4/3 + 1024
)

// meet proves to each end that the other knows the secret.
func meet(conn *tls.Conn) (net.Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(meetTimeout)); err != nil {
		return nil, err
	}
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	return &lively{Conn: conn}, nil
}

// A lively connection breaks when the other end is silent, takes nothing, or never ends a line.
type lively struct {
	net.Conn
	unended int // bytes since the last line
}

var errLine = errors.New("a line is longer than any request")

func (c *lively) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(pingTimeout)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(b)
	if end := bytes.LastIndexByte(b[:n], '\n'); end >= 0 {
		c.unended = n - end - 1
	} else {
		c.unended += n
	}
	if c.unended > maxLine {
		return 0, errLine
	}
	return n, err
}

func (c *lively) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(pingTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
