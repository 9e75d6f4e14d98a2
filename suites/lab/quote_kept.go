package lab

import (
	"bytes"
	"fmt"

	"github.com/natproof/natproof/topology/packet"
)

// QuoteChange says how what an ICMP error quotes has changed on its way, beside the fields
// that a NAT translates; empty if it has not. It returns false for any other packet, and for
// one that quotes nonsense: where its fields would be, nobody knows.
func (p *Passage) QuoteChange() (how string, judged bool) {
	if p.Cause == nil || p.Quote() == nil || p.Cause.Quote() == nil || p.Is6() || p.Cause.Quote().Is6() {
		return "", false
	}
	const header = 8
	before, after := p.Cause.Segment[header:], p.Segment[header:]
	if len(before) != len(after) {
		return fmt.Sprintf("came in with %d bytes of the packet that it quotes, and left with %d",
			len(before), len(after)), true
	}
	before, after = untranslated(p.Cause.Quote(), before), untranslated(p.Quote(), after)
	for i := range before {
		if before[i] != after[i] {
			return fmt.Sprintf("came in with %#02x as byte %d of the packet that it quotes, and left with %#02x",
				before[i], i, after[i]), true
		}
	}
	return "", true
}

// translated are the places of a transport's fields that a NAT may have to change: ports or
// identifier, and what follows from them. A gateway that makes data longer moves the numbers
// of TCP.
var translated = map[packet.Protocol][][2]int{
	packet.UDP:  {{0, 4}, {6, 8}},
	packet.TCP:  {{0, 12}, {16, 18}},
	packet.ICMP: {{2, 6}},
}

// untranslated is a quote without what a NAT may have to change in it: in its IP header the
// ID, the checksum and the addresses.
func untranslated(q *packet.Packet, quoted []byte) []byte {
	quoted = bytes.Clone(quoted)
	blank := func(from, to int) { clear(quoted[min(from, len(quoted)):min(to, len(quoted))]) }
	blank(4, 6)
	blank(10, 20)
	for _, field := range translated[q.Protocol] {
		at := len(q.Data) - len(q.Segment)
		blank(at+field[0], at+field[1])
	}
	return quoted
}
