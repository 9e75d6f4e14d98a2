package lab

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// A world is the network around one NAT, and its time. There are two: in memory
// around the reference NAT, and in namespaces around any driver's.
type world interface {
	// port returns the wire of a node, which is the world's to close.
	port(node string) (topology.Port, error)
	// machine returns a node of a world whose hosts have a kernel's stack.
	machine(node string) (*topology.Node, error)
	// records returns the packets on both sides of the NAT so far.
	records() []record
	// lost counts packets that the taps had no room for.
	lost() int
	// keepUp has the taps take in what waits, amid a crowd of packets.
	keepUp()
	// advance lets d pass for the NAT. It returns at once when the NAT dies.
	advance(ctx context.Context, d time.Duration) error
	// pause lets d pass also for what a NAT does not age, such as the rates that it keeps.
	pause(ctx context.Context, d time.Duration) error
	// now is the time on the lab's clock, which advance moves by d.
	now() time.Time
	clock() nat.Clock
	// changes reports whether the NAT's policy can change, and change makes policy
	// the NAT's, after its interfaces have got other addresses, if any.
	changes() bool
	change(ctx context.Context, to renumbering, policy Policy) error
	// patience is how long a packet may take that is under way, and
	// grace how much longer one that may have been overtaken.
	patience() (patience, grace time.Duration)
	// outsideMAC is the Ethernet address of the NAT's outside interface.
	outsideMAC() (net.HardwareAddr, error)
	// insideNow are the addresses of the NAT's inside interface, which a NAT may have changed.
	insideNow() ([]netip.Prefix, error)
	// natErr is why the NAT has ended by itself; nil while it runs. It waits so long
	// for the word of a NAT that may be about to.
	natErr(wait time.Duration) error
	natLog() string
	// entries counts what the NAT keeps of what it translates; false: it does not say.
	entries(ctx context.Context) (int, bool)
	// close takes the NAT off the wire. What takes the kernel long is done
	// later, beside the next spec.
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
// the plain policy, IPv4 on both sides and links of 1500 bytes.
type Setup struct {
	Policy Policy
	// Offers is what the NAT can be asked for besides, and is not: the spec is about
	// NATs with such a setting.
	Offers Policy
	// Later are the policies that the spec changes the NAT's to while it runs.
	Later []Policy
	// InsideMTU and OutsideMTU are the MTUs of the NAT's interfaces; 0 means 1500.
	InsideMTU, OutsideMTU int
	// Inside and Outside are the IP versions that the hosts of a side have. OtherIPv4
	// numbers the inside otherwise; policies name it by OtherAddr. Overlapping is for both or
	// none; policies name its hosts by OverlapAddr.
	Inside, Outside Family
	// Sockets gives each host the stack of a kernel, with its addresses and a route
	// through the NAT, so that the spec speaks through sockets of programs on Machines
	// and not on the wire. There is no such host in memory.
	Sockets bool
}

// family is the IP version of the hosts on a side.
func (s Setup) family(inside bool) Family {
	if inside {
		return s.Inside
	}
	return s.Outside
}

// policies are all that the NAT is to have, one after another.
func (s Setup) policies() []Policy { return append([]Policy{s.Policy}, s.Later...) }

// external are the addresses that the NAT may translate to at first.
func (s Setup) external() []netip.Addr { return s.externalBy(s.Policy, outsideOf(s.Outside).Addr()) }

// externalBy are those that it may translate to by a policy and with its own address.
func (Setup) externalBy(policy Policy, own netip.Addr) []netip.Addr {
	addrs := policy.Externals()
	if len(policy.Pool) == 0 {
		addrs = append([]netip.Addr{own}, slices.DeleteFunc(addrs, func(a netip.Addr) bool { return a == own })...)
	}
	return addrs
}

// The NAT's interfaces, in its node and in captures.
const (
	insideIface  = "inside"
	outsideIface = "outside"
	secondIface  = "inside2"
)

// secondNode is the node that the second inside interface leads to.
const secondNode = "X3"

// site returns the site that a setup asks for, without its node.
func (s Setup) site() nat.Site {
	iface := func(name string, mtu int, own netip.Prefix) nat.Interface {
		return nat.Interface{Name: name, MTU: mtu, Prefixes: []netip.Prefix{own}}
	}
	site := nat.Site{
		Inside:  iface(insideIface, cmp.Or(s.InsideMTU, defaultMTU), insideOf(s.Inside)),
		Outside: iface(outsideIface, cmp.Or(s.OutsideMTU, defaultMTU), outsideOf(s.Outside)),
	}
	if s.Policy.SecondSource.IsValid() {
		site.Second = secondIface
	}
	site.Outside.Gateways = beyondOf(s.Outside)
	for _, p := range places {
		if p.inside && p.name == p.node { // routers are no hosts
			site.Hosts = append(site.Hosts, p.addr(s.Inside))
		}
	}
	return site
}

const defaultMTU = 1500

// Policy is what the NAT is asked to do.
type Policy = nat.Policy

// The parts of a Policy, for specs.
type (
	Pair    = nat.Pair
	Forward = nat.Forward
	// PortRange is the external ports that a policy asks for.
	PortRange = nat.PortRange
	// Translation is what a policy asks for of further kinds of translation, with
	// Source and Range in it.
	Translation = nat.Translation
	Source      = nat.Source
	Range       = nat.Range
	// Carrier is what a policy asks for of the sharing among subscribers, with Limits and
	// Destination in it.
	Carrier     = nat.Carrier
	Limits      = nat.Limits
	Destination = nat.Destination
)
