package refnat

import (
	"bytes"
	"encoding/binary"

	"github.com/natproof/natproof/topology/packet"
)

// WireFaults are in what leaves, whatever it is about. They touch UDP that is
// forwarded in one piece, so that the rest of the specs have their verdicts.
type WireFaults struct {
	// ErrorsLeak routes an ICMP error from the inside about a packet of no known
	// flow as it is.
	ErrorsLeak bool `breaks:"rfc5508.req-5 wire.inside-address"`
	// OptionsLeak leaves the source of what goes out with IP options as it was.
	OptionsLeak bool `breaks:"rfc5508.req-10b-3 wire.inside-address"`
	// CopiesToOthers sends what comes in for one inside host to the next address,
	// too.
	CopiesToOthers bool `breaks:"wire.one-host"`
	// Duplicates sends each packet twice.
	Duplicates bool `breaks:"wire.once"`
	// Beacons sends a datagram of the NAT's own after each one from the inside.
	Beacons bool `breaks:"wire.caused"`
	// OptionsUnsummed computes the header checksum of a packet with options
	// without them.
	OptionsUnsummed bool `breaks:"wire.ip-checksum"`
	// HeaderUnverified gives what comes in with a wrong header checksum a right one.
	HeaderUnverified bool `breaks:"wire.header-verified"`
	// HeaderSumCarryLost writes the checksum 0x00ff of the header of a datagram that is not to
	// be fragmented with its last bit turned.
	HeaderSumCarryLost bool `breaks:"wire.ip-checksum"`
	// ZeroSum sends a UDP checksum that comes out as zero as it is.
	ZeroSum bool `breaks:"wire.transport-checksum"`
	// DamageRepaired computes the UDP checksum of a damaged datagram anew.
	DamageRepaired bool `breaks:"wire.damage"`
	// TTLKept leaves the TTL as it was.
	TTLKept bool `breaks:"wire.ttl" blinds:"wire.ttl-one"`
	// TTLLessByTwo takes two off a TTL that is above 64.
	TTLLessByTwo bool `breaks:"wire.ttl-one"`
	// TTLExpiredInSilence drops a datagram whose TTL has expired and tells nobody.
	TTLExpiredInSilence bool `breaks:"wire.ttl-expired" also:"rfc5508.req-9" blinds:"rfc5508.req-10e rfc5508.req-10f"`
	// ClassCleared clears the DSCP and ECN bits.
	ClassCleared bool `breaks:"wire.class"`
	// IdentificationNumbered gives each packet an ID of the NAT's own.
	IdentificationNumbered bool `breaks:"wire.id"`
	// AtomicIdentificationCleared clears the ID of a packet that is not to be fragmented.
	AtomicIdentificationCleared bool `breaks:"wire.id"`
	// OptionsBlanked overwrites the IP options with "no operation".
	OptionsBlanked bool `breaks:"wire.options"`
	// ShortPadded makes a payload of a single byte longer.
	ShortPadded bool `breaks:"practice.payload-lengths wire.payload" blinds:"rfc4787.req-6" also:"practice.other-ways"`
}

// unplaced returns what leaves of an error about a packet of no known flow.
func (t *Table) unplaced(d *datagram, about *packet.Packet) []Packet {
	switch f := t.cfg.Faults; {
	case t.owns(d.Protocol, d.dst()):
	case f.ErrorsLeak:
		return t.route(d, Outside)
	case f.UnmatchedErrorsOut:
		outer, quote := d.forwardError()
		outer.SetSourceAddr(t.cfg.External[0])
		quote.SetDestination(at(t.cfg.External[0], about.Protocol, about.Destination.Port()).AddrPort)
		outer.SealICMP()
		return t.emit(d, outer, Outside)
	}
	return nil
}

// worn returns what leaves of d when the faults of the wire have had their way.
func (t *Table) worn(d *datagram, packets []Packet) []Packet {
	f := t.cfg.Faults.WireFaults
	if f == (WireFaults{}) || d.Protocol != packet.UDP || len(packets) != 1 || d.reassembled() {
		return packets
	}
	out := packets[0]
	p, err := packet.Parse(out.Data)
	if err != nil || p.Fragment != nil || p.UDP == nil {
		return packets
	}
	out.Data = f.deface(d, &p, t)
	packets[0] = out
	switch {
	case f.Duplicates:
		packets = append(packets, Packet{out.Side, bytes.Clone(out.Data)})
	case f.CopiesToOthers && out.Side == Inside && d.from == Outside:
		e := p.Edit()
		e.SetDestinationAddr(p.Destination.Addr().Next())
		packets = append(packets, Packet{Inside, e.Data()})
	case f.Beacons && out.Side == Outside:
		head := packet.Header{Source: p.Source.Addr(), Destination: p.Destination.Addr(), Protocol: packet.UDP}
		beacon := packet.UDPSegment(p.Source, p.Destination, []byte("a beacon"))
		packets = append(packets, Packet{Outside, must(head.Packet(beacon))})
	}
	return packets
}

// deface returns the packet p, which d became, as the faults have it.
func (f WireFaults) deface(d *datagram, p *packet.Packet, t *Table) []byte {
	const checksum, id, options = 10, 4, 20
	e := p.Edit()
	sum := e.Segment()[6:8]
	switch {
	case f.OptionsLeak && len(p.Options) > 0 && d.from == Inside:
		e.SetSource(d.Source)
	case f.TTLKept:
		e.SetTTL(d.TTL)
	case f.TTLLessByTwo && d.TTL > 64:
		e.SetTTL(d.TTL - 2)
	case f.ClassCleared:
		e.SetIPv4(0, []byte{p.Data[0], 0})
	case f.IdentificationNumbered:
		t.packetID++
		e.SetIPv4(id, binary.BigEndian.AppendUint16(nil, t.packetID))
	case f.AtomicIdentificationCleared && p.DontFragment:
		e.SetIPv4(id, []byte{0, 0})
	case f.ZeroSum && sum[0] == 0xff && sum[1] == 0xff:
		clear(sum)
	case f.DamageRepaired && p.Damage != "":
		clear(sum)
		e.FillUDPChecksum()
	case f.OptionsBlanked && len(p.Options) > 0:
		e.SetIPv4(options, bytes.Repeat([]byte{1}, len(p.Options)))
	case f.OptionsUnsummed && len(p.Options) > 0:
		packet.Seal(e.Data()[:options], checksum)
	case f.HeaderSumCarryLost && carriesInHeader(p):
		e.Data()[checksum+1] ^= 1
	case f.ShortPadded && len(p.Payload) == 1:
		head := headerOf(p)
		return must(head.Packet(packet.UDPSegment(p.Source, p.Destination, append(bytes.Clone(p.Payload), 0))))
	}
	return e.Data()
}

// carriesInHeader reports whether the checksum of the IP header of a packet that is not to be
// fragmented is one that comes of a carry.
func carriesInHeader(p *packet.Packet) bool {
	return p.DontFragment && binary.BigEndian.Uint16(p.Data[10:]) == 0x00ff
}

// sealed returns a copy of an IPv4 packet with a right header checksum.
func sealed(data []byte) []byte {
	const shortest, checksum = 20, 10
	data = bytes.Clone(data)
	if len(data) < shortest || data[0]>>4 != 4 {
		return data
	}
	if length := int(data[0]&0x0f) * 4; length >= shortest && length <= len(data) {
		packet.Seal(data[:length], checksum)
	}
	return data
}
