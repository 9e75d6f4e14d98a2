package lab

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/packet"
	"github.com/natproof/natproof/topology/refnat"
)

// memory is a world in which the reference NAT's table is the whole network
// and time passes only when it is told to.
type memory struct {
	driver nat.InMemory
	setup  Setup
	site   nat.Site
	table  nat.Table
	time   time.Time
	pipes  map[string]*topology.Pipe
	taped  []record
}

func newMemory(driver nat.InMemory, setup Setup) (world, error) {
	site := setup.site()
	table, err := driver.Table(site, setup.Policy)
	if err != nil {
		return nil, err
	}
	return &memory{
		driver: driver, setup: setup, site: site, table: table,
		time: time.Unix(1<<30, 0).UTC(), pipes: map[string]*topology.Pipe{},
	}, nil
}

func (m *memory) port(node string) (topology.Port, error) {
	inside := named(node).inside
	pipe := topology.NewPipe(m.now, func(packet []byte) error {
		m.carry(packet, node)
		return nil
	})
	for _, p := range places {
		if p.node != node {
			continue
		}
		if err := pipe.Attach(p.addr(m.setup.family(inside))); err != nil {
			return nil, err
		}
	}
	m.pipes[node] = pipe
	return pipe, nil
}

func (m *memory) machine(string) (*topology.Node, error) {
	return nil, errors.New("in memory there is no host with a stack")
}

// carry brings a packet from a host's node to where it goes: to its neighbour, or
// through the NAT.
func (m *memory) carry(data []byte, node string) {
	inside := named(node).inside
	destination, ok := packet.Destination(data)
	if !ok {
		return
	}
	if inside == isInside(destination) && !owned(destination) {
		m.deliver(data, inside)
		return
	}
	m.tape(data, inside, false)
	through := m.table.Inbound
	switch {
	case inside && node == secondNode && m.site.Second != "":
		through = m.table.OutboundBySecond
	case inside:
		through = m.table.Outbound
	}
	m.emit(through(data, m.time))
}

// emit brings what the NAT sends to its hosts.
func (m *memory) emit(packets []refnat.Packet) {
	for _, out := range packets {
		m.tape(out.Data, out.Side == refnat.Inside, true)
		m.deliver(out.Data, out.Side == refnat.Inside)
	}
}

func (m *memory) deliver(data []byte, inside bool) {
	destination, _ := packet.Destination(data)
	if p, ok := placeOn(inside, destination); ok && m.pipes[p.node] != nil {
		m.pipes[p.node].Deliver(data)
	}
}

func (m *memory) tape(data []byte, inside, outgoing bool) {
	m.taped = append(m.taped, record{wall: time.Now(), lab: m.time, inside: inside, outgoing: outgoing, data: data})
}

// advance steps through every instant at which the NAT has something to do by
// itself, so that it does it at its time and not at the end.
func (m *memory) advance(ctx context.Context, d time.Duration) error {
	end := m.time.Add(d)
	for {
		next, ok := m.table.Next()
		if !ok || next.After(end) {
			m.time = end
			return ctx.Err()
		}
		if next.After(m.time) {
			m.time = next
		}
		m.emit(m.table.Tick(m.time))
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (m *memory) pause(ctx context.Context, d time.Duration) error { return m.advance(ctx, d) }

func (m *memory) outsideMAC() (net.HardwareAddr, error) {
	return nil, errors.New("in memory there is no link")
}

func (m *memory) insideNow() ([]netip.Prefix, error) { return m.site.Inside.Prefixes, nil }

func (m *memory) changes() bool { return true }

func (m *memory) change(_ context.Context, to renumbering, policy Policy) error {
	m.site = to.of(m.site)
	if to.inside != nil {
		for _, p := range places {
			if pipe := m.pipes[p.node]; p.inside && pipe != nil {
				if err := pipe.Attach(p.addr(OtherIPv4)); err != nil {
					return err
				}
			}
		}
	}
	return m.driver.Change(m.table, m.site, policy)
}

// patience is never used up: in memory nothing is under way, and a Pipe says so.
func (m *memory) patience() (time.Duration, time.Duration) { return time.Second, time.Second }

func (m *memory) natErr(time.Duration) error { return m.table.Err() }

// entries are not asked for, since the specs that do so need hosts with stacks.
func (m *memory) entries(context.Context) (int, bool) { return 0, false }

func (m *memory) records() []record { return m.taped }
func (m *memory) lost() int         { return 0 }
func (m *memory) keepUp()           {}
func (m *memory) now() time.Time    { return m.time }
func (m *memory) clock() nat.Clock  { return nat.Virtual }
func (m *memory) natLog() string    { return "" }

// close lets go of the packets: the spec's container keeps its last lab to the end.
func (m *memory) close() error {
	m.table, m.pipes, m.taped = nil, nil, nil
	return nil
}
