package refnat

import "github.com/natproof/natproof/topology/packet"

// WayFaults are in what a NAT does to packets of pairs, and to those that it turns around; some
// act on forwards as well.
type WayFaults struct {
	// VoiceElsewhereDropped drops datagrams for expedited forwarding. Breaks what practice asks
	// of other ways than mappings.
	VoiceElsewhereDropped bool `breaks:"practice.other-ways" touches:"udp"`
	// ResetsElsewhereDropped drops a RST that is for no forward. Breaks the same.
	ResetsElsewhereDropped bool `breaks:"practice.other-ways" touches:"tcp"`
	// LastDataElsewhereDropped drops data with a FIN that is for no forward. Breaks the same.
	LastDataElsewhereDropped bool `breaks:"practice.other-ways" touches:"tcp"`
	// ChecksumElsewhereFilled computes the checksum of a datagram that comes in without one.
	// Breaks the same.
	ChecksumElsewhereFilled bool `breaks:"practice.other-ways" touches:"udp"`
	// ClassElsewhereCleared clears the DSCP and ECN bits of what comes in. Breaks an invariant
	// of the wire.
	ClassElsewhereCleared bool `breaks:"wire.class" touches:"udp"`
}

// wears does to a packet that is not of a dynamic mapping what the faults say.
func (f WayFaults) wears(d *datagram, e packet.Edit) {
	if d.Protocol != packet.UDP {
		return
	}
	if f.ChecksumElsewhereFilled && d.UDP.Checksum == 0 {
		e.FillUDPChecksum()
	}
	if f.ClassElsewhereCleared {
		e.SetIPv4(0, []byte{d.Data[0], 0})
	}
}

// shuts reports whether a packet is dropped that is of no dynamic mapping. It may be of a
// forward.
func (f WayFaults) shuts(d *datagram, forwarded bool) bool {
	const expedited = 46
	if d.Protocol == packet.UDP {
		return f.VoiceElsewhereDropped && d.TrafficClass>>2 == expedited
	}
	if d.TCP == nil || forwarded {
		return false
	}
	return f.ResetsElsewhereDropped && d.TCP.Flags&packet.RST != 0 ||
		f.LastDataElsewhereDropped && d.TCP.Flags&packet.FIN != 0 && len(d.Payload) > 0
}
