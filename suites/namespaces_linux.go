package suites

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// namespaces is a world of network namespaces around any driver's NAT:
//
//	X, X2, X3 --- bridge --- NAT --- bridge --- Y1, Y2
type namespaces struct {
	nodes map[string]*topology.Node
	tap   *topology.Tap
	nat   nat.NAT
	ager  nat.Ager // nil on the real clock
	// aged are the times that were let pass on the aged clock, and when.
	aged []struct {
		wall time.Time
		by   time.Duration
	}
}

const (
	hostIface = "eth0"
	// wires is the node that holds both bridges, so that the NAT's own node
	// has nothing in it but the NAT.
	wires   = "wires"
	natNode = "NAT"
)

func newNamespaces(ctx context.Context, driver nat.Driver, real bool, setup Setup) (world, error) {
	n := &namespaces{nodes: map[string]*topology.Node{}}
	site, err := n.build(setup)
	if err == nil {
		err = n.start(ctx, driver, real, site, setup.Policy)
	}
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func (n *namespaces) build(setup Setup) (nat.Site, error) {
	names := []string{wires, natNode}
	for _, p := range places {
		names = append(names, p.node)
	}
	for _, name := range names {
		if n.nodes[name] != nil {
			continue
		}
		node, err := topology.NewNode(name)
		if err != nil {
			return nat.Site{}, err
		}
		n.nodes[name] = node
	}
	if err := n.wire(); err != nil {
		return nat.Site{}, err
	}
	return n.address(setup)
}

// wire connects every node to the bridge of its side.
func (n *namespaces) wire() error {
	link := func(iface, node string) error {
		return topology.Link(n.nodes[node], iface, n.nodes[wires], "to-"+node+"-"+iface[:2])
	}
	if err := errors.Join(link(insideIface, natNode), link(outsideIface, natNode)); err != nil {
		return err
	}
	bridged := map[bool][]string{true: {"to-NAT-in"}, false: {"to-NAT-ou"}}
	linked := map[string]bool{}
	for _, p := range places {
		if linked[p.node] {
			continue
		}
		linked[p.node] = true
		if err := link(hostIface, p.node); err != nil {
			return err
		}
		bridged[p.inside] = append(bridged[p.inside], "to-"+p.node+"-et")
	}
	return errors.Join(n.nodes[wires].Bridge("br-inside", bridged[true]...), n.nodes[wires].Bridge("br-outside", bridged[false]...))
}

// address makes the NAT's node a router between its two interfaces.
func (n *namespaces) address(setup Setup) (nat.Site, error) {
	node := n.nodes[natNode]
	site := siteOf(setup)
	site.Node = node
	if err := node.SetMTU(outsideIface, site.Outside.MTU); err != nil {
		return site, err
	}
	err := errors.Join(node.AddAddr(insideIface, site.Inside.Prefix), node.AddAddr(outsideIface, site.Outside.Prefix))
	for _, addr := range external[1:] {
		err = errors.Join(err, node.AddAddr(outsideIface, netip.PrefixFrom(addr, addr.BitLen())))
	}
	// A redirect would tell hairpinning hosts to talk past the NAT.
	for _, key := range []string{"all", "default", insideIface, outsideIface} {
		err = errors.Join(err, node.Sysctl("net/ipv4/conf/"+key+"/send_redirects", "0"))
	}
	return site, errors.Join(err, node.Sysctl("net/ipv4/ip_forward", "1"))
}

func (n *namespaces) start(ctx context.Context, driver nat.Driver, real bool, site nat.Site, policy nat.Policy) error {
	var err error
	if n.tap, err = site.Node.OpenTap(insideIface, outsideIface); err != nil {
		return err
	}
	if n.nat, err = driver.Start(ctx, site, policy); err != nil {
		return err
	}
	if !real {
		n.ager, _ = n.nat.(nat.Ager)
	}
	return nil
}

func (n *namespaces) open(node string) (topology.Port, error) {
	config := topology.PortConfig{OnLink: []netip.Prefix{outsidePrefix}}
	for _, p := range places {
		if p.node != node {
			continue
		}
		config.Addrs = append(config.Addrs, p.addr)
		if p.inside {
			config.OnLink, config.Gateway = []netip.Prefix{insidePrefix}, natInside
		}
	}
	return n.nodes[node].OpenPort(hostIface, config)
}

func (n *namespaces) records() []record {
	var records []record
	for _, r := range n.tap.Records() {
		records = append(records, record{
			wall: r.Time, lab: n.onClock(r.Time), inside: r.Interface == insideIface, outgoing: r.Outgoing, data: r.Data,
		})
	}
	return records
}

func (n *namespaces) lost() int { return n.tap.Lost() }

func (n *namespaces) advance(ctx context.Context, d time.Duration) error {
	if n.ager == nil {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("waiting %v: %w", d, context.Cause(ctx))
		}
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

func (n *namespaces) clock() string {
	if n.ager == nil {
		return clockReal
	}
	return clockAged
}

// A veth delivers in well under a millisecond; the patience is for a NAT in
// user space on a busy machine.
func (n *namespaces) patience() (time.Duration, time.Duration) {
	return 700 * time.Millisecond, 10 * time.Millisecond
}

func (n *namespaces) natErr() error  { return n.nat.Err() }
func (n *namespaces) natLog() string { return n.nat.Log() }

func (n *namespaces) close() error {
	var errs []error
	if n.nat != nil {
		errs = append(errs, n.nat.Close())
	}
	if n.tap != nil {
		errs = append(errs, n.tap.Close())
	}
	for _, node := range n.nodes {
		errs = append(errs, node.Close())
	}
	return errors.Join(errs...)
}
