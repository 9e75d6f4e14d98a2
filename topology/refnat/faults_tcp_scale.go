package refnat

import "github.com/natproof/natproof/topology/packet"

// TCPScaleFaults are in what becomes of TCP where there is much of it, and of segments
// that belong to nothing.
type TCPScaleFaults struct {
	// RoomForHalfAThousand makes no further mapping beside 500 others. Breaks what practice
	// asks of the capacity.
	RoomForHalfAThousand bool `breaks:"practice.capacity-tcp"`
	// OldestEvicted ends the oldest mapping beside 1,500 others. Breaks what practice asks
	// under a flood from inside.
	OldestEvicted bool `breaks:"practice.syn-flood-inside"`
	// CallsExhaust lets nothing in any more after 1,500 SYNs that no mapping let in. Breaks
	// what practice asks under a flood from outside.
	CallsExhaust bool `breaks:"practice.syn-flood"`
	// ScansNoticed filters by address and port once a segment came that is no SYN and
	// belongs to no session. Breaks what practice asks under a scan.
	ScansNoticed bool `breaks:"practice.tcp-scan"`
	// PortsLost gives a port to nobody that has served a connection. Breaks what practice
	// asks of ports that are used up.
	PortsLost bool `breaks:"practice.ports-recovered"`
}

const (
	halfAThousand = 500
	roomInFlood   = 1500
	manyCalls     = 1500
)

// full reports whether there is no room for a mapping of x.
func (t *Table) full(x packet.Endpoint) bool {
	return x.Protocol == packet.TCP && t.faults(x.Protocol).RoomForHalfAThousand && len(t.mappings) >= halfAThousand
}

// knocked is told of a segment from outside that no mapping let in.
func (t *Table) knocked(d *datagram) {
	switch {
	case d.TCP == nil:
		t.wrong.bothered = true
	case d.TCP.Flags&packet.SYN != 0 && d.TCP.Flags&packet.ACK == 0:
		t.wrong.bothered = true
		t.wrong.calls++
	default:
		t.wrong.scanned = true
	}
}

// exhausted reports whether the outside has called so often that nobody is let in.
func (t *Table) exhausted(x packet.Endpoint) bool {
	return x.Protocol == packet.TCP && t.faults(x.Protocol).CallsExhaust && t.wrong.calls >= manyCalls
}
