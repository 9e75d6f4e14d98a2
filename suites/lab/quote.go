package lab

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/topology/packet"
)

// QuoteEndsOf succeeds when an ICMP error was heard that quotes a packet with the
// addresses and ports with which this one was sent.
func QuoteEndsOf(sent *Packet) types.GomegaMatcher { return quoteMatcher{sent, false} }

// Quote succeeds when an ICMP error was heard that quotes this packet in the form
// in which it was sent: addresses, ports, ID and checksums. Of one that may be fragmented,
// the NAT may have had to change the ID (RFC 7857, Section 10), and a mapping does not hold
// what it was: then the quote may have the ID that the NAT has given it.
func Quote(sent *Packet) types.GomegaMatcher { return quoteMatcher{sent, true} }

type quoteMatcher struct {
	sent *Packet
	all  bool
}

func (m quoteMatcher) Match(actual any) (bool, error) {
	heard, err := asHeard(actual)
	return heard.Arrival != nil && len(m.differences(heard.Arrival)) == 0, err
}

// differences says in words what of the quote is not as it was sent.
func (m quoteMatcher) differences(a *Arrival) []string {
	quote := a.Quote()
	if quote == nil {
		return []string{"it quotes no packet"}
	}
	var differ []string
	check := func(same bool, what string, got, want any) {
		if !same {
			differ = append(differ, fmt.Sprintf("its %s is %v, and was %v when it was sent", what, got, want))
		}
	}
	from, to := m.sent.ends()
	check(quote.Source == from, "source", nameOf(quote.Source), nameOf(from))
	check(quote.Destination == to, "destination", nameOf(quote.Destination), nameOf(to))
	if !m.all {
		return differ
	}
	check(m.sent.hasBeen(quote.ID), "ID", quote.ID, m.sent.id)
	if quote.UDP != nil {
		sum := binary.BigEndian.Uint16(m.sent.segment()[6:])
		check(quote.UDP.Checksum == sum, "UDP checksum", hex(quote.UDP.Checksum), hex(sum))
	}
	if quote.ICMP != nil {
		sum := binary.BigEndian.Uint16(m.sent.segment()[2:])
		got := binary.BigEndian.Uint16(quote.Segment[2:])
		check(got == sum, "ICMP checksum", hex(got), hex(sum))
	}
	if quote.TCP != nil {
		check(quote.TCP.Seq == m.sent.tcp.header.Seq, "sequence number", quote.TCP.Seq, m.sent.tcp.header.Seq)
	}
	if quote.TCP != nil && !quote.TCP.Cut {
		check(quote.TCP.Ack == m.sent.tcp.header.Ack, "acknowledgment", quote.TCP.Ack, m.sent.tcp.header.Ack)
		sum := binary.BigEndian.Uint16(m.sent.segment()[16:])
		check(quote.TCP.Checksum == sum, "TCP checksum", hex(quote.TCP.Checksum), hex(sum))
	}
	if quote.Damage == packet.WrongHeaderChecksum {
		differ = append(differ, "its IP header checksum is wrong, and was right when it was sent")
	}
	return differ
}

// hasBeen reports whether a packet has had an ID, on either side of the NAT.
func (p *Packet) hasBeen(id uint32) bool {
	from, _ := p.ends()
	return id == uint32(p.id) || !p.dontFragment &&
		slices.ContainsFunc(p.from.lab.paired(), func(left *Passage) bool {
			return left.ID == id && left.Cause != nil && left.Cause.ID == uint32(p.id) && left.Cause.Source == from
		})
}

func hex(n uint16) string { return fmt.Sprintf("%#04x", n) }

func (m quoteMatcher) FailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	if heard.Arrival == nil {
		return heardMatcher{}.FailureMessage(actual)
	}
	differ := m.differences(heard.Arrival)
	miss := heard.missing(fmt.Sprintf(
		"%s should get an error that quotes the packet as it was sent, but in the quote\n  %s", heard.observer,
		strings.Join(differ, "\n  ")))
	miss.observed.Expected = fmt.Sprintf("%s hears an error that quotes %s as it was sent", heard.observer, m.sent)
	miss.observed.Actual += "; of what it quotes, " + strings.Join(differ, ", ")
	return miss.tell()
}

func (m quoteMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return fmt.Sprintf("%s should not get an error that quotes the packet as it was sent, but did", heard.observer)
}
