package stun

import (
	"bufio"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A control connection carries frames between the two servers of a pair. Each
// frame has a message authentication code over its content and its number. The
// keys, one for each direction, come from the shared secret and from random
// bytes of both ends, so that frames can be replayed neither in this connection
// nor in another nor to their sender. Their content is not secret, hence no TLS.
type control struct {
	conn  net.Conn
	met   bool // the introductions are over; until then, one deadline is for all
	r     *bufio.Reader
	mu    sync.Mutex // of sending
	w     direction
	rd    direction
	frame []byte
}

// A direction authenticates the frames that go one way.
type direction struct {
	key    []byte
	number uint64
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
	preamble  = "natproof pair 1\n"
	nonceSize = 32
	// maxFrame holds the longest message in base64 and the rest.
	maxFrame = maxPacket*4/3 + 1024
	// Both ends send something every pingEvery, so an end that is silent for
	// pingTimeout is gone.
	pingEvery   = 3 * time.Second
	pingTimeout = 10 * time.Second
	// meetTimeout is for the two round trips of the introductions.
	meetTimeout = 3 * time.Second
)

var errForged = errors.New("a frame that the secret does not vouch for")

// newControl makes the connection's keys. Both ends call it; the one who
// connected is the dialer.
func newControl(conn net.Conn, secret []byte, dialer bool) (*control, error) {
	mine := make([]byte, nonceSize)
	if _, err := rand.Read(mine); err != nil {
		return nil, err
	}
	c := &control{conn: conn, r: bufio.NewReader(conn), frame: make([]byte, maxFrame+sha256.Size)}
	if err := conn.SetDeadline(time.Now().Add(meetTimeout)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(append([]byte(preamble), mine...)); err != nil {
		return nil, err
	}
	theirs := make([]byte, len(preamble)+nonceSize)
	if _, err := io.ReadFull(c.r, theirs); err != nil {
		return nil, err
	}
	if string(theirs[:len(preamble)]) != preamble {
		return nil, errors.New("no control connection of natproof serve")
	}
	both := append(append([]byte(nil), mine...), theirs[len(preamble):]...)
	if !dialer {
		both = append(append([]byte(nil), theirs[len(preamble):]...), mine...)
	}
	c.w.key, c.rd.key = derive(secret, "from the dialer", both), derive(secret, "to the dialer", both)
	if !dialer {
		c.w, c.rd = c.rd, c.w
	}
	return c, nil
}

func derive(secret []byte, label string, nonces []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(label))
	mac.Write(nonces)
	return mac.Sum(nil)
}

// sum returns the code of the direction's next frame.
func (d *direction) sum(content []byte) []byte {
	mac := hmac.New(sha256.New, d.key)
	mac.Write(binary.BigEndian.AppendUint64(nil, d.number))
	mac.Write(content)
	d.number++
	return mac.Sum(nil)
}

// send sends a frame. It may be called from anywhere.
func (c *control) send(f frame) error {
	content, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if len(content) > maxFrame {
		return fmt.Errorf("a frame of %d bytes", len(content))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.met {
		if err := c.conn.SetWriteDeadline(time.Now().Add(pingTimeout)); err != nil {
			return err
		}
	}
	packet := binary.BigEndian.AppendUint16(nil, uint16(len(content)))
	packet = append(packet, content...)
	_, err = c.conn.Write(append(packet, c.w.sum(content)...))
	return err
}

// receive returns the next frame, of which there is one at least every
// pingTimeout.
func (c *control) receive() (frame, error) {
	if c.met {
		if err := c.conn.SetReadDeadline(time.Now().Add(pingTimeout)); err != nil {
			return frame{}, err
		}
	}
	var header [2]byte
	if _, err := io.ReadFull(c.r, header[:]); err != nil {
		return frame{}, err
	}
	size := int(binary.BigEndian.Uint16(header[:]))
	if size > maxFrame {
		return frame{}, fmt.Errorf("a frame of %d bytes", size)
	}
	packet := c.frame[:size+sha256.Size]
	if _, err := io.ReadFull(c.r, packet); err != nil {
		return frame{}, err
	}
	if !hmac.Equal(packet[size:], c.rd.sum(packet[:size])) {
		return frame{}, errForged
	}
	var f frame
	err := json.Unmarshal(packet[:size], &f)
	return f, err
}
