package probe_test

import (
	"container/heap"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// The addresses of the simulated network. The inner NAT of two is the host's own,
// the outer one a carrier's.
var (
	hostAddr = netip.MustParseAddr("10.0.0.2")
	a1       = netip.MustParseAddrPort("203.0.113.1:3478")
	a2       = netip.MustParseAddrPort("192.0.2.2:3479")
	b1       = netip.MustParseAddrPort("203.0.113.51:3478")
	b2       = netip.MustParseAddrPort("192.0.2.52:3479")
	outside  = []netip.Addr{netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2"), netip.MustParseAddr("198.51.100.3")}
	between  = []netip.Addr{netip.MustParseAddr("100.64.0.2")}
)

// A weather is what happens to packets between the NAT and the servers, each way.
type weather struct {
	rtt, jitter time.Duration
	loss        float64
	// burst is how many packets in a row a loss takes with it, on average;
	// zero means that losses are independent.
	burst     float64
	duplicate float64
	// farLoss comes on top of it for the servers' other addresses.
	farLoss float64
	// lanLoss is the loss between the host and its NAT.
	lanLoss float64
}

// A sim is a network in virtual time: one host, NATs, and servers. It is the
// host's Transport.
type sim struct {
	now     time.Time
	rng     *rand.Rand
	weather weather
	nats    []*refnat.Table // from the host outward
	servers map[netip.AddrPort]*simServer
	events  events
	order   int
	inbox   []probe.Arrival
	sockets map[uint16]int
	fading  [2]bool // each way: in a burst of loss
	packets int     // that the host has sent
}

func newSim(t testing.TB, seed uint64, w weather, servers []*simServer, nats ...refnat.Behaviour) *sim {
	s := &sim{
		now: time.Unix(1e9, 0), rng: rand.New(rand.NewPCG(seed, 1)), weather: w,
		servers: map[netip.AddrPort]*simServer{}, sockets: map[uint16]int{},
	}
	for _, server := range servers {
		for _, e := range server.endpoints() {
			s.servers[e] = server
		}
	}
	for i, b := range nats {
		cfg := refnat.Config{
			Inside: netip.MustParsePrefix("10.0.0.0/24"), InsideAddr: netip.MustParseAddr("10.0.0.1"),
			External: outside, Behaviour: b, Seed: seed,
		}
		if b.Pooling == refnat.Paired {
			cfg.External = outside[:1]
		}
		if i > 0 {
			cfg.Inside, cfg.InsideAddr = netip.MustParsePrefix("100.64.0.0/24"), netip.MustParseAddr("100.64.0.1")
		} else if len(nats) > 1 {
			cfg.External = between
		}
		table, err := refnat.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		s.nats = append(s.nats, table)
	}
	return s
}

func (s *sim) Now() time.Time { return s.now }
func (s *sim) Close() error   { return nil }

func (s *sim) Open(_ netip.Addr, port uint16) (probe.Socket, error) {
	if port == 0 {
		port = 40000 + uint16(s.rng.IntN(20000))
	}
	for _, taken := s.sockets[port]; taken; _, taken = s.sockets[port] {
		port++
	}
	id := len(s.sockets)
	s.sockets[port] = id
	local := netip.AddrPortFrom(hostAddr, port)
	return probe.Socket{ID: id, Local: local, Send: func(to netip.AddrPort, payload []byte) {
		s.packets++
		if s.rng.Float64() < s.weather.lanLoss {
			return
		}
		s.outward(0, udpPacket(local, to, payload))
	}}, nil
}

// outward takes a packet on its way through the NATs, the i-th next.
func (s *sim) outward(i int, packet []byte) {
	if i == len(s.nats) {
		src, dst, payload := readUDP(packet)
		if server := s.servers[dst]; server != nil {
			s.cross(0, dst.Addr(), func() { server.receive(s, src, dst, payload) })
		}
		return
	}
	for _, p := range s.nats[i].Outbound(packet, s.now) {
		if p.Side == refnat.Outside {
			s.outward(i+1, p.Data)
		} else {
			s.inward(i, p.Data) // a hairpin
		}
	}
}

// inward takes a packet on its way to the host, the i-th NAT just passed.
func (s *sim) inward(i int, packet []byte) {
	if i > 0 {
		for _, p := range s.nats[i-1].Inbound(packet, s.now) {
			if p.Side == refnat.Inside {
				s.inward(i-1, p.Data)
			}
		}
		return
	}
	src, dst, payload := readUDP(packet)
	if id, ok := s.sockets[dst.Port()]; ok && dst.Addr() == hostAddr && s.rng.Float64() >= s.weather.lanLoss {
		s.inbox = append(s.inbox, probe.Arrival{Socket: id, From: src, Payload: payload, At: s.now})
	}
}

// reply sends a server's packet back.
func (s *sim) reply(from, to netip.AddrPort, payload []byte) {
	packet := udpPacket(from, to, payload)
	s.cross(1, from.Addr(), func() { s.inward(len(s.nats), packet) })
}

// cross takes a packet over the Internet, to or from a server's address.
func (s *sim) cross(way int, far netip.Addr, arrive func()) {
	w := s.weather
	if s.lost(way) || (far == a2.Addr() || far == b2.Addr()) && s.rng.Float64() < w.farLoss {
		return
	}
	copies := 1
	if s.rng.Float64() < w.duplicate {
		copies = 2
	}
	for range copies {
		delay := w.rtt / 2
		if w.jitter > 0 {
			delay += time.Duration(s.rng.Int64N(int64(w.jitter)))
		}
		s.order++
		heap.Push(&s.events, event{s.now.Add(delay), s.order, arrive})
	}
}

// lost decides a packet's fate: on its own, or by a chain of two states that has
// the same share of losses in bursts of the given mean.
func (s *sim) lost(way int) bool {
	w := s.weather
	if w.loss == 0 || w.burst == 0 {
		return s.rng.Float64() < w.loss
	}
	end := 1 / w.burst
	begin := end * w.loss / (1 - w.loss)
	if s.fading[way] {
		s.fading[way] = s.rng.Float64() >= end
	} else {
		s.fading[way] = s.rng.Float64() < begin
	}
	return s.fading[way]
}

// Receive lets virtual time pass until a packet arrives.
func (s *sim) Receive(until time.Time) (probe.Arrival, bool) {
	for len(s.inbox) == 0 {
		if len(s.events) == 0 || s.events[0].at.After(until) {
			if until.After(s.now) {
				s.now = until
			}
			return probe.Arrival{}, false
		}
		e := heap.Pop(&s.events).(event)
		s.now = e.at
		e.do()
	}
	a := s.inbox[0]
	s.inbox = s.inbox[1:]
	return a, true
}

// An event is something that happens at a time; order keeps those of one time in
// the order in which they were caused.
type event struct {
	at    time.Time
	order int
	do    func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}

// udpPacket makes an IPv4 packet without a UDP checksum, which IPv4 permits.
func udpPacket(src, dst netip.AddrPort, payload []byte) []byte {
	p := make([]byte, 28+len(payload))
	p[0], p[8], p[9] = 0x45, 64, 17
	binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
	copy(p[12:], src.Addr().AsSlice())
	copy(p[16:], dst.Addr().AsSlice())
	sum := uint32(0)
	for i := 0; i < 20; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(p[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(p[10:], ^uint16(sum))
	binary.BigEndian.PutUint16(p[20:], src.Port())
	binary.BigEndian.PutUint16(p[22:], dst.Port())
	binary.BigEndian.PutUint16(p[24:], uint16(8+len(payload)))
	copy(p[28:], payload)
	return p
}

func readUDP(p []byte) (src, dst netip.AddrPort, payload []byte) {
	at := func(addr, port int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(p[addr:])), binary.BigEndian.Uint16(p[port:]))
	}
	return at(12, 20), at(16, 22), p[28:]
}
