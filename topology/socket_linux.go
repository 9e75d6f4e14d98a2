package topology

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/mdlayher/socket"
	"golang.org/x/sys/unix"
)

// bufferSize is asked for on each socket; the kernel gives what it allows.
const bufferSize = 32 << 20

// packetSocket opens an AF_PACKET socket in the node's namespace. It receives
// nothing before it is bound.
func packetSocket(n *Node, kind int) (*socket.Conn, error) {
	conn, err := socket.Socket(unix.AF_PACKET, kind, 0, "packet", &socket.Config{NetNS: n.FD()})
	if err != nil {
		return nil, err
	}
	if err := conn.SetReadBuffer(bufferSize); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// arrival returns the kernel's time stamp out of the control messages of a
// packet (SO_TIMESTAMPNS, or the first of SO_TIMESTAMPING), and the zero time
// if that is absent.
func arrival(control []byte) time.Time {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return time.Time{}
	}
	for _, message := range messages {
		if message.Header.Level != unix.SOL_SOCKET ||
			message.Header.Type != unix.SCM_TIMESTAMPNS && message.Header.Type != unix.SCM_TIMESTAMPING {
			continue
		}
		var stamp unix.Timespec
		if _, err := binary.Decode(message.Data, binary.NativeEndian, &stamp); err == nil && stamp.Nano() != 0 {
			return time.Unix(stamp.Unix())
		}
	}
	return time.Time{}
}

// bigEndian returns a protocol number as the kernel wants it in an address.
func bigEndian(protocol uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, protocol))
}
