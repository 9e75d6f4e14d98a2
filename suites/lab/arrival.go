package lab

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// An Arrival is an IP packet as its receiver sees it.
type Arrival struct {
	packet.Packet
	Time time.Time
}

// parse reads a packet as its receiver does: one that cannot be read is damaged.
func parse(data []byte, at time.Time) Arrival {
	p, err := packet.Parse(data)
	if err != nil {
		p.Damage = err.Error()
	}
	return Arrival{p, at}
}

// MTU is the next-hop MTU that an ICMP error tells; 0 for any other packet.
func (a Arrival) MTU() int {
	if a.ICMP == nil {
		return 0
	}
	return a.ICMP.MTU(a.Protocol)
}

// control reports whether this is a packet of a control, or an ICMP error about
// one.
func (a Arrival) control() bool {
	if quote := a.Quote(); quote != nil {
		return bytes.HasPrefix(quote.Payload, []byte(controlPrefix))
	}
	return bytes.HasPrefix(a.Payload, []byte(controlPrefix))
}

func (a Arrival) String() string {
	what := a.DescribeWith(nameOf)
	if a.TCP != nil && a.Fragment == nil {
		what = fmt.Sprintf("TCP %s, %d bytes", a.TCP.Flags, len(a.Payload)) // numbers mean nothing by themselves
	}
	if text := title(a.Payload); a.Fragment == nil && a.TCP == nil && strings.HasPrefix(text, labelPrefix) {
		what = fmt.Sprintf("%q", text)
	}
	if a.Damage != "" {
		what += " with " + a.Damage
	}
	return fmt.Sprintf("%s from %s to %s", what, nameOf(a.Source), nameOf(a.Destination))
}

// labelPrefix is how the payloads of a lab begin.
const labelPrefix = "natproof "
