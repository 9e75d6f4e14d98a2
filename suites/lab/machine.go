package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology"
)

// A Machine is a host of a lab with the stack of a kernel, and programs on it that use
// sockets. Every call that they make is a step of the spec.
type Machine struct {
	lab    *Lab
	place  place
	node   *topology.Node
	serial int // of the sockets so far
	// open are what has to be closed with the lab, and serving the servers that end then.
	mu      sync.Mutex
	open    []func() error
	off     bool
	serving sync.WaitGroup
}

// Machine returns the host of that name, such as "X" or "Y1". The setup has to ask for
// Sockets.
func (l *Lab) Machine(name string) *Machine {
	ginkgo.GinkgoHelper()
	p, ok := placeNamed(name)
	if !ok || !l.setup.Sockets {
		l.breaks("spec", fmt.Errorf("there is no host %q with sockets", name))
	}
	return l.machineAt(p)
}

// NAT returns the NAT's own node with its outside address, for programs that the NAT
// shares it with. The policy has to ask for such programs (OwnPort), and the setup for
// Sockets.
func (l *Lab) NAT() *Machine {
	ginkgo.GinkgoHelper()
	if l.setup.Policy.OwnPort == 0 || !l.setup.Sockets {
		l.breaks("spec", errors.New("the NAT has no programs of its own"))
	}
	return l.machineAt(place{name: natLane, addrs: external[0], node: natLane})
}

func (l *Lab) machineAt(p place) *Machine {
	if l.machines == nil {
		l.machines = map[string]*Machine{}
	}
	if l.machines[p.name] == nil {
		node, err := l.world.machine(p.node)
		if err != nil {
			l.breaks("host "+p.name, err)
		}
		// The descriptors of a program begin behind its standard streams.
		l.machines[p.name] = &Machine{lab: l, place: p, node: node, serial: 2}
	}
	return l.machines[p.name]
}

// At returns the endpoint of a port of the machine.
func (m *Machine) At(port uint16) netip.AddrPort { return netip.AddrPortFrom(m.Addr(), port) }

// Addr returns the machine's own address.
func (m *Machine) Addr() netip.Addr { return m.lab.addr(m.place) }

func (m *Machine) String() string { return m.place.name }

// Sysctl sets a parameter of the machine's kernel.
func (m *Machine) Sysctl(key, value string) {
	ginkgo.GinkgoHelper()
	m.lab.calls.now("%s: sysctl(%s, %s)", m, key, value)
	if err := m.node.Sysctl(key, value); err != nil {
		m.lab.breaks("host "+m.String(), err)
	}
}

// keep has the lab close something of the machine's at its end.
func (m *Machine) keep(end func() error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.off {
		_ = end() // a connection that was accepted at the very end
		return
	}
	m.open = append(m.open, end)
}

// turnOff closes what the programs have left open, in the order opposite to theirs, and
// waits for the servers.
func (l *Lab) turnOff() error {
	var errs []error
	for _, m := range l.machines {
		m.mu.Lock()
		ends := m.open
		m.open, m.off = nil, true
		m.mu.Unlock()
		for i := range ends {
			errs = append(errs, ends[len(ends)-1-i]())
		}
	}
	for _, m := range l.machines {
		m.serving.Wait()
	}
	return errors.Join(errs...)
}

// calls are those that the programs of a lab have made, in words.
type calls struct {
	mu    sync.Mutex
	made  []mark
	muted bool
}

// mute has calls not noted, where there are too many of them.
func (c *calls) mute(muted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.muted = muted
}

// now notes a call at this instant.
func (c *calls) now(format string, args ...any) { c.at(time.Now(), format, args...) }

// at notes a call that stands at a time.
func (c *calls) at(wall time.Time, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.muted {
		c.made = append(c.made, mark{wall, fmt.Sprintf(format, args...)})
	}
}

// done returns the calls so far.
func (c *calls) done() []mark {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]mark(nil), c.made...)
}

// Control exchanges datagrams between two machines, one on each side, by sockets of its
// own. Where they do not hear each other, the spec is inconclusive.
func (l *Lab) Control(ctx context.Context, in, out *Machine) {
	ginkgo.GinkgoHelper()
	l.calls.now(controlStep+"%s and %s are to hear each other through the NAT", in, out)
	inside, outside := in.aside(), out.aside()
	defer inside.Close()
	defer outside.Close()
	patience, _ := l.world.patience()
	there := func(from *Socket, to netip.AddrPort, at *Socket) (Returned, bool) {
		ginkgo.GinkgoHelper()
		for try := range tries {
			_ = from.sys.sendTo(ctx, fmt.Appendf(nil, controlPrefix+"%d", l.next()), to)
			got := at.receive(ctx, patience>>(2*(tries-1-try)))
			if got.Worked() {
				l.loss.arrived(1, try)
				return got, true
			}
			l.alive()
		}
		return Returned{}, false
	}
	first, ok := there(inside, out.At(outside.Local().Port()), outside)
	if ok {
		l.translated(first.From)
		_, ok = there(outside, first.From, inside)
	}
	if !ok {
		l.doubt.controls, l.doubt.vain = l.doubt.controls+1, true
		l.Inconclusive(fmt.Sprintf("control: %s and %s do not hear each other through the NAT", in, out))
	}
}
