package nat

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

const (
	// settleTime is how long the kernel is waited for, and settleCheck how often it
	// is asked.
	settleTime  = time.Second
	settleCheck = 5 * time.Millisecond
)

// Settle waits until the kernel has ended the sessions that it had masqueraded to an
// address which has just gone from an interface of a site. It does so beside all else,
// as soon as it finds the time, and a lease does not end between two packets. What a
// rule has translated to the very address stays; so the wait has an end, and it is
// no error to come to it. A NAT that is not the kernel's has no such sessions.
func Settle(ctx context.Context, site Site, gone netip.Addr) error {
	// How long the kernel takes to answer is none of settleTime: a busy machine may take
	// longer for a single list.
	conn, err := conntrack{netns: site.Node.FD()}.dial(ctx)
	if err != nil {
		return fmt.Errorf("nat: conntrack: opening netlink: %w", err)
	}
	defer func() { _ = conn.Close() }()
	check := time.NewTicker(settleCheck)
	defer check.Stop()
	for end := time.Now().Add(settleTime); time.Now().Before(end); {
		left, err := translatedTo(conn, gone)
		switch {
		case errors.Is(err, unix.EINVAL): // a kernel that has nothing to tell of connections
			return nil
		case err != nil:
			return fmt.Errorf("nat: conntrack: listing the entries: %w", err)
		case !left:
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nat: conntrack: %w", ctx.Err())
		case <-check.C:
		}
	}
	return nil
}

// translatedTo reports whether answers to an address are led elsewhere.
func translatedTo(conn *netlink.Conn, addr netip.Addr) (bool, error) {
	entries, err := list(conn)
	return slices.ContainsFunc(entries, func(e ctEntry) bool { return e.back == addr }), err
}
