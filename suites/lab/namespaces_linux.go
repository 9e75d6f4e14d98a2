package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// namespaces is a world of network namespaces around any driver's NAT:
//
//	X, X2, X3 --- bridge --- NAT --- bridge --- Y1, Y2
//
// The bridges are the worker's, and so are the hosts, save where the spec uses sockets;
// the NAT and its links are the spec's own.
type namespaces struct {
	*hostNet
	bench  *Bench
	number int // of this world on the bridges
	hosts  []stack
	node   *topology.Node
	cables [2]string // the NAT's links, as the node of the bridges knows them
	apart  string    // likewise that of its second inside interface; empty: it has none
	tap    *topology.Tap
	nat    nat.NAT
	ager   nat.Ager // nil on the real clock
	site   nat.Site
	// aged are the times that were let pass on the aged clock, and when.
	aged []struct {
		wall time.Time
		by   time.Duration
	}
}

// world builds a NAT's node between the hosts and starts the NAT.
func (h *hostNet) world(ctx context.Context, b *Bench, setup Setup) (world, error) {
	n := &namespaces{hostNet: h, bench: b}
	site, err := n.build(ctx, setup)
	if err == nil {
		err = n.start(ctx, site, setup.Policy)
	}
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	if !b.cfg.Real { // there, each spec that waits has a process to itself
		h.spares.prepare(sparesAhead)
	}
	return n, nil
}

// build makes a router that stands between the bridges.
func (n *namespaces) build(ctx context.Context, setup Setup) (nat.Site, error) {
	site := setup.site()
	node, tap, err := n.spares.take()
	if err != nil {
		return site, err
	}
	n.node, n.tap, site.Node = node, tap, node
	if err := n.restart(ctx); err != nil {
		return site, err
	}
	n.serial++
	n.number = n.serial
	for i, iface := range []string{insideIface, outsideIface} {
		// A name is not used twice, since the kernel may be slow to forget.
		cable := fmt.Sprintf("nat%d-%d", n.number, i)
		if err := topology.Link(node, iface, n.nodes[wires], cable); err != nil {
			return site, err
		}
		n.cables[i] = cable
		if err := n.nodes[wires].Join(bridges[iface == insideIface], cable); err != nil {
			return site, err
		}
	}
	if setup.Inside == IPv6 || setup.Outside == IPv6 {
		if err := errors.Join(node.EnableIPv6(), node.Sysctl("net/ipv6/conf/all/forwarding", "1")); err != nil {
			return site, err
		}
	}
	for _, i := range []nat.Interface{site.Inside, site.Outside} {
		err = errors.Join(err, node.SetMTU(i.Name, i.MTU))
		for _, prefix := range i.Prefixes {
			err = errors.Join(err, node.AddAddr(i.Name, prefix))
		}
	}
	for _, gateway := range site.Outside.Gateways {
		everywhere := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
		err = errors.Join(err, node.AddRouteBy(outsideIface, everywhere, gateway))
	}
	for _, addrs := range external[1:] {
		// What is beyond the next hop is no address of the NAT, and one that it is to answer
		// ARP for is not its interface's.
		if setup.Outside != Overlapping && !setup.Policy.ProxyARP {
			err = errors.Join(err, node.AddAddr(outsideIface, bits(addrs[setup.Outside])))
		}
	}
	if site.Second != "" {
		err = errors.Join(err, n.second())
	}
	return site, err
}

func (n *namespaces) start(ctx context.Context, site nat.Site, policy nat.Policy) error {
	n.site = site
	var err error
	taped := []string{insideIface, outsideIface}
	if site.Second != "" {
		taped = append(taped, site.Second)
	}
	if err = n.tap.Begin(taped...); err != nil {
		return err
	}
	if n.nat, err = n.bench.starter.Start(ctx, site, policy); err != nil {
		return err
	}
	if !n.bench.cfg.Real {
		n.ager, _ = n.nat.(nat.Ager)
	}
	return nil
}

func (n *namespaces) outsideMAC() (net.HardwareAddr, error) { return n.node.MAC(outsideIface) }

func (n *namespaces) insideNow() ([]netip.Prefix, error) { return n.node.Addrs(insideIface) }

func (n *namespaces) port(node string) (topology.Port, error) { return n.ports[node], nil }

func (n *namespaces) records() []record {
	var records []record
	for _, r := range n.tap.Records() {
		records = append(records, record{
			wall: r.Time, lab: n.onClock(r.Time), data: r.Data,
			inside: r.Interface != outsideIface, outgoing: r.Outgoing,
		})
	}
	return records
}

func (n *namespaces) lost() int { return n.tap.Lost() }

func (n *namespaces) keepUp() { n.tap.KeepUp() }

func (n *namespaces) advance(ctx context.Context, d time.Duration) error {
	if n.ager == nil {
		return n.wait(ctx, d)
	}
	if err := n.ager.Age(ctx, d); err != nil {
		return err
	}
	n.aged = append(n.aged, struct {
		wall time.Time
		by   time.Duration
	}{time.Now(), d})
	return nil
}

func (n *namespaces) pause(ctx context.Context, d time.Duration) error { return n.wait(ctx, d) }

// wait lets d pass on the real clock, or less when the NAT dies meanwhile.
func (n *namespaces) wait(ctx context.Context, d time.Duration) error {
	defer bench.waiting()()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-n.nat.Done():
		return fmt.Errorf("the NAT under test has ended: %w", n.nat.Err())
	case <-ctx.Done():
		return fmt.Errorf("waiting %v: %w", d, context.Cause(ctx))
	}
}

// onClock is what the lab's clock showed at a wall time.
func (n *namespaces) onClock(wall time.Time) time.Time {
	at := wall
	for _, a := range n.aged {
		if !wall.Before(a.wall) {
			at = at.Add(a.by)
		}
	}
	return at
}

func (n *namespaces) now() time.Time { return n.onClock(time.Now()) }

func (n *namespaces) clock() nat.Clock {
	if n.ager == nil {
		return nat.Real
	}
	return n.ager.Clock()
}

// A veth delivers in well under a millisecond; the patience is for a NAT in
// user space on a busy machine.
func (n *namespaces) patience() (time.Duration, time.Duration) {
	return 700 * time.Millisecond, 10 * time.Millisecond
}

func (n *namespaces) natErr(wait time.Duration) error {
	if done := n.nat.Done(); done != nil && wait > 0 {
		select {
		case <-done:
		case <-time.After(wait):
		}
	}
	return n.nat.Err()
}

func (n *namespaces) entries(ctx context.Context) (int, bool) {
	counter, ok := n.nat.(nat.Counter)
	if !ok {
		return 0, false
	}
	count, err := counter.Entries(ctx)
	return count, err == nil
}

func (n *namespaces) natLog() string { return n.nat.Log() }

// close cuts the NAT off its links, since the next spec's has the same addresses.
// The rest can wait: closing a packet socket takes the kernel a grace period, and
// removing a link some 25 ms.
func (n *namespaces) close() error {
	var errs []error
	for _, cable := range n.cables {
		if cable != "" {
			errs = append(errs, n.nodes[wires].Leave(cable))
		}
	}
	errs = append(errs, n.reunite())
	for _, h := range n.hosts {
		errs = append(errs, n.nodes[wires].Leave(h.cable))
	}
	if n.nat != nil && n.bench.info.Alone {
		errs = append(errs, n.nat.Close())
		n.nat = nil
	}
	if n.tap != nil {
		n.tap.Stop()
	}
	n.bench.later(n.dismantle)
	return errors.Join(errs...)
}

func (n *namespaces) dismantle() error {
	var errs []error
	if n.nat != nil {
		errs = append(errs, n.nat.Close())
	}
	if n.tap != nil {
		errs = append(errs, n.tap.Close())
	}
	if n.node != nil {
		errs = append(errs, n.node.Close())
	}
	for _, h := range n.hosts {
		errs = append(errs, h.node.Close())
	}
	return errors.Join(errs...)
}
