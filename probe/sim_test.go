package probe_test

import (
	"container/heap"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// The addresses of the simulated network, and of NATs on real wires.
var (
	hostAddr = netip.MustParseAddr("10.0.0.2")
	a1       = netip.MustParseAddrPort("203.0.113.1:3478")
	a2       = netip.MustParseAddrPort("192.0.2.2:3479")
	b1       = netip.MustParseAddrPort("203.0.113.51:3478")
	b2       = netip.MustParseAddrPort("192.0.2.52:3479")
	outside  = []netip.Addr{
		netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2"), netip.MustParseAddr("198.51.100.3"),
	}
	between = []netip.Addr{netip.MustParseAddr("100.64.0.2")}
	// otherAddrs are the servers' other addresses, the last one of the labs'.
	otherAddrs = []netip.Addr{a2.Addr(), b2.Addr(), netip.MustParseAddr("203.0.113.12")}
)

// A sim is a network in virtual time: one host, NATs, and servers. It is the
// host's Transport.
type sim struct {
	sky
	now     time.Time
	nats    chain
	servers map[netip.AddrPort]*simServer
	events  events
	order   int
	inbox   []probe.Arrival
	sockets map[uint16]int
	packets int // that the host has sent
}

// sample returns how many of n simulated runs to make, the first ones of the same seeds:
// all, or with -short a fifth. A simulation has one goroutine, so the race detector learns
// nothing from more of them, and makes each cost ten times as much. "make test-all" makes all.
func sample(n int) int {
	if testing.Short() {
		return n / 5
	}
	return n
}

func newSim(t testing.TB, seed uint64, w weather, servers []*simServer, nats ...refnat.Behaviour) *sim {
	s := &sim{
		sky: newSky(w, seed), now: time.Unix(1e9, 0),
		servers: map[netip.AddrPort]*simServer{}, sockets: map[uint16]int{},
	}
	for _, server := range servers {
		for _, e := range server.endpoints() {
			s.servers[e] = server
		}
	}
	external := outside
	if len(nats) > 0 && nats[len(nats)-1].Pooling == refnat.Paired {
		external = outside[:1]
	}
	var err error
	if s.nats, err = newChain(seed, external, nats...); err != nil {
		t.Fatal(err)
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
		if !s.lostAtHome() {
			s.outward(udpPacket(local, to, payload))
		}
	}}, nil
}

// outward takes a packet of the host on its way.
func (s *sim) outward(packet []byte) {
	for _, p := range s.nats.outward(packet, s.now) {
		if p.Side == refnat.Inside {
			s.arrive(p.Data)
			continue
		}
		src, dst, payload := readUDP(p.Data)
		if server := s.servers[dst]; server != nil {
			s.cross(0, dst.Addr(), func() { server.receive(s, src, dst, payload) })
		}
	}
}

// arrive takes a packet from the NAT to the host.
func (s *sim) arrive(packet []byte) {
	src, dst, payload := readUDP(packet)
	if id, ok := s.sockets[dst.Port()]; ok && dst.Addr() == hostAddr && !s.lostAtHome() {
		s.inbox = append(s.inbox, probe.Arrival{Socket: id, From: src, Payload: payload, At: s.now})
	}
}

// reply sends a server's packet back.
func (s *sim) reply(from, to netip.AddrPort, payload []byte) {
	packet := udpPacket(from, to, payload)
	s.cross(1, from.Addr(), func() {
		for _, p := range s.nats.inward(packet, s.now) {
			s.arrive(p.Data)
		}
	})
}

// cross takes a packet over the Internet, to or from a server's address.
func (s *sim) cross(way int, server netip.Addr, arrive func()) {
	for _, delay := range s.crossing(way, server) {
		s.after(delay, arrive)
	}
}

func (s *sim) after(delay time.Duration, do func()) {
	s.order++
	heap.Push(&s.events, event{s.now.Add(delay), s.order, do})
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
