package nat

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A conntrack is the connection table of one network namespace. It is written
// on the bare ctnetlink attributes, because an entry is best named by the very
// tuple the kernel reported: that holds for ICMP as for UDP and TCP, and sends
// back nothing that would change anything but the timer.
type conntrack struct {
	netns   int      // file descriptor
	watched *ctWatch // nil if nothing is known of the table
}

// Age lets d pass for every entry of the table. The kernel counts in whole
// seconds, and so d is rounded up to them.
func (c conntrack) Age(ctx context.Context, d time.Duration) error {
	seconds := int64((d + time.Second - 1) / time.Second)
	if seconds <= 0 {
		return nil
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return fmt.Errorf("nat: conntrack: opening netlink: %w", err)
	}
	defer func() { _ = conn.Close() }()

	// An entry that was refreshed within this tick of the kernel's clock would
	// read a second more than it does for the rest of its life.
	if err := nextTick(ctx); err != nil {
		return fmt.Errorf("nat: conntrack: waiting for the kernel's clock: %w", err)
	}
	entries, err := c.watched.entries(conn)
	if err != nil {
		return fmt.Errorf("nat: conntrack: listing the entries: %w", err)
	}
	for _, entry := range entries {
		_, err := conn.Execute(entry.aged(seconds))
		// An entry that ended by itself meanwhile has aged enough.
		if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ETIME) {
			return fmt.Errorf("nat: conntrack: ageing an entry: %w", err)
		}
	}
	return nil
}

// nextTick waits until the kernel's clock of ticks, by which it measures timeouts, has
// moved on. The coarse clock moves with it. A virtual machine that is not let run can make
// a tick late, so that no length of time would do.
func nextTick(ctx context.Context) error {
	const look = time.Millisecond / 2
	now := func() (ts unix.Timespec, err error) {
		err = unix.ClockGettime(unix.CLOCK_MONOTONIC_COARSE, &ts)
		return ts, err
	}
	began, err := now()
	for at := began; err == nil && at == began; at, err = now() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
	}
	return err
}

// Entries counts the entries of the table.
func (c conntrack) Entries(ctx context.Context) (int, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return 0, fmt.Errorf("nat: conntrack: opening netlink: %w", err)
	}
	defer func() { _ = conn.Close() }()
	entries, err := list(conn)
	if err != nil {
		return 0, fmt.Errorf("nat: conntrack: listing the entries: %w", err)
	}
	return len(entries), nil
}

// Clock says that ageing rewrites what is left of each connection's time.
func (c conntrack) Clock() Clock { return Aged }

// list returns every entry, of any family and protocol.
func list(conn *netlink.Conn) ([]ctEntry, error) {
	replies, err := conn.Execute(ctMessage(nl.IPCTNL_MSG_CT_GET, netlink.Request|netlink.Dump, unix.AF_UNSPEC, nil))
	if err != nil {
		return nil, err
	}
	entries := make([]ctEntry, 0, len(replies))
	for _, reply := range replies {
		entry, err := parseEntry(reply.Data)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// flush removes every entry.
func (c conntrack) flush() error {
	conn, err := c.dial(context.Background())
	if err != nil {
		return fmt.Errorf("opening netlink: %w", err)
	}
	defer func() { _ = conn.Close() }()
	_, err = conn.Execute(ctMessage(nl.IPCTNL_MSG_CT_DELETE, netlink.Request|netlink.Acknowledge, unix.AF_UNSPEC, nil))
	if err != nil {
		return fmt.Errorf("removing the conntrack entries: %w", err)
	}
	return nil
}

// forget removes the entries of sessions with an address that was the NAT's own.
func (c conntrack) forget(ctx context.Context, addr netip.Addr) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return fmt.Errorf("opening netlink: %w", err)
	}
	defer func() { _ = conn.Close() }()
	entries, err := list(conn)
	if err != nil {
		return fmt.Errorf("listing the entries: %w", err)
	}
	for _, entry := range entries {
		if entry.to != addr && entry.back != addr {
			continue
		}
		_, err := conn.Execute(entry.gone())
		if err != nil && !errors.Is(err, unix.ENOENT) { // the kernel may have been faster
			return fmt.Errorf("removing an entry: %w", err)
		}
	}
	return nil
}

func (c conntrack) dial(ctx context.Context) (*netlink.Conn, error) {
	conn, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{NetNS: c.netns})
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// A ctEntry is one entry: what names it, and what is left of its time.
type ctEntry struct {
	family byte
	key    []netlink.Attribute // original tuple, zone, ID: as the kernel sent them
	left   int64               // whole seconds
	// to and back are where its first packet was sent and where answers are, if that
	// is an IPv4 address.
	to, back netip.Addr
}

// parseEntry reads a nfgenmsg header and the attributes after it.
func parseEntry(data []byte) (ctEntry, error) {
	if len(data) < nl.SizeofNfgenmsg {
		return ctEntry{}, fmt.Errorf("message of %d bytes", len(data))
	}
	attrs, err := netlink.UnmarshalAttributes(data[nl.SizeofNfgenmsg:])
	if err != nil {
		return ctEntry{}, err
	}
	entry := ctEntry{family: data[0]}
	for _, attr := range attrs {
		kind := attr.Type &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)
		switch kind {
		case nl.CTA_TUPLE_ORIG:
			entry.to = destination(attr.Data)
		case nl.CTA_TUPLE_REPLY:
			entry.back = destination(attr.Data)
		}
		switch kind {
		case nl.CTA_TUPLE_ORIG, nl.CTA_ZONE, nl.CTA_ID:
			entry.key = append(entry.key, attr)
		case nl.CTA_TIMEOUT:
			if len(attr.Data) == 4 {
				entry.left = int64(binary.BigEndian.Uint32(attr.Data))
			}
		}
	}
	return entry, nil
}

// destination is the IPv4 address that a tuple's packets are sent to, if it has one.
func destination(tuple []byte) netip.Addr {
	value := tuple
	for _, kind := range []uint16{nl.CTA_TUPLE_IP, nl.CTA_IP_V4_DST} {
		attrs, err := netlink.UnmarshalAttributes(value)
		i := slices.IndexFunc(attrs, func(a netlink.Attribute) bool {
			return a.Type&^(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER) == kind
		})
		if err != nil || i < 0 {
			return netip.Addr{}
		}
		value = attrs[i].Data
	}
	addr, _ := netip.AddrFromSlice(value)
	return addr
}

// gone is the request that ends the entry.
func (e ctEntry) gone() netlink.Message {
	return ctMessage(nl.IPCTNL_MSG_CT_DELETE, netlink.Request|netlink.Acknowledge, e.family, e.key)
}

// aged is the request that makes the entry older, or ends it.
func (e ctEntry) aged(seconds int64) netlink.Message {
	// The kernel rounds what is left down: an entry that has just been given
	// 30 s reads 29. One second more is what it was given, so that ageing in
	// several steps adds up to the same as ageing once.
	left := e.left + 1 - seconds
	if left <= 0 {
		return e.gone()
	}
	timeout := netlink.Attribute{Type: nl.CTA_TIMEOUT, Data: binary.BigEndian.AppendUint32(nil, uint32(left))}
	// Without the flag to create, NEW changes the entry that is there.
	attrs := append(e.key[:len(e.key):len(e.key)], timeout)
	return ctMessage(nl.IPCTNL_MSG_CT_NEW, netlink.Request|netlink.Acknowledge, e.family, attrs)
}

func ctMessage(kind uint16, flags netlink.HeaderFlags, family byte, attrs []netlink.Attribute) netlink.Message {
	// Marshalling fails only for attributes too long for their length field,
	// and these are the kernel's own.
	body, err := netlink.MarshalAttributes(attrs)
	if err != nil {
		panic(err)
	}
	return netlink.Message{
		Header: netlink.Header{Type: netlink.HeaderType(unix.NFNL_SUBSYS_CTNETLINK<<8 | kind), Flags: flags},
		Data:   append([]byte{family, nl.NFNETLINK_V0, 0, 0}, body...),
	}
}
