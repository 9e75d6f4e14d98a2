package nat

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A ctWatch knows what entries a conntrack has, since the kernel tells it of each that
// begins. To list them, the kernel walks through the buckets of all namespaces, which
// takes it milliseconds even where there is one entry. So the entries that are known are
// asked for one by one, and the list is read only where that does not give as many as the
// kernel counts.
type ctWatch struct {
	conn  *netlink.Conn
	known map[string]ctEntry // by family and original tuple
	lost  bool               // the kernel had more to tell than the socket could hold
}

const (
	// Values of linux/netfilter/nfnetlink_conntrack.h that no library has.
	ctGetStats      = 5
	ctStatsEntries  = 1
	ctReceived      = 1 << 16
	ctMostAskedEach = 200 // from there on, the list is read sooner
	ctAskedAtOnce   = 16  // as many answers as a socket has room for
)

// watch begins to follow a table that has no entries yet.
func (c conntrack) watch() (*ctWatch, error) {
	conn, err := c.dial(context.Background())
	if err != nil {
		return nil, fmt.Errorf("opening netlink: %w", err)
	}
	if err := conn.JoinGroup(unix.NFNLGRP_CONNTRACK_NEW); err != nil {
		return nil, errors.Join(fmt.Errorf("asking for new entries: %w", err), conn.Close())
	}
	return &ctWatch{conn: conn, known: map[string]ctEntry{}}, nil
}

// close may be called again, and for a nil watch.
func (w *ctWatch) close() error {
	if w == nil || w.conn == nil {
		return nil
	}
	conn := w.conn
	w.conn = nil
	return conn.Close()
}

// entries returns every entry, as list does. A nil watch reads the list.
func (w *ctWatch) entries(conn *netlink.Conn) ([]ctEntry, error) {
	if w == nil {
		return list(conn)
	}
	if err := w.hear(); err != nil {
		return nil, err
	}
	if !w.lost && len(w.known) <= ctMostAskedEach {
		if err := w.ask(conn); err != nil {
			return nil, err
		}
		if n, err := count(conn); err == nil && n == len(w.known) {
			return slices.Collect(maps.Values(w.known)), nil
		}
	}
	entries, err := list(conn)
	if err != nil {
		return nil, err
	}
	w.lost = false
	clear(w.known)
	for _, entry := range entries {
		w.known[entry.name()] = entry
	}
	return entries, nil
}

// hear takes what the kernel has told by now.
func (w *ctWatch) hear() error {
	told, err := waiting(w.conn)
	if errors.Is(err, unix.ENOBUFS) {
		w.lost = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading of new entries: %w", err)
	}
	return w.note(told)
}

func (w *ctWatch) note(told [][]byte) error {
	for _, data := range told {
		entry, err := parseEntry(data)
		if err != nil {
			return err
		}
		w.known[entry.name()] = entry
	}
	return nil
}

// ask asks for each entry that is known, and forgets those that have ended.
func (w *ctWatch) ask(conn *netlink.Conn) error {
	var questions []netlink.Message
	for _, entry := range w.known {
		questions = append(questions, ctMessage(nl.IPCTNL_MSG_CT_GET, netlink.Request, entry.family, entry.key))
	}
	clear(w.known)
	for some := range slices.Chunk(questions, ctAskedAtOnce) {
		answers, err := answersTo(conn, some...)
		if err != nil {
			return err
		}
		if err := w.note(answers); err != nil {
			return err
		}
	}
	return nil
}

// count returns how many entries the namespace has, those included that are on their
// way in or out.
func count(conn *netlink.Conn) (int, error) {
	answers, err := answersTo(conn, ctMessage(ctGetStats, netlink.Request, unix.AF_UNSPEC, nil))
	if err != nil {
		return 0, err
	}
	for _, data := range answers {
		attrs, err := netlink.UnmarshalAttributes(data[min(len(data), nl.SizeofNfgenmsg):])
		if err != nil {
			return 0, err
		}
		for _, attr := range attrs {
			if attr.Type == ctStatsEntries && len(attr.Data) == 4 {
				return int(binary.BigEndian.Uint32(attr.Data)), nil
			}
		}
	}
	return 0, errors.New("the kernel does not count its entries")
}

// answersTo asks ctnetlink. It marks its answers as parts of a list that it does not
// end, for which the library would wait; but they are there once the questions have been
// sent.
func answersTo(conn *netlink.Conn, questions ...netlink.Message) ([][]byte, error) {
	if _, err := conn.SendMessages(questions); err != nil {
		return nil, err
	}
	return waiting(conn)
}

// waiting returns what a socket has received of ctnetlink, without headers. Errors are
// left out, since of a question they say that there is no such entry.
func waiting(conn *netlink.Conn) ([][]byte, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var all [][]byte
	var failed error
	buffer := make([]byte, ctReceived)
	err = raw.Control(func(fd uintptr) {
		for failed == nil {
			n, _, err := unix.Recvfrom(int(fd), buffer, unix.MSG_DONTWAIT)
			switch {
			case errors.Is(err, unix.EAGAIN):
				return
			case errors.Is(err, unix.EINTR):
			case err != nil:
				failed = err
			default:
				all, failed = unpack(all, bytes.Clone(buffer[:n]))
			}
		}
	})
	return all, errors.Join(err, failed)
}

// unpack appends the messages of ctnetlink in one datagram, without their headers.
func unpack(all [][]byte, data []byte) ([][]byte, error) {
	for len(data) >= unix.SizeofNlMsghdr {
		size, kind := int(binary.NativeEndian.Uint32(data)), binary.NativeEndian.Uint16(data[4:])
		if size < unix.SizeofNlMsghdr || size > len(data) {
			return nil, fmt.Errorf("message of %d bytes, which says that it has %d", len(data), size)
		}
		if kind>>8 == unix.NFNL_SUBSYS_CTNETLINK {
			all = append(all, data[unix.SizeofNlMsghdr:size])
		}
		const align = unix.NLMSG_ALIGNTO - 1
		data = data[min(len(data), (size+align)&^align):]
	}
	return all, nil
}

// name tells an entry from the others of its table.
func (e ctEntry) name() string {
	name := []byte{e.family}
	for _, attr := range e.key {
		if kind := attr.Type &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER); kind != nl.CTA_ID {
			name = append(append(name, byte(kind)), attr.Data...)
		}
	}
	return string(name)
}
