package refnat

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// The IDs of IPv4 packets that may be fragmented. To whoever puts fragments together a
// NAT is the source of all that it translates, and several hosts seem to be one. So it
// answers for it that no ID is used twice for one source, destination and protocol in the
// time that a fragment may be on its way (RFC 7857, Section 10; RFC 6864, Section 5.3.1).
// An ID that is not used yet stays as it is: then a host that numbers its packets goes on
// doing so, and whoever compares both sides of the NAT finds them.

// datagramLife is how long a fragment may be on its way, RFC 791, Section 3.1, in the
// reading of RFC 6864, Section 1.
const datagramLife = 2 * time.Minute

// A path is what an ID has to be unique among. Its addresses are numbers, which a map finds
// in a fraction of the time.
type path struct {
	src, dst uint32
	protocol packet.Protocol
}

func pathOf(src, dst netip.Addr, p packet.Protocol) path {
	return path{numberOf(src), numberOf(dst), p}
}

// A counted is one of a path, by a number: one of its shelves, which are 64 IDs that lie
// together, or one of its packets, by the ID.
type counted struct {
	src, dst         uint32
	protocol, number uint16
}

func (p path) counted(number uint16) counted {
	return counted{p.src, p.dst, uint16(p.protocol), number}
}

// mostShelves bounds what a flood to many addresses can fill: it makes the NAT forget
// sooner, and costs no more memory.
const mostShelves = 1 << 16

// A season is what was used in one life of a datagram, and what the IDs had been that were
// replaced.
type season struct {
	used map[counted]uint64 // by shelf
	was  map[counted]uint16 // by packet
}

func newSeason() season { return season{map[counted]uint64{}, map[counted]uint16{}} }

// identities are the IDs that were used of late: in this season, and in the one before.
// Together they hold each for one to two lives of a datagram, and forget it without a
// search.
type identities struct {
	rand        *rand.Rand // of its own, so that nothing else depends on it
	since       time.Time
	now, before season
}

func newIdentities(seed uint64) *identities {
	return &identities{rand: rand.New(rand.NewPCG(seed, 2)), now: newSeason()}
}

// take returns the ID for a packet that has come with one.
func (i *identities) take(p path, id uint16, now time.Time) uint16 {
	if age := now.Sub(i.since); age >= datagramLife || len(i.now.used) >= mostShelves {
		i.before, i.now, i.since = i.now, newSeason(), now
		if age >= 2*datagramLife {
			i.before = season{}
		}
	}
	came := id
	if i.taken(p, id/64)>>(id%64)&1 != 0 {
		id = i.free(p)
		i.now.was[p.counted(id)] = came
	}
	i.now.used[p.counted(id/64)] |= 1 << (id % 64)
	return id
}

// original returns the ID that a packet had before it got this one.
func (i *identities) original(p path, id uint16) uint16 {
	for _, s := range []season{i.now, i.before} {
		if was, ok := s.was[p.counted(id)]; ok {
			return was
		}
	}
	return id
}

// taken returns the IDs of a shelf that are used, each as a bit.
func (i *identities) taken(p path, shelf uint16) uint64 {
	at := p.counted(shelf)
	return i.now.used[at] | i.before.used[at]
}

// free returns an ID that a path has not used: the first from a random one on. Where there
// is none, all begins anew: to send nothing for minutes would be worse.
func (i *identities) free(p path) uint16 {
	const shelves = 1 << 16 / 64
	start := uint16(i.rand.Uint32())
	from := ^uint64(0) << (start % 64)
	for n := range uint16(shelves + 1) {
		shelf := (start/64 + n) % shelves
		if free := ^i.taken(p, shelf) & from; free != 0 {
			return shelf*64 + uint16(bits.TrailingZeros64(free))
		}
		from = ^uint64(0)
	}
	i.now, i.before = newSeason(), season{}
	return start
}

// identify gives a packet that was translated an ID of its own, if it may be fragmented
// on its way or is already.
func (t *Table) identify(d *datagram, e packet.Edit, to Side) {
	data := e.Data()
	src, dst := address(data, sourceAt), address(data, destinationAt)
	atomic := d.DontFragment && len(data) <= t.mtu(to)
	if atomic || src == d.src() && dst == d.dst() || t.cfg.Faults.keepsID(d) {
		return
	}
	setID(e, d.ID, t.identities.take(pathOf(src, dst, d.Protocol), uint16(d.ID), t.now))
}

// unidentify gives the packet that an error quotes the ID back with which it was sent
// (RFC 5508, REQ-4 a).
func (t *Table) unidentify(about *packet.Packet, quote packet.Edit) {
	p := pathOf(about.Source.Addr(), about.Destination.Addr(), about.Protocol)
	setID(quote, about.ID, t.identities.original(p, uint16(about.ID)))
}

// Where the ID and the addresses of an IPv4 header stand.
const idAt, sourceAt, destinationAt = 4, 12, 16

func setID(e packet.Edit, before uint32, id uint16) {
	if before != uint32(id) {
		e.SetIPv4(idAt, binary.BigEndian.AppendUint16(nil, id))
	}
}

func address(data []byte, at int) netip.Addr { return netip.AddrFrom4([4]byte(data[at : at+4])) }

// ownID returns the ID of a packet of the NAT's own.
func (t *Table) ownID(src, dst netip.Addr) uint16 {
	t.packetID++
	return t.identities.take(pathOf(src, dst, packet.ICMP), t.packetID, t.now)
}
