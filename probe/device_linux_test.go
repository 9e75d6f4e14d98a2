package probe_test

import (
	"container/heap"
	"context"
	"errors"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/stun"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/refnat"
)

// A device is the lab's router in user space, and the Internet behind it:
// reference NATs in a row between two wires, then a line with a weather, out of
// which packets come late, twice, in another order or not at all.
type device struct {
	lab   *lab
	wires [2]*topology.Wire // by side
	wake  chan struct{}     // something has been put on the line

	mu   sync.Mutex // held while a packet is handled, so that order is kept
	nats chain
	sky  sky
	line events
	// order counts what was ever put on the line.
	order int
	lost  error // the last packet that could not be sent
}

// newDevice makes a lab with a device for its router and a server outside. It
// drops everything until it is told what to be.
func newDevice(t *testing.T) *device {
	t.Helper()
	l := newLab(t)
	l.deafen()
	d := &device{lab: l, wake: make(chan struct{}, 1)}
	for side, iface := range map[refnat.Side]string{refnat.Inside: "inside", refnat.Outside: "outside"} {
		wire, err := l.router.OpenWire(iface)
		check(t, err)
		t.Cleanup(func() { check(t, wire.Close()) })
		d.wires[side] = wire
	}
	check(t, d.become(weather{}, 0, refnat.Behaviour{BlockUDP: true}))
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(stop)
	for side := range d.wires {
		running.Go(func() { d.forward(ctx, refnat.Side(side)) })
	}
	running.Go(func() { d.deliver(ctx) })
	var server *stun.Server
	check(t, l.out.Do(func() (err error) {
		// It tries its ports by opening and closing them. A program that another
		// test starts at that moment would keep them open until it runs.
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		server, err = listen([]string{"203.0.113.11", "203.0.113.12"})
		return err
	}))
	running.Go(func() {
		if err := server.Serve(ctx); err != nil {
			t.Error(err)
		}
	})
	return d
}

// deafen has the router's kernel drop all IPv4, which the wires see before.
func (l *lab) deafen() {
	l.t.Helper()
	r := l.rules()
	r.add(r.chain(nftables.ChainTypeFilter, nftables.ChainHookPrerouting, nftables.ChainPriorityFirst),
		is(expr.MetaKeyNFPROTO, []byte{unix.NFPROTO_IPV4}), drop())
	check(l.t, r.conn.Flush())
}

// become makes the device another one, with nothing under way and several
// external addresses.
func (d *device) become(w weather, seed uint64, nats ...refnat.Behaviour) error {
	fresh, err := newChain(seed, outside, nats...)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.nats, d.sky, d.line = fresh, newSky(w, seed), nil
	return errors.Join(err, d.lost)
}

// forward takes what arrives on one side, until the device ends.
func (d *device) forward(ctx context.Context, from refnat.Side) {
	for {
		packet, err := d.wires[from].Receive(ctx)
		if err != nil {
			return
		}
		d.mu.Lock()
		if from == refnat.Outside {
			d.cross(ctx, 1, packet.Data)
		} else if !d.sky.lostAtHome() {
			d.leave(ctx, d.nats.outward(packet.Data, time.Now()))
		}
		d.mu.Unlock()
	}
}

// leave sends what the NATs let out to the host, and to the line.
func (d *device) leave(ctx context.Context, packets []refnat.Packet) {
	for _, p := range packets {
		if p.Side == refnat.Outside {
			d.cross(ctx, 0, p.Data)
		} else if !d.sky.lostAtHome() {
			d.send(ctx, refnat.Inside, p.Data)
		}
	}
}

// cross puts an IPv4 packet on the line, from the NATs or, the other way, to them.
func (d *device) cross(ctx context.Context, way int, packet []byte) {
	server := packet[16:20] // the destination
	if way == 1 {
		server = packet[12:16]
	}
	for _, delay := range d.sky.crossing(way, netip.AddrFrom4([4]byte(server))) {
		d.order++
		heap.Push(&d.line, event{time.Now().Add(delay), d.order, func() {
			if way == 0 {
				d.send(ctx, refnat.Outside, packet)
			} else {
				d.leave(ctx, d.nats.inward(packet, time.Now()))
			}
		}})
	}
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func (d *device) send(ctx context.Context, to refnat.Side, packet []byte) {
	if err := d.wires[to].Send(ctx, packet); err != nil && ctx.Err() == nil {
		d.lost = err
	}
}

// deliver lets packets off the line at their time, until the device ends.
func (d *device) deliver(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-d.settle():
		}
	}
}

// settle lets off what is due, and returns when to come again.
func (d *device) settle() <-chan time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.line) > 0 {
		if wait := time.Until(d.line[0].at); wait > 0 {
			return time.After(wait)
		}
		heap.Pop(&d.line).(event).do()
	}
	return nil
}

// measure measures UDP on the host, with its sockets and in this process.
func (d *device) measure(ctx context.Context) (r *probe.Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	deadline, _ := ctx.Deadline()
	err = d.lab.host.Do(func() (err error) {
		sockets := probe.Sockets(ctx)
		r, err = probe.UDP(sockets, []probe.Server{{Endpoint: netip.MustParseAddrPort(theServer)}}, deadline)
		return errors.Join(err, sockets.Close())
	})
	return r, err
}
