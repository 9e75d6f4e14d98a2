package nat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	nft "github.com/google/nftables"
	"github.com/google/nftables/expr"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/refnat"
)

// A refNAT is a reference NAT between two wires.
type refNAT struct {
	wires [2]*topology.Wire // by side
	log   tail
	stop  context.CancelFunc
	done  sync.WaitGroup

	mu    sync.Mutex // held while a packet is translated and sent, so that order is kept
	table *refnat.Table
	ahead time.Duration // by which the table's clock is ahead of the real one
	err   error
}

// Start puts the table between the site's interfaces, and the kernel aside.
func (d *ref) Start(ctx context.Context, site Site, policy Policy) (NAT, error) {
	config, err := ReferenceConfig(site, policy, d.faults)
	if err != nil {
		return nil, fmt.Errorf("nat: reference NAT: %w", err)
	}
	table, err := refnat.New(config)
	if err != nil {
		return nil, fmt.Errorf("nat: reference NAT: %w", err)
	}
	if err := deafen(site); err != nil {
		return nil, fmt.Errorf("nat: reference NAT: keeping the kernel from forwarding: %w", err)
	}
	n := &refNAT{table: table}
	for side, iface := range map[refnat.Side]string{refnat.Inside: site.Inside.Name, refnat.Outside: site.Outside.Name} {
		if n.wires[side], err = site.Node.OpenWire(iface); err != nil {
			return nil, errors.Join(fmt.Errorf("nat: reference NAT: %w", err), n.closeWires())
		}
	}
	ctx, n.stop = context.WithCancel(context.WithoutCancel(ctx))
	for side := range n.wires {
		n.done.Go(func() { n.forward(ctx, refnat.Side(side)) })
	}
	return n, nil
}

// deafen makes the kernel drop all IPv4 that arrives, before it could answer,
// forward or track it. Wires see packets before that, and ARP is not IPv4.
func deafen(site Site) error {
	conn, err := nft.New(nft.WithNetNSFd(site.Node.FD()))
	if err != nil {
		return err
	}
	r := &ruleset{table: &nft.Table{Name: "natproof", Family: nft.TableFamilyIPv4}}
	prerouting := r.chain("prerouting", nft.ChainTypeFilter, nft.ChainHookPrerouting, nft.ChainPriorityFirst)
	for _, iface := range []string{site.Inside.Name, site.Outside.Name} {
		r.rule(prerouting, iif(iface), verdict(expr.VerdictDrop))
	}
	r.add(conn)
	return conn.Flush()
}

// forward translates what arrives on one side, until the NAT is closed.
func (n *refNAT) forward(ctx context.Context, from refnat.Side) {
	for {
		packet, err := n.wires[from].Receive(ctx)
		if err != nil {
			n.fail(ctx, err)
			return
		}
		n.translate(ctx, from, packet.Data)
	}
}

func (n *refNAT) translate(ctx context.Context, from refnat.Side, data []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	handle := n.table.Outbound
	if from == refnat.Outside {
		handle = n.table.Inbound
	}
	for _, out := range handle(data, time.Now().Add(n.ahead)) {
		// A packet that cannot be sent is lost, as on any router.
		if err := n.wires[out.Side].Send(ctx, out.Data); err != nil {
			_, _ = fmt.Fprintln(&n.log, err)
		}
	}
}

func (n *refNAT) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.err = fmt.Errorf("nat: reference NAT: %w", err)
}

// Age sets the table's clock ahead. What has expired goes with the next packet.
func (n *refNAT) Age(_ context.Context, d time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ahead += max(d, 0)
	return nil
}

// Err returns why the NAT has stopped, if it has.
func (n *refNAT) Err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

// Log tells of packets that could not be sent.
func (n *refNAT) Log() string { return n.log.String() }

// Close stops forwarding. The kernel stays aside: a NAT that has ended must
// not turn into a router that translates nothing.
func (n *refNAT) Close() error {
	n.stop()
	n.done.Wait()
	return n.closeWires()
}

func (n *refNAT) closeWires() error {
	var errs []error
	for _, w := range n.wires {
		if w != nil {
			errs = append(errs, w.Close())
		}
	}
	return errors.Join(errs...)
}
