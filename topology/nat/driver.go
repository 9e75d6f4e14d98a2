// Package nat holds the NATs under test: the contract a driver fulfils, and one
// file per driver.
package nat

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/topology"
)

// A Driver is a kind of NAT that can be put under test.
type Driver interface {
	// Info describes the NAT with the options it was looked up with.
	Info() Info
	// Prepare makes what the NATs of one worker have in common, such as a
	// daemon or a virtual machine. The caller closes it after the NATs.
	Prepare(ctx context.Context) (Starter, error)
}

// A Starter starts NATs, one after the other.
type Starter interface {
	// Start configures a NAT in site's node for policy and returns when it
	// translates. ctx bounds the start only; it should allow Info.Patience.
	// The caller has asked Info.Refuses before. Start returns an error that
	// wraps ErrUnsupported for a value of the policy that the NAT cannot do, and
	// that of Policy.Check before anything is made.
	Start(ctx context.Context, site Site, policy Policy) (NAT, error)
	// Close ends what Prepare made.
	Close() error
}

// An Info describes a kind of NAT, or one with its options.
type Info struct {
	Name   string // as Lookup takes it
	Title  string // what it is, in a few words
	Detail string // one line more: what it does by default, and its options
	// Faults are what was built into it on purpose, for one that was looked up with them.
	Faults []Fault
	// Clocks are those that it can be judged on, best first.
	Clocks []Clock
	// Honours are the features that a policy may ask for.
	Honours []Feature
	// Patience is how long one start may take.
	Patience time.Duration
	// Uncertain means that only a start shows on which of Clocks the NAT is, or
	// whether this machine can run it.
	Uncertain bool
	// Alone means that the NATs of one worker may meet on the host, in files for
	// example, so that one has to end before the next starts.
	Alone bool
}

// A NAT is a running NAT.
type NAT interface {
	// Err returns nil while the NAT runs, and afterwards why it does not.
	Err() error
	// Done returns a channel that is closed when the NAT has ended by itself,
	// and nil for a NAT that never does.
	Done() <-chan struct{}
	// Log returns the last lines the NAT wrote about itself, for the report.
	Log() string
	// Close stops the NAT. The site's node is closed by its owner.
	Close() error
}

// An Ager is a NAT whose timers can be made to pass without waiting.
type Ager interface {
	// Age makes every timer of the NAT advance by d, at least.
	Age(ctx context.Context, d time.Duration) error
	// Clock is what ageing moves: Aged or Shifted.
	Clock() Clock
}

// A Counter is a NAT that says how many entries it keeps of what it translates: sessions
// or mappings, as it counts them.
type Counter interface {
	Entries(ctx context.Context) (int, error)
}

// A Changer is a NAT whose policy can change while it runs.
type Changer interface {
	// Change makes policy the NAT's, and returns when packets are treated by it.
	// The site is the NAT's own, but for the addresses of its interfaces and of the
	// hosts, which may have become others just before. Change returns an error that wraps
	// ErrUnsupported for what the NAT cannot do while it runs, and that of
	// Policy.Check before anything is changed.
	Change(ctx context.Context, site Site, policy Policy) error
}

// A Site is where a NAT is to run: a network namespace with two interfaces that
// are up, addressed and routed, with forwarding on.
type Site struct {
	Node    *topology.Node
	Inside  Interface
	Outside Interface
	// Second is the name of another interface of the inside, which has no address of its
	// own: behind it are hosts of Inside's subnet, with a route to each. It is empty where
	// the policy asks for none.
	Second string
	// Hosts are the addresses of the hosts on the inside.
	Hosts []netip.Addr
}

// An Interface is one side of the NAT.
type Interface struct {
	Name string
	MTU  int
	// Prefixes are the interface's own addresses with the length of their
	// subnets, at most one of each family.
	Prefixes []netip.Prefix
	// Gateways are the next hops to what lies beyond the subnets, at most one
	// of each family. A family without one ends at its subnet.
	Gateways []netip.Addr
}

// Prefix returns the interface's address of one family, IPv6 or IPv4. The zero
// prefix means that it has none.
func (i Interface) Prefix(v6 bool) netip.Prefix {
	for _, p := range i.Prefixes {
		if p.Addr().Is6() == v6 {
			return p
		}
	}
	return netip.Prefix{}
}

// Gateway returns the next hop of one family, IPv6 or IPv4. The zero address
// means that there is none.
func (i Interface) Gateway(v6 bool) netip.Addr {
	for _, addr := range i.Gateways {
		if addr.Is6() == v6 {
			return addr
		}
	}
	return netip.Addr{}
}

// reaches reports whether an address is of one of the interface's subnets.
func (i Interface) reaches(addr netip.Addr) bool {
	return slices.ContainsFunc(i.Prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// has reports whether an address is the interface's own, whatever subnet it is of.
func (i Interface) has(addr netip.Addr) bool {
	return slices.ContainsFunc(i.Prefixes, func(p netip.Prefix) bool { return p.Addr() == addr })
}

// subnets names the interface's subnets.
func (i Interface) subnets() string {
	return words(i.Prefixes, func(p netip.Prefix) string { return p.Masked().String() })
}
