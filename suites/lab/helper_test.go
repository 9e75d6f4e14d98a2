package lab

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/packet"
)

// lossy is the world in memory with a wire that loses what lose says.
type lossy struct {
	*memory
	lose func(p packet.Packet, inside bool) bool
}

func (w *lossy) port(node string) (topology.Port, error) {
	inside := named(node).inside
	port, err := w.memory.port(node)
	if err != nil {
		return nil, err
	}
	return &losingPort{port, func(data []byte) bool {
		p, err := packet.Parse(data)
		return err == nil && w.lose(p, inside)
	}}, nil
}

type losingPort struct {
	topology.Port
	lose func(data []byte) bool
}

func (p *losingPort) Send(ctx context.Context, data []byte) error {
	if p.lose(data) {
		return nil
	}
	return p.Port.Send(ctx, data)
}

// newTestLab returns a lab of a spec that Ginkgo does not run, around a NAT in
// memory, and on a wire that loses what lose says.
func newTestLab(t testing.TB, natName string, setup Setup, lose func(p packet.Packet, inside bool) bool) *Lab {
	t.Helper()
	driver, err := nat.Lookup(natName)
	if err != nil {
		t.Fatal(err)
	}
	world, err := newMemory(driver.(nat.InMemory), setup)
	if err != nil {
		t.Fatal(err)
	}
	l := &Lab{
		External: setup.external(), setup: setup, hosts: map[string]*host{},
		world: &lossy{world.(*memory), lose}, began: time.Now(), loss: &lossCount{},
		fail: func(message string, _ ...int) { panic(failure(message)) },
	}
	for _, n := range nodes() {
		port, err := l.world.port(n.node)
		if err != nil {
			t.Fatal(err)
		}
		l.hosts[n.node] = newHost(port, l.follow)
	}
	return l
}

// A failure is how a spec of a test lab ends.
type failure string

// ending runs a spec and returns how it ended: empty when nothing failed.
func ending(spec func()) (message string) {
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			message = fmt.Sprint(string(f))
		}
	}()
	spec()
	return ""
}

func nothing(packet.Packet, bool) bool { return false }

func isControl(p packet.Packet) bool { return (Arrival{Packet: p}).control() }
