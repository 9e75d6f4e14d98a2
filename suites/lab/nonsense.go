package lab

import (
	"bytes"

	"github.com/natproof/natproof/topology/packet"
)

// A Nonsense is what an ICMP error may hold in place of a packet that the NAT has
// sent.
type Nonsense struct {
	Name string
	Data []byte
}

// NonsenseAbout returns quotes that resemble the packet that has arrived, and that
// no mapping is behind, or that cannot be read at all.
func NonsenseAbout(about Arrival) []Nonsense {
	edited := func(at int, value byte) []byte {
		data := bytes.Clone(about.Data)
		data[at] = value
		return data
	}
	const ihl, length, fragment, protocol = 0, 2, 6, 9
	gre, header := edited(protocol, 47), about.Data[:len(about.Data)-len(about.Segment)]
	nested := edited(protocol, byte(packet.ICMP))
	copy(nested[len(header):], []byte{3, 3, 0, 0}) // an error about an error
	return []Nonsense{
		{"GRE", gre},
		{"GRE, without a checksum that fits", append([]byte{}, gre[:min(28, len(gre))]...)},
		{"an ICMP error", nested},
		{"a later fragment", edited(fragment, 0x01)},
		{"IPv6", edited(ihl, 0x65)},
		{"a header shorter than one", edited(ihl, 0x41)},
		{"a header longer than the quote", edited(ihl, 0x4f)[:24]},
		{"more than there is", edited(length, 0xff)},
		{"a header alone", header},
		{"half a header", about.Data[:10]},
		{"the ports alone", about.Data[:len(header)+4]},
		{"a byte", about.Data[:1]},
		{"nothing", nil},
	}
}
