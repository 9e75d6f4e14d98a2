package suites

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/refnat"
)

// memory is a world in which the reference NAT's table is the whole network
// and time passes only when it is told to.
type memory struct {
	table *refnat.Table
	time  time.Time
	pipes map[string]*topology.Pipe
	taped []record
}

func newMemory(setup Setup, faults refnat.Faults) (world, error) {
	config, err := nat.ReferenceConfig(siteOf(setup), setup.Policy, faults)
	if err != nil {
		return nil, err
	}
	table, err := refnat.New(config)
	if err != nil {
		return nil, err
	}
	return &memory{table: table, time: time.Unix(1<<30, 0).UTC(), pipes: map[string]*topology.Pipe{}}, nil
}

func (m *memory) open(node string) (topology.Port, error) {
	inside := true
	for _, p := range places {
		if p.node == node {
			inside = p.inside
		}
	}
	pipe := topology.NewPipe(m.now, func(packet []byte) error {
		m.carry(packet, inside)
		return nil
	})
	m.pipes[node] = pipe
	return pipe, nil
}

// carry brings a packet from a host to where it goes: to its neighbour, or
// through the NAT.
func (m *memory) carry(packet []byte, inside bool) {
	destination, ok := netip.AddrFromSlice(packet[16:20])
	if !ok {
		return
	}
	if inside == insidePrefix.Contains(destination) && destination != natInside && !slices.Contains(external, destination) {
		m.deliver(packet, destination)
		return
	}
	m.tape(packet, inside, false)
	through := m.table.Inbound
	if inside {
		through = m.table.Outbound
	}
	for _, out := range through(packet, m.time) {
		m.tape(out.Data, out.Side == refnat.Inside, true)
		if destination, ok := netip.AddrFromSlice(out.Data[16:20]); ok {
			m.deliver(out.Data, destination)
		}
	}
}

func (m *memory) deliver(packet []byte, destination netip.Addr) {
	if p, ok := placeAt(destination); ok && m.pipes[p.node] != nil {
		m.pipes[p.node].Deliver(packet)
	}
}

func (m *memory) tape(packet []byte, inside, outgoing bool) {
	m.taped = append(m.taped, record{wall: time.Now(), lab: m.time, inside: inside, outgoing: outgoing, data: packet})
}

func (m *memory) advance(ctx context.Context, d time.Duration) error {
	m.time = m.time.Add(d)
	return ctx.Err()
}

// patience is never used up: in memory nothing is under way, and a Pipe says so.
func (m *memory) patience() (time.Duration, time.Duration) { return time.Second, time.Second }

func (m *memory) records() []record { return m.taped }
func (m *memory) lost() int         { return 0 }
func (m *memory) now() time.Time    { return m.time }
func (m *memory) clock() string     { return clockVirtual }
func (m *memory) natErr() error     { return nil }
func (m *memory) natLog() string    { return "" }
func (m *memory) close() error      { return nil }
