package refnat

import (
	"errors"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// DeathFaults end the NAT for good.
type DeathFaults struct {
	// DiesOfSourceQuench ends the NAT when an ICMP Source Quench arrives. Breaks
	// what every NAT is taken to do, to stay alive.
	DiesOfSourceQuench bool `breaks:"practice.stays-alive" blinds:"rfc4787.req-12 rfc5382.req-10 rfc5508.req-6"`
}

// dies reports whether the NAT has come to its end, at the latest with d.
func (t *Table) dies(d *datagram) bool {
	if t.cfg.Faults.DiesOfSourceQuench && d.Protocol == packet.ICMP && d.ICMP != nil &&
		d.ICMP.Type == layers.ICMPv4TypeSourceQuench {
		t.end = errors.New("refnat: a Source Quench came, and there is no rule for it")
	}
	return t.end != nil
}

// Err returns why the NAT has ended, which only a fault makes it do; nil while it
// works.
func (t *Table) Err() error { return t.end }
