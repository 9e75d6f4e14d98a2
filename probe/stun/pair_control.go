package stun

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/netip"
	"time"
)

// A control connection carries frames between the two servers of a pair, a line of
// JSON each, over TLS.
type control struct {
	conn net.Conn
	met  bool // the introductions are over; until then, one deadline is for all
	r    *bufio.Scanner
}

// A frame is what one server says to the other: "hello" both, at first; "ping",
// "answer" and "connect" who asks; "pong" and, to "connect", "connected", "failed"
// (the client or the way to it did not let the connection come about) or "unable"
// (it was this server) who is asked.
type frame struct {
	Kind    string         `json:"kind"`
	Public  []netip.Addr   `json:"public,omitempty"` // hello: one's primary addresses
	Ports   [2]uint16      `json:"ports,omitzero"`   // hello
	ID      uint64         `json:"id,omitempty"`     // connect, and the three that answer it
	Port    endpoint       `json:"port,omitempty"`   // answer, connect: 0 or 1, which port to use
	To      netip.AddrPort `json:"to,omitzero"`      // answer, connect
	Message []byte         `json:"message,omitempty"`
}

const (
	// maxFrame holds the longest message in base64 and the rest.
	maxFrame = maxPacket*4/3 + 1024
	// Both ends send something every pingEvery, so an end that is silent for
	// pingTimeout is gone.
	pingEvery   = 3 * time.Second
	pingTimeout = 10 * time.Second
	// meetTimeout is for the two round trips of TLS and the introductions, and for the
	// dialer's keys, which a small processor makes in seconds.
	meetTimeout = pingTimeout
)

// newControl proves to each end that the other knows the secret.
func newControl(conn *tls.Conn) (*control, error) {
	if err := conn.SetDeadline(time.Now().Add(meetTimeout)); err != nil {
		return nil, err
	}
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	return framed(conn), nil
}

func framed(conn net.Conn) *control {
	c := &control{conn: conn, r: bufio.NewScanner(conn)}
	c.r.Buffer(nil, maxFrame)
	return c
}

// send sends a frame. It may be called from anywhere.
func (c *control) send(f frame) error {
	line, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if c.met {
		if err := c.conn.SetWriteDeadline(time.Now().Add(pingTimeout)); err != nil {
			return err
		}
	}
	_, err = c.conn.Write(append(line, '\n'))
	return err
}

// receive returns the next frame, of which there is one at least every
// pingTimeout.
func (c *control) receive() (f frame, err error) {
	if c.met {
		if err := c.conn.SetReadDeadline(time.Now().Add(pingTimeout)); err != nil {
			return frame{}, err
		}
	}
	if !c.r.Scan() {
		return frame{}, cmp.Or(c.r.Err(), io.EOF)
	}
	err = json.Unmarshal(c.r.Bytes(), &f)
	return f, err
}
