// Package nat holds the NATs under test: the contract a driver fulfils, and one
// file per driver.
package nat

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology"
)

// A Driver starts a NAT on a site that the harness has built.
type Driver interface {
	// Start configures a NAT in site's node for policy and returns when it
	// translates. ctx bounds the start only. It returns an error that
	// wraps ErrUnsupported when it cannot do what policy asks.
	Start(ctx context.Context, site Site, policy Policy) (NAT, error)
}

// ErrUnsupported means that a driver cannot do what a policy asks.
var ErrUnsupported = errors.New("policy not supported")

// A NAT is a running NAT.
type NAT interface {
	// Err returns nil while the NAT runs, and afterwards why it does not.
	Err() error
	// Log returns the last lines the NAT wrote about itself, for the report.
	Log() string
	// Close stops the NAT. The site's node is closed by its owner.
	Close() error
}

// An Ager is a NAT whose timers can be made to pass without waiting.
type Ager interface {
	// Age makes every timer of the NAT advance by d, at least.
	Age(ctx context.Context, d time.Duration) error
}

// A Site is where a NAT is to run: a network namespace with two interfaces that
// are up, addressed and routed, with forwarding on.
type Site struct {
	Node    *topology.Node
	Inside  Interface
	Outside Interface
}

// An Interface is one side of the NAT.
type Interface struct {
	Name string
	MTU  int
	// Prefix is the interface's own address with the length of its subnet.
	Prefix netip.Prefix
}

// A Policy is what a NAT is asked to do. Its zero value is the plain NAPT of a
// home router: sources from the inside are translated to the outside
// interface's address, and nothing else is let in.
type Policy struct {
	// Pool lists the external addresses to use in place of the outside
	// interface's own. They are attached to the outside interface already.
	Pool []netip.Addr
	// Static pairs inside addresses with external ones, in both directions.
	Static []Pair
	// Forwards lets sessions from outside in, to one inside endpoint each.
	Forwards []Forward
	// Hairpin asks that Static and Forwards serve the inside as well.
	Hairpin bool
	// UDPTimeout is how long an idle UDP mapping is to live, whatever state
	// it is in; zero leaves the NAT's own timers alone.
	UDPTimeout time.Duration
}

// A Pair ties one inside address to one external address.
type Pair struct {
	Inside, External netip.Addr
}

// A Forward sends what arrives for an external endpoint to an inside one.
type Forward struct {
	Protocol string // "udp" or "tcp"
	External netip.AddrPort
	Inside   netip.AddrPort
}
