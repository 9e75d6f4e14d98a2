package refnat

import "net/netip"

// ReassemblyFaults are in how fragments are told apart and kept.
type ReassemblyFaults struct {
	// FragmentsByID tells packets apart by their ID alone, so that two hosts' are
	// mixed. Breaks REQ-14.
	FragmentsByID bool `breaks:"rfc4787.req-14" blinds:"rfc7857.s10"`
	// LargeFragmentsExhaust holds 8 MB of fragments and then refuses any further
	// one until those have timed out. Breaks REQ-14a.
	LargeFragmentsExhaust bool `breaks:"rfc4787.req-14a"`
	// ManyFragmentsExhaust holds 10,000 incomplete packets and then refuses any
	// further fragment until those have timed out. Breaks REQ-14a.
	ManyFragmentsExhaust bool `breaks:"rfc4787.req-14a"`
	// FragmentsOfLargeLimited puts no more than eight fragments together. Breaks REQ-14.
	FragmentsOfLargeLimited bool `breaks:"rfc4787.req-14"`
	// RepeatedFragmentFatal drops a packet of which a fragment comes twice. Breaks REQ-14.
	RepeatedFragmentFatal bool `breaks:"rfc4787.req-14"`
	// UnsummedFragmentsDropped drops a datagram that comes in fragments and has no checksum.
	// Breaks REQ-14.
	UnsummedFragmentsDropped bool `breaks:"rfc4787.req-14" touches:"udp"`
	// FragmentsByHosts tells packets apart by their addresses alone. Breaks REQ-14.
	FragmentsByHosts bool `breaks:"rfc4787.req-14"`
	// ForwardedFragmentsDropped drops a datagram for a forward that comes in fragments.
	// Breaks REQ-14.
	ForwardedFragmentsDropped bool `breaks:"rfc4787.req-14" touches:"udp"`
	// ShortFragmentsDropped drops a datagram of which no fragment has 600 bytes. Breaks REQ-14.
	ShortFragmentsDropped bool `breaks:"rfc4787.req-14" touches:"udp"`
	// StaticFragmentsDropped drops a datagram for a static pair that comes in fragments.
	StaticFragmentsDropped bool `breaks:"rfc4787.req-14" touches:"udp"`
}

// apart returns the key by which a fragment's packet is known.
func (f ReassemblyFaults) apart(k fragmentKey) fragmentKey {
	if f.FragmentsByID {
		k.src, k.dst = netip.Addr{}, netip.Addr{}
	}
	if f.FragmentsByHosts {
		k.id = 0
	}
	return k
}

// spoilt reports whether a packet is given up for one more fragment, which it has already
// or not.
func (f ReassemblyFaults) spoilt(p *partial, known bool) bool {
	const few = 8
	return f.RepeatedFragmentFatal && known || f.FragmentsOfLargeLimited && !known && len(p.pieces) == few
}

// unassembled reports whether a datagram, which may go to a forward or to a pair, is dropped
// because it came in fragments.
func (f ReassemblyFaults) unassembled(d *datagram, forwarded, paired bool) bool {
	if !d.reassembled() || d.UDP == nil {
		return false
	}
	const short = 600
	return f.UnsummedFragmentsDropped && d.UDP.Checksum == 0 || f.ShortFragmentsDropped && d.largest < short ||
		f.ForwardedFragmentsDropped && forwarded || f.StaticFragmentsDropped && paired
}

// full reports whether no fragment is taken in any more, and unbounded whether
// fragments are kept until then.
func (f ReassemblyFaults) full(r *reassembler) bool {
	return f.LargeFragmentsExhaust && r.memory > 8<<20 || f.ManyFragmentsExhaust && len(r.waiting) >= 10_000
}

func (f ReassemblyFaults) unbounded() bool { return f.LargeFragmentsExhaust || f.ManyFragmentsExhaust }
