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
}

// apart returns the key by which a fragment's packet is known.
func (f ReassemblyFaults) apart(k fragmentKey) fragmentKey {
	if f.FragmentsByID {
		k.src, k.dst = netip.Addr{}, netip.Addr{}
	}
	return k
}

// full reports whether no fragment is taken in any more, and unbounded whether
// fragments are kept until then.
func (f ReassemblyFaults) full(r *reassembler) bool {
	return f.LargeFragmentsExhaust && r.memory > 8<<20 || f.ManyFragmentsExhaust && len(r.waiting) >= 10_000
}

func (f ReassemblyFaults) unbounded() bool { return f.LargeFragmentsExhaust || f.ManyFragmentsExhaust }
