package refnat

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// FTP's gateway, RFC 3022, Section 4.4: a client inside names the endpoint at which it
// waits for the server's data (RFC 959, PORT). The gateway opens a mapping for that, names
// its external endpoint instead, and makes good by sequence numbers what the command has
// grown by. Passive mode needs no gateway for a client, nor do selective acknowledgements
// get theirs.

const (
	ftpControl = 21
	ftpData    = 20
)

// An ftpSession is what a gateway has changed in a control connection.
type ftpSession struct{ shifts []ftpShift }

// An ftpShift says that all from a number on, counted as the inside does, comes so many
// bytes later outside.
type ftpShift struct {
	from uint32
	by   int
}

// out returns a number of the inside as the outside counts.
func (s *ftpSession) out(seq uint32) uint32 {
	total := 0
	for _, shift := range s.shifts {
		if int32(seq-shift.from) >= 0 {
			total += shift.by
		}
	}
	return seq + uint32(total)
}

// in returns a number of the outside as the inside counts.
func (s *ftpSession) in(ack uint32) uint32 {
	total := 0
	for _, shift := range s.shifts {
		if int32(ack-shift.from-uint32(total+shift.by)) >= 0 {
			total += shift.by
		}
	}
	return ack - uint32(total)
}

// grow notes that what ends before from has grown, unless it is known: a command can come
// again.
func (s *ftpSession) grow(from uint32, by int) {
	for _, shift := range s.shifts {
		if shift.from == from {
			return
		}
	}
	s.shifts = append(s.shifts, ftpShift{from, by})
}

var ftpPort = regexp.MustCompile(`^PORT (\d+),(\d+),(\d+),(\d+),(\d+),(\d+)\r\n$`)

// ftpNamed returns the endpoint that a command names.
func ftpNamed(command []byte) (netip.AddrPort, bool) {
	words := ftpPort.FindSubmatch(command)
	if words == nil {
		return netip.AddrPort{}, false
	}
	var numbers [6]byte
	for i := range numbers {
		n, err := strconv.ParseUint(string(words[i+1]), 10, 8)
		if err != nil {
			return netip.AddrPort{}, false
		}
		numbers[i] = byte(n)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(numbers[:4])), binary.BigEndian.Uint16(numbers[4:])), true
}

// ftpCommand is the command that names an endpoint.
func ftpCommand(at netip.AddrPort) []byte {
	a := at.Addr().As4()
	return fmt.Appendf(nil, "PORT %d,%d,%d,%d,%d,%d\r\n", a[0], a[1], a[2], a[3], at.Port()>>8, at.Port()&0xff)
}

// looksAfter reports whether the gateway looks after what goes to an endpoint.
func (t *Table) looksAfter(y packet.Endpoint) bool {
	return y.Protocol == packet.TCP && y.Port() == ftpControl && t.behaviour(packet.TCP).FTP
}

// ftpOut returns a segment of a control connection as the gateway lets it out.
func (t *Table) ftpOut(d *datagram, x, y packet.Endpoint, now time.Time) *datagram {
	if !t.looksAfter(y) || d.Damage != "" {
		return d
	}
	f := t.faults(packet.TCP)
	s := t.ftp[session{x, y}]
	if s == nil || d.TCP.Flags&packet.SYN != 0 {
		s = &ftpSession{}
		t.ftp[session{x, y}] = s
	}
	header, payload := *d.TCP, d.Payload
	if !f.FTPSequenceKept {
		header.Seq = s.out(header.Seq)
	}
	if named, ok := ftpNamed(payload); ok && named.Addr() == x.Addr() && !f.FTPCommandKept {
		if external, ok := t.ftpExpects(d, at(named.Addr(), packet.TCP, named.Port()), y, now); ok {
			payload = ftpCommand(external.AddrPort)
			s.grow(d.TCP.Seq+uint32(len(d.Payload)), len(payload)-len(d.Payload))
		}
	}
	if header.Seq == d.TCP.Seq && len(payload) == len(d.Payload) && string(payload) == string(d.Payload) {
		return d
	}
	data := must(headerOf(&d.Packet).Packet(packet.TCPSegment(d.Source, d.Destination, header, payload)))
	changed, err := packet.Parse(data)
	if err != nil {
		panic(err) // it was just built
	}
	return &datagram{changed, d.from, max(d.largest, len(data))}
}

// ftpExpects opens a mapping for what a server is to send to an inside endpoint, as if a
// connection of theirs were there.
func (t *Table) ftpExpects(d *datagram, x, y packet.Endpoint, now time.Time) (packet.Endpoint, bool) {
	if t.faults(packet.TCP).FTPDataRefused {
		return at(t.cfg.External[0], packet.TCP, x.Port()), true
	}
	m := t.outward(&d.Packet, x, at(y.Addr(), packet.TCP, ftpData), now)
	if m == nil {
		return x, false
	}
	return m.external, true
}

// ftpIn corrects the acknowledgement in a segment that comes in.
func (t *Table) ftpIn(d *datagram, e packet.Edit, m *mapping, y packet.Endpoint) {
	s := t.ftp[session{m.internal, y}]
	if s == nil || !t.looksAfter(y) || d.TCP.Flags&packet.ACK == 0 || t.faults(packet.TCP).FTPAnswersKept {
		return
	}
	const acknowledgement = 8
	e.SetSegment(acknowledgement, binary.BigEndian.AppendUint32(nil, s.in(d.TCP.Ack)))
}
