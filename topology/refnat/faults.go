package refnat

// Faults are built-in mistakes. Each breaks the requirements in its tag, and
// disturbs nothing else that they ask for; those under "blinds" cannot be judged
// any more, since nothing is left to observe. The suites hold every fault to that.
// Those under "touches" are the protocols that it acts on; without it, all. A
// requirement on another protocol can break beside, if its specs use those as well.
// A tag of a group is one of all its faults. What a fault breaks besides, since it asks for
// more of the same, is under "also".
//
// A fault with a "tcp" tag is two: one of its own name, which TCP is spared, and one
// with "tcp-" before it, which acts on TCP alone and breaks what the tag says. What
// cannot be judged then is under "tcpblinds", and there is "tcpalso". The same goes for a "query" tag and ICMP
// queries, which are spared by those with a "tcp" tag as well.
type Faults struct {
	CommonFaults
	UDPFaults `touches:"udp"`
	TCPFaults `touches:"tcp"`
	ICMPFaults
	FragmentFaults
	WireFaults
	DeathFaults
	ALGFaults
	QuoteFaults
	MappingFaults      `touches:"udp"`
	CircumstanceFaults `touches:"udp"`
	ForwardFaults
	RaceFaults `touches:"udp"`
	SourceFaults
	TimerFaults `touches:"udp"`
	EndingFaults
	ReassemblyFaults
	ChangeFaults       `touches:"udp tcp icmp"`
	ServiceFaults      `blinds:"rfc5508.req-4-relay rfc5508.req-5a practice.forward-port practice.other-ways practice.change-forward-* rfc4787.req-7 rfc4787.req-12b rfc4787.req-14 rfc5382.req-2 translation.dnat-* translation.inside-renumbered rfc2663.twice-nat"` //nolint:lll // a tag cannot be broken
	TCPOpeningFaults   `touches:"tcp"`
	TCPSegmentFaults   `touches:"tcp"`
	TCPScaleFaults     `touches:"tcp"`
	TCPNeighbourFaults `touches:"tcp"`
	RefreshFaults
	QueryFaults `touches:"icmp"`
	ErrorFaults
	ErrorKindFaults
	OwnFaults
	TCPWireFaults `touches:"tcp"`
	TCPEdgeFaults `touches:"tcp"`
	KindFaults
	TCPKindFaults `touches:"tcp"`
	ProtocolFaults
	SettingFaults
	TranslationFaults `touches:"udp tcp"`
	ChoiceFaults      `touches:"udp tcp"`
	BasicFaults       `touches:"udp tcp"`
	PortlessFaults    `touches:"udp"`
	FTPFaults         `touches:"tcp"`
	CarrierFaults
	OverlapFaults `touches:"udp"`
	LinkFaults
	EdgeFaults
	WayFaults
	LastingFaults `touches:"udp tcp"`
	HairpinFaults
	PlaceFaults
	// tcp and query hold the faults that act on TCP and on queries alone, nil if there
	// are none.
	tcp, query *Faults
}

// CommonFaults are in what is the same for all protocols.
type CommonFaults struct {
	// MappingByAddress gives a further destination address a mapping of its
	// own. Hairpin destinations use the first mapping. Breaks REQ-1.
	MappingByAddress bool `breaks:"rfc4787.req-1" tcp:"rfc5382.req-1" query:"rfc5508.req-1a"`
	// MappingByPort gives a further destination port a mapping of its own.
	// Breaks REQ-1.
	MappingByPort bool `breaks:"rfc4787.req-1" also:"rfc6888.req-5" touches:"udp tcp" tcp:"rfc5382.req-1"`
	// MappingByAddressAfterCollision gives a further destination address a mapping of its
	// own, to endpoints that did not get their own port because another held it. Breaks
	// REQ-1 and REQ-11.
	MappingByAddressAfterCollision bool `breaks:"rfc4787.req-1 rfc4787.req-11" tcp:"practice.deterministic-tcp rfc5382.req-1"` //nolint:lll // a tag cannot be broken
	// MappingByAddressAfterTwoCollisions gives a further destination address a mapping of
	// its own, to endpoints that were refused two ports. Breaks REQ-11.
	MappingByAddressAfterTwoCollisions bool `breaks:"rfc4787.req-11" tcp:"practice.deterministic-tcp"`
	// PoolingArbitrary gives each mapping of a host the pool's next address.
	// Breaks REQ-2, and the rule of RFC 7857 on hosts that use TCP as well.
	PoolingArbitrary bool `breaks:"rfc4787.req-2 rfc7857.s4-tcp" also:"rfc6888.req-2" blinds:"rfc7857.s4-drop" tcp:"rfc7857.s4-tcp" tcpalso:"rfc6888.req-2"` //nolint:lll // a tag cannot be broken
	// PortOverloading lets an endpoint share the external endpoint of another
	// host that has the same port and the same first destination; what comes
	// in goes to whoever sent last. Breaks REQ-3.
	PortOverloading bool `breaks:"rfc4787.req-3" blinds:"rfc3022.napt-tuple" tcp:"rfc5382.req-7" tcpblinds:"rfc3022.napt-tuple" query:"rfc3022.napt-query-id rfc5508.req-1"` //nolint:lll // a tag cannot be broken
	// RangeClassIgnored maps ports below 1024 to higher ones of the same
	// parity. Breaks REQ-3a.
	RangeClassIgnored bool `breaks:"rfc4787.req-3a" touches:"udp tcp"`
	// RangeClassLowered answers a collision above 1023 with a port below 1024.
	// Breaks REQ-3a.
	RangeClassLowered bool `breaks:"rfc4787.req-3a" touches:"udp tcp"`
	// FilteringByAddressAndPort lets only contacted endpoints in. Breaks
	// REQ-8.
	FilteringByAddressAndPort bool `breaks:"rfc4787.req-8" also:"rfc6888.req-7" tcp:"rfc5382.req-3" tcpalso:"rfc6888.req-7"` //nolint:lll // a tag cannot be broken
	// NoHairpin drops packets to external endpoints from inside. Breaks
	// REQ-9.
	NoHairpin bool `breaks:"rfc4787.req-9" blinds:"rfc4787.req-14 rfc4787.req-9a rfc5508.req-7-error rfc5508.req-7a practice.other-ways" tcp:"rfc5382.req-8" tcpblinds:"rfc5382.req-8a rfc5508.req-7-error practice.other-ways" query:"rfc5508.req-7"` //nolint:lll // a tag cannot be broken
	// HairpinOnlyBetweenHosts drops what a host sends to an external endpoint
	// of its own. Breaks REQ-9.
	HairpinOnlyBetweenHosts bool `breaks:"rfc4787.req-9" tcp:"rfc5382.req-8"`
	// HairpinInternalSource shows the receiver of a hairpinned packet the
	// sender's internal endpoint. Breaks REQ-9a.
	HairpinInternalSource bool `breaks:"rfc4787.req-9a" blinds:"rfc5508.req-7-error rfc5508.req-7a" tcp:"rfc5382.req-8a" tcpblinds:"rfc5508.req-7-error"` //nolint:lll // a tag cannot be broken
	// PayloadRewritten replaces the sender's address in the payload as a
	// careless gateway would. Breaks REQ-10.
	PayloadRewritten bool `breaks:"rfc4787.req-10 wire.payload" also:"rfc4787.req-10a" tcp:"rfc5382.req-6 wire.payload"`
	// FilteringChangesAfterCollision filters by address and port for
	// endpoints that did not get their own port. Breaks REQ-11.
	FilteringChangesAfterCollision bool `breaks:"rfc4787.req-11" tcp:"practice.deterministic-tcp"`
	// PrivateLeak also sends each outbound packet that came in one piece
	// untranslated. Breaks the translation of RFC 3022, Section 2.2.
	PrivateLeak bool `breaks:"wire.inside-address wire.once" touches:"udp icmp"`
	// WebAnswersDropped lets nothing from port 80 in through a dynamic mapping.
	// Breaks RFC 3022, Section 2.2.
	WebAnswersDropped bool `breaks:"rfc3022.napt-tuple" blinds:"rfc5382.req-5-est rfc5382.req-6" also:"practice.edge-ports"` //nolint:lll // a tag cannot be broken
	// StaticFiltered lets in through a static pair only what its inside endpoint
	// has sent to. Breaks RFC 3022, Section 2.1.
	StaticFiltered bool `breaks:"rfc3022.basic-static" queryblinds:"rfc5508.req-4-relay rfc5508.req-5a" blinds:"rfc4787.req-9 rfc5382.req-8 practice.other-ways rfc5508.req-4-relay rfc5508.req-5a rfc5508.s7.1.2" query:"rfc7857.s12-query"` //nolint:lll // a tag cannot be broken
}

// UDPFaults are in the rules of UDP.
type UDPFaults struct {
	// ParityIgnored answers a collision with a port of the other parity. Breaks
	// REQ-4.
	ParityIgnored bool `breaks:"rfc4787.req-4"`
	// ParityOfLowPortsIgnored answers a collision below 1024 with a port of the other parity.
	// Breaks REQ-4.
	ParityOfLowPortsIgnored bool `breaks:"rfc4787.req-4"`
	// ShortUnrepliedTimer ends a mapping after 30 s as long as nothing has
	// come back. Breaks REQ-5.
	ShortUnrepliedTimer bool `breaks:"rfc4787.req-5"`
	// ShortSingleTimer ends a mapping after 60 s that was used only once, answered
	// or not. Breaks REQ-5.
	ShortSingleTimer bool `breaks:"rfc4787.req-5" blinds:"rfc4787.req-11 rfc4787.req-3"`
	// TimerKnobIgnored keeps to the default lifetime whatever is configured.
	// Breaks REQ-5b.
	TimerKnobIgnored bool `breaks:"rfc4787.req-5b" blinds:"rfc7857.s7 rfc7857.s7.1 translation.pat-expiry rfc2663.unbinding rfc6888.req-4 rfc6888.req-5 rfc6888.req-8 rfc6888.req-8-config rfc6888.req-8c rfc4787.req-5"` //nolint:lll // a tag cannot be broken
	// ShortTimerLeak ends a whole mapping 30 s after its last packet once
	// any went to a port of 0-1023. Breaks REQ-5a.
	ShortTimerLeak bool `breaks:"rfc4787.req-5a" blinds:"rfc4787.req-11"`
	// ShortDefaultTimer makes the default lifetime 200 s. Breaks REQ-5c.
	ShortDefaultTimer bool `breaks:"rfc4787.req-5c"`
	// NoOutboundRefresh lets the timer run from the mapping's creation.
	// Breaks REQ-6.
	NoOutboundRefresh bool `breaks:"rfc4787.req-6" also:"rfc4787.req-5 rfc4787.req-9"`
	// InboundShortens cuts the remaining life of a mapping that has idled for a
	// second to 10 s when a packet comes in. Breaks REQ-6a.
	InboundShortens bool `breaks:"rfc4787.req-6a"`
	// ChecksumFilled computes the UDP checksum of a datagram that has none.
	// Breaks RFC 3022, Section 4.1, and so what errors quote of it.
	ChecksumFilled bool `breaks:"rfc3022.udp-zero rfc5508.req-4a" also:"practice.other-ways"`
}

// ICMPFaults are in the translation of ICMP errors, whichever protocol they are
// about.
type ICMPFaults struct {
	// ICMPEndsMapping removes a mapping after an error about it, relayed or not.
	// Breaks REQ-12.
	ICMPEndsMapping bool `breaks:"rfc4787.req-12" tcp:"rfc5382.req-10" query:"rfc5508.req-6" also:"rfc4787.req-5" tcpalso:"rfc5382.req-5-est" tcpblinds:"practice.deterministic-tcp"` //nolint:lll // a tag cannot be broken
	// ICMPFilteredBySource relays errors only from the flow's remote address.
	// Breaks REQ-12a.
	ICMPFilteredBySource bool `breaks:"rfc4787.req-12a" blinds:"rfc5508.req-4c" tcp:"rfc5382.req-9"`
	// OnlyPortUnreachable relays no Destination Unreachable but code 3.
	// Breaks REQ-12b.
	OnlyPortUnreachable bool `breaks:"rfc4787.req-12b" blinds:"practice.icmp-word" tcp:"rfc5382.req-9" tcpalso:"rfc5508.req-4-relay" tcpblinds:"practice.icmp-word"` //nolint:lll // a tag cannot be broken
	// QuotePortKept restores the address in the packet that an error quotes, but
	// not the port. Breaks REQ-12b, and REQ-3b and REQ-4a of RFC 5508.
	QuotePortKept bool `breaks:"rfc4787.req-12b rfc5508.req-3b rfc5508.req-3d rfc5508.req-4a" tcp:"rfc5382.req-9 rfc5508.req-3b rfc5508.req-3d rfc5508.req-4a"` //nolint:lll // a tag cannot be broken
}

// FragmentFaults are in what becomes of packets that do not fit, and of fragments.
type FragmentFaults struct {
	// SilentWhenTooBig drops an outbound packet with DF set that does not fit
	// without telling the sender. Breaks REQ-13.
	SilentWhenTooBig bool `breaks:"rfc4787.req-13" touches:"udp"`
	// NoFragmentation drops packets with DF clear that do not fit. Breaks
	// REQ-13a.
	NoFragmentation bool `breaks:"rfc4787.req-13a" blinds:"rfc4787.req-13a-order" query:"rfc5508.s7.1.1" tcp:"rfc5382.req-2"` //nolint:lll // a tag cannot be broken
	// InboundTooBigInSilence drops packets from outside with DF set that do not fit the inside
	// link. Breaks RFC 5508, Section 7.1.1.
	InboundTooBigInSilence bool `breaks:"rfc5508.s7.1.1"`
	// InboundNotFragmented drops those with DF clear. Breaks RFC 5508, Section 7.1.1.
	InboundNotFragmented bool `breaks:"rfc5508.s7.1.1"`
	// FragmentsReversed sends the fragments it makes last one first. Breaks
	// the order that REQ-13a recommends.
	FragmentsReversed bool `breaks:"rfc4787.req-13a-order"`
	// OrderedFragmentsOnly drops fragments that do not continue what has
	// arrived. Breaks REQ-14.
	OrderedFragmentsOnly bool `breaks:"rfc4787.req-14" tcp:"rfc5382.req-2" query:"rfc5508.req-1"`
	// FragmentsLimited puts no more than two fragments together. Breaks REQ-14.
	FragmentsLimited bool `breaks:"rfc4787.req-14" blinds:"rfc7857.s10" tcp:"rfc5382.req-2" query:"rfc5508.req-1" also:"rfc6888.req-6"` //nolint:lll // a tag cannot be broken
	// FragmentsExhaust holds 64 incomplete packets and then refuses any
	// further fragment until those have timed out. Breaks REQ-14a.
	FragmentsExhaust bool `breaks:"rfc4787.req-14a"`
}
