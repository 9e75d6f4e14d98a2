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
//
// The hosts and the bridges are the worker's; the NAT and its links are the
// spec's own.
type namespaces struct {
	*hostNet
	node   *topology.Node
	cables [2]string // the NAT's links, as the node of the bridges knows them
	tap    *topology.Tap
	nat    nat.NAT
	ager   nat.Ager // nil on the real clock
	// aged are the times that were let pass on the aged clock, and when.
	aged []struct {
		wall time.Time
		by   time.Duration
	}
}

// world builds a NAT's node between the hosts and starts the NAT.
func (h *hostNet) world(ctx context.Context, driver nat.Driver, real bool, setup Setup) (world, error) {
	n := &namespaces{hostNet: h}
	site, err := n.build(setup)
	if err == nil {
		err = n.start(ctx, driver, real, site, setup.Policy)
	}
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

// build makes a router that stands between the bridges.
func (n *namespaces) build(setup Setup) (nat.Site, error) {
	site := siteOf(setup)
	node, err := topology.NewNode(natLane)
	if err != nil {
		return site, err
	}
	n.node, site.Node = node, node
	n.serial++
	for i, iface := range []string{insideIface, outsideIface} {
		// A name is not used twice, since the kernel may be slow to forget.
		cable := fmt.Sprintf("nat%d-%d", n.serial, i)
		if err := topology.Link(node, iface, n.nodes[wires], cable); err != nil {
			return site, err
		}
		n.cables[i] = cable
		if err := n.nodes[wires].Join(bridges[iface == insideIface], cable); err != nil {
			return site, err
		}
	}
	err = errors.Join(
		node.SetMTU(outsideIface, site.Outside.MTU),
		node.AddAddr(insideIface, site.Inside.Prefix), node.AddAddr(outsideIface, site.Outside.Prefix))
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
	// The next spec's NAT has the same addresses, so this one must be cut off
	// by then, and not only when the kernel comes to reap its node.
	for _, cable := range n.cables {
		if cable != "" {
			errs = append(errs, n.nodes[wires].Leave(cable))
		}
	}
	if n.node != nil {
		errs = append(errs, n.node.Close())
	}
	return errors.Join(errs...)
}
