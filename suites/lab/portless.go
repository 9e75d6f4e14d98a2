package lab

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// A Protocol is a number of IANA's registry of protocol numbers.
type Protocol = packet.Protocol

// The protocols without ports, or with ports that no NAT translates. The last is for
// experiments (RFC 3692).
const (
	GRE          = packet.Protocol(47)
	ESP          = packet.Protocol(50)
	SCTP         = packet.Protocol(132)
	Experimental = packet.Protocol(253)
)

// Portless returns a host as the end of what it sends by a protocol without ports.
func (l *Lab) Portless(protocol packet.Protocol, host string) *Endpoint {
	ginkgo.GinkgoHelper()
	e := l.endpoint(packet.UDP, host+":0")
	e.protocol = protocol
	return e
}

func (e *Endpoint) isPortless() bool {
	return e.protocol != packet.UDP && e.protocol != packet.TCP && !e.isEcho()
}

// portless is a packet of a protocol that holds a label and begins something new, so that
// a NAT which looks into it takes it for sound.
func portless(protocol packet.Protocol, label []byte) []byte {
	switch protocol {
	case GRE: // of version 0, with IPv4 in it: RFC 2784
		return append([]byte{0, 0, 8, 0}, label...)
	case ESP: // an SPI and a number: RFC 4303
		return append([]byte{0, 0, 0x10, 1, 0, 0, 0, 1}, label...)
	case SCTP:
		return initChunk(label)
	}
	return label
}

// initChunk is a packet of SCTP with an INIT, which has the label in a parameter that is to
// be skipped by who does not know it (RFC 9260, Section 3.2.1).
func initChunk(label []byte) []byte {
	parameter := append(binary.BigEndian.AppendUint16([]byte{0xff, 0}, uint16(4+len(label))), label...)
	parameter = append(parameter, make([]byte, -len(parameter)&3)...)
	const header, chunk = 12, 20
	segment := make([]byte, header+chunk, header+chunk+len(parameter))
	binary.BigEndian.PutUint16(segment, 9899)
	binary.BigEndian.PutUint16(segment[2:], 9899)
	segment[header] = 1 // INIT
	binary.BigEndian.PutUint16(segment[header+2:], uint16(chunk+4+len(label)))
	binary.BigEndian.PutUint32(segment[header+4:], 1)        // initiate tag
	binary.BigEndian.PutUint32(segment[header+8:], 1<<16)    // receiver window
	binary.BigEndian.PutUint32(segment[header+12:], 1<<16+1) // one stream each way
	segment = append(segment, parameter...)
	sum := crc32.Checksum(segment, crc32.MakeTable(crc32.Castagnoli))
	binary.LittleEndian.PutUint32(segment[8:], sum)
	return segment
}

// String names an endpoint, without a port where it has none.
func (e *Endpoint) String() string {
	if e.isPortless() {
		return fmt.Sprintf("%s of %s", e.protocol, e.place.name)
	}
	return fmt.Sprintf("%s:%d", e.place.name, e.port)
}
