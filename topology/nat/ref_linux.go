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
	"github.com/natproof/natproof/topology/packet"
	"github.com/natproof/natproof/topology/refnat"
)

// A refNAT is a reference NAT between two wires.
type refNAT struct {
	wires [2]*topology.Wire // by side
	// second is the wire of the second inside interface, nil if there is none.
	second *topology.Wire
	log    tail
	stop   context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex // held while a packet is translated and sent, so that order is kept
	table  *refnat.Table
	driver *ref
	ahead  time.Duration // by which the table's clock is ahead of the real one
	// planned is when tick expects the table to do something by itself; zero:
	// never. earlier tells tick that it has become earlier.
	planned time.Time
	earlier chan struct{}
	err     error
	ended   chan struct{} // closed with err
}

// Prepare has nothing to do.
func (d *ref) Prepare(context.Context) (Starter, error) { return immediate{d.start}, nil }

// start puts the table between the site's interfaces, and the kernel aside.
func (d *ref) start(ctx context.Context, site Site, policy Policy) (NAT, error) {
	config, err := d.config(site, policy)
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
	n := &refNAT{table: table, driver: d, ended: make(chan struct{}), earlier: make(chan struct{}, 1)}
	for wire, iface := range map[**topology.Wire]string{
		&n.wires[refnat.Inside]: site.Inside.Name, &n.wires[refnat.Outside]: site.Outside.Name, &n.second: site.Second,
	} {
		if iface == "" {
			continue
		}
		if *wire, err = site.Node.OpenWire(iface); err != nil {
			return nil, errors.Join(fmt.Errorf("nat: reference NAT: %w", err), n.closeWires())
		}
	}
	n.answer(site, policy)
	ctx, n.stop = context.WithCancel(context.WithoutCancel(ctx))
	n.done.Go(func() { n.forward(ctx, n.wires[refnat.Inside], n.table.Outbound) })
	n.done.Go(func() { n.forward(ctx, n.wires[refnat.Outside], n.table.Inbound) })
	if n.second != nil {
		n.done.Go(func() { n.forward(ctx, n.second, n.table.OutboundBySecond) })
	}
	n.done.Go(func() { n.tick(ctx) })
	return n, nil
}

func (d *ref) config(site Site, policy Policy) (refnat.Config, error) {
	config, err := ReferenceConfig(site, policy, d.faults)
	return d.losing.of(config), err
}

// Change makes policy the table's, between two packets.
func (n *refNAT) Change(_ context.Context, site Site, policy Policy) error {
	if err := policy.Check(site); err != nil {
		return err
	}
	config, err := n.driver.config(site, policy)
	if err == nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		if err = n.table.Change(config); err == nil {
			n.answer(site, policy)
		}
		n.plan()
	}
	if err != nil {
		return fmt.Errorf("nat: reference NAT: %w", err)
	}
	return nil
}

// answer has the outside wire answer ARP for what a policy asks for.
func (n *refNAT) answer(site Site, policy Policy) {
	n.wires[refnat.Outside].Answer(n.driver.faults.Answered(policy.answered(site)))
}

// Entries counts the table's mappings.
func (n *refNAT) Entries(context.Context) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.table.Mappings(), nil
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
	for _, iface := range []string{site.Inside.Name, site.Outside.Name, site.Second} {
		if iface == "" {
			continue
		}
		r.rule(prerouting, iif(iface), verdict(expr.VerdictDrop))
	}
	return errors.Join(r.add(conn), conn.Flush())
}

// A handler is the table's treatment of what arrives by one of the wires.
type handler func(data []byte, now time.Time) []refnat.Packet

// forward translates what arrives by a wire, until the NAT is closed.
func (n *refNAT) forward(ctx context.Context, from *topology.Wire, handle handler) {
	for {
		packet, err := from.Receive(ctx)
		if err != nil {
			n.fail(ctx, err)
			return
		}
		n.translate(ctx, handle, packet.Data)
	}
}

func (n *refNAT) translate(ctx context.Context, handle handler, data []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.send(ctx, handle(data, time.Now().Add(n.ahead)))
	if err := n.table.Err(); err != nil {
		n.end(err)
	}
	n.plan()
}

// send puts on the wires what the table lets out. The caller holds the lock.
func (n *refNAT) send(ctx context.Context, packets []refnat.Packet) {
	for _, out := range packets {
		// A packet that cannot be sent is lost, as on any router.
		if err := n.toward(out).Send(ctx, out.Data); err != nil {
			_, _ = fmt.Fprintln(&n.log, err)
		}
	}
}

// toward returns the wire that a packet leaves by. Which of two inside interfaces leads to
// a host is for the node's routes to say.
func (n *refNAT) toward(out refnat.Packet) *topology.Wire {
	if n.second != nil && out.Side == refnat.Inside {
		if dst, ok := packet.Destination(out.Data); ok && n.second.Leads(dst) {
			return n.second
		}
	}
	return n.wires[out.Side]
}

// plan tells tick when the table next does something by itself, if that has
// become earlier. The caller holds the lock.
func (n *refNAT) plan() {
	next, ok := n.table.Next()
	if !ok || !n.planned.IsZero() && !next.Before(n.planned) {
		return
	}
	n.planned = next
	select {
	case n.earlier <- struct{}{}:
	default: // tick has not taken notice of the last one yet
	}
}

// tick lets the table do what it does by itself, until the NAT is closed.
func (n *refNAT) tick(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-n.earlier:
		}
		n.mu.Lock()
		now := time.Now().Add(n.ahead)
		n.send(ctx, n.table.Tick(now))
		n.planned = time.Time{}
		if next, ok := n.table.Next(); ok {
			n.planned = next
			timer.Reset(next.Sub(now))
		}
		n.mu.Unlock()
	}
}

func (n *refNAT) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.end(err)
}

// end notes why the NAT has stopped. The caller holds the lock.
func (n *refNAT) end(err error) {
	if n.err == nil {
		n.err = fmt.Errorf("nat: reference NAT: %w", err)
		close(n.ended)
	}
}

// Age sets the table's clock ahead, and lets the table do on the way what it does
// by itself.
func (n *refNAT) Age(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ahead += max(d, 0)
	n.send(ctx, n.table.Tick(time.Now().Add(n.ahead)))
	n.planned = time.Time{} // tick's timer knows nothing of the clock's jump
	n.plan()
	return nil
}

// Clock says that ageing moves the NAT's own clock.
func (n *refNAT) Clock() Clock { return Shifted }

// Done is closed when an interface has failed, or the table has ended.
func (n *refNAT) Done() <-chan struct{} { return n.ended }

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
	for _, w := range append(n.wires[:], n.second) {
		if w != nil {
			errs = append(errs, w.Close())
		}
	}
	return errors.Join(errs...)
}
