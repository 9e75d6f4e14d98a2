package suites

import (
	"cmp"
	"context"
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// A world is the network around one NAT, and its time. There are two: in memory
// around the reference NAT, and in namespaces around any driver's.
type world interface {
	// open returns the wire of a node, on which no address is attached yet.
	open(node string) (topology.Port, error)
	// records returns the packets on both sides of the NAT so far.
	records() []record
	// lost counts packets that the taps had no room for.
	lost() int
	// advance lets d pass for the NAT.
	advance(ctx context.Context, d time.Duration) error
	// now is the time on the lab's clock, which advance moves by d.
	now() time.Time
	clock() string
	// patience is how long a packet may take that is under way, and
	// grace how much longer one that may have been overtaken.
	patience() (patience, grace time.Duration)
	natErr() error
	natLog() string
	close() error
}

// A record is one packet that a tap saw.
type record struct {
	wall     time.Time // orders records and steps
	lab      time.Time // on the lab's clock
	inside   bool      // on the NAT's inside interface, else the outside one
	outgoing bool      // it left the NAT
	data     []byte
}

// A Setup is how a lab differs from the plain one. Its zero value is a NAT with
// the plain policy and links of 1500 bytes.
type Setup struct {
	Policy Policy
	// OutsideMTU is the MTU of the NAT's outside interface; 0 means 1500.
	OutsideMTU int
}

// The NAT's interfaces, in its node and in captures.
const (
	insideIface  = "inside"
	outsideIface = "outside"
)

// siteOf returns the site that a setup asks for, without its node.
func siteOf(setup Setup) nat.Site {
	return nat.Site{
		Inside: nat.Interface{Name: insideIface, MTU: defaultMTU, Prefix: netip.PrefixFrom(natInside, insidePrefix.Bits())},
		Outside: nat.Interface{
			Name: outsideIface, MTU: cmp.Or(setup.OutsideMTU, defaultMTU), Prefix: netip.PrefixFrom(external[0], outsidePrefix.Bits()),
		},
	}
}

const defaultMTU = 1500

// Policy is what the NAT is asked to do.
type Policy = nat.Policy

// The parts of a Policy, for specs.
type (
	Pair    = nat.Pair
	Forward = nat.Forward
)

// The clocks a verdict can be taken on.
const (
	clockVirtual = "virtual"
	clockAged    = "aged"
	clockReal    = "real"
)
