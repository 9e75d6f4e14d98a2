package suites_test

// smallMistakesTCP are what the small NAT of the tests can do wrong with TCP. Some of
// them are of UDP as well.
var smallMistakesTCP = []foreign{
	{
		name:   "a mapping for each destination",
		breaks: []string{"rfc5382.req-1"}, beside: []string{"rfc5382.req-7"},
	},
	{
		name:   "another mapping after the first connection",
		breaks: []string{"rfc5382.req-1"}, beside: []string{"rfc5382.req-7"},
	},
	{
		name:   "one connection for each port",
		breaks: []string{"rfc5382.req-8"},
		beside: []string{"rfc5382.req-2", "rfc5382.req-4"}, blinds: []string{"rfc5382.req-1"},
	},
	{
		name:   "keep-alives are dropped",
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a", "rfc5382.req-7"},
	},
	{name: "a SYN with data is dropped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{
		name:   "data on a SYN is cut off",
		breaks: []string{"rfc5382.req-2", "wire.payload"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "no data before the first ACK",
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "a SYN passes once",
		breaks: []string{"rfc5382.req-2", "rfc5382.req-2a"}, beside: []string{"rfc5382.req-1"},
	},
	{name: "long segments are dropped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "half closed is deaf", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "segments in order only", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "old data is dropped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{
		name:   "a RST ends all connections of an endpoint",
		breaks: []string{"rfc5382.req-5-est"}, beside: []string{"rfc5382.req-5-trans"},
	},
	{
		name:   "a close ends all connections of an endpoint",
		breaks: []string{"rfc5382.req-5-est"}, beside: []string{"rfc5382.req-5-trans"},
	},
	{name: "accurate ECN is refused", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "two blocks are stripped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "a SYN-ACK with data is dropped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{
		name:   "segments in fragments are lost",
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc4787.req-14"},
	},
	{name: "big segments are dropped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc4787.req-13a"}},
	{
		name:   "a connection ends with a mapping",
		breaks: []string{"rfc5382.req-5-est"}, beside: []string{"rfc4787.req-5"},
	},
	{name: "windows have no scale", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "numbers do not wrap around", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "numbers have a sign", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "a FIN passes once", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "a FIN ends the connection", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{name: "urgent segments are dropped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{
		name:   "nothing is urgent",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "nothing is pushed",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"wire.payload"},
	},
	{
		name:   "congestion is not spoken of",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "windows are small",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"wire.payload"},
	},
	{
		name:   "numbers are shifted one way",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"wire.payload"},
	},
	{
		name:   "time stamps are stripped",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "selective acknowledgement is stripped",
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{name: "blocks are stripped", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{
		name:   "unknown options are stripped",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "the window's scale is its own",
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"rfc5382.req-2a"},
	},
	{name: "segments are to be short", breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"}},
	{
		name:   "odd segments have a wrong checksum",
		breaks: []string{"rfc5382.req-2", "wire.transport-checksum"}, beside: []string{"rfc5382.req-1"},
	},
	{
		name:   "a checksum of zero becomes all ones",
		breaks: []string{"wire.transport-checksum"}, beside: []string{"rfc5382.req-2"},
	},
	{
		name:   "every checksum of TCP is computed",
		breaks: []string{"wire.damage"}, beside: []string{"rfc5382.req-2", "wire.transport-checksum"},
	},
	{
		name:   "SYNs that cross are refused",
		breaks: []string{"rfc5382.req-2a"}, beside: []string{"rfc5382.req-4"},
		blinds: []string{"rfc5382.req-4-simopen"},
	},
	{
		name:   "strangers are kept out by port",
		breaks: []string{"rfc5382.req-3"}, beside: []string{"rfc5382.req-1"},
	},
	{
		name:   "all of TCP is let in",
		breaks: []string{"rfc5382.req-3a", "rfc5382.req-3b"}, beside: []string{"rfc5382.req-3"},
	},
	{name: "TCP is filtered as UDP is", breaks: []string{"rfc5382.req-3b"}, beside: []string{"rfc5382.req-3"}},
	{
		name:   "refuses at once",
		breaks: []string{"rfc5382.req-4", "rfc5382.req-4-simopen", "rfc5382.req-4-icmp"},
		beside: []string{"rfc5382.req-4a"},
	},
	{
		name:   "tells at once",
		breaks: []string{"rfc5382.req-4", "rfc5382.req-4-simopen"},
		beside: []string{"rfc5382.req-4-icmp", "rfc5382.req-4a"},
	},
	{
		name:   "tells after four seconds",
		breaks: []string{"rfc5382.req-4"}, beside: []string{"rfc5382.req-4-icmp", "rfc5382.req-4-simopen"},
	},
	{
		name:   "tells nobody",
		breaks: []string{"rfc5382.req-4-icmp"}, beside: []string{"rfc5382.req-4", "rfc5382.req-4-simopen"},
	},
	{
		name:   "refuses in the end",
		breaks: []string{"rfc5382.req-4-icmp"}, beside: []string{"rfc5382.req-4", "rfc5382.req-4-simopen"},
	},
	{
		name:   "tells of a host that is not there",
		breaks: []string{"rfc5382.req-4-icmp"}, beside: []string{"rfc5382.req-4", "rfc5382.req-4-simopen"},
	},
	{
		name:   "tells also who is called back",
		breaks: []string{"rfc5382.req-4-simopen"}, beside: []string{"rfc5382.req-4", "rfc5382.req-4-icmp"},
	},
	{name: "is never silent", breaks: []string{"rfc5382.req-4a"}, beside: []string{"rfc5382.req-4"}},
	{
		name:   "idle for ten minutes",
		breaks: []string{"rfc5382.req-5-est"}, beside: []string{"rfc5382.req-5-trans"},
		blinds: []string{"rfc5382.req-5"},
	},
	{name: "opening takes 20 s", breaks: []string{"rfc5382.req-5-trans"}, beside: []string{"rfc5382.req-5-est"}},
	{
		name:   "closing takes 20 s",
		breaks: []string{"rfc5382.req-5-trans", "rfc7857.s2.2-hold"}, beside: []string{"rfc5382.req-5-est"},
	},
	{
		name:   "half closed is nearly over",
		breaks: []string{"rfc5382.req-5-est", "rfc7857.s2"}, beside: []string{"rfc5382.req-5-trans"},
	},
	{
		name:   "the timer is not settable",
		breaks: []string{"rfc5382.req-5a", "rfc7857.s2.1-less"}, beside: []string{"rfc5382.req-5-est"},
	},
	{name: "a gateway for every protocol", breaks: []string{"rfc5382.req-6"}, beside: []string{"rfc5382.req-1"}},
	{name: "hosts share a port", breaks: []string{"rfc5382.req-7"}, beside: []string{"rfc5382.req-6"}},
	{
		name:   "no way back inside",
		breaks: []string{"rfc5382.req-8"}, beside: []string{"rfc5382.req-1"}, blinds: []string{"rfc5382.req-8a"},
	},
	{
		name:   "the way back inside keeps the source",
		breaks: []string{"rfc5382.req-8a"}, beside: []string{"rfc5382.req-1"},
	},
	{
		name:   "errors about TCP stay outside",
		breaks: []string{"rfc5382.req-9"}, beside: []string{"rfc5382.req-10"},
	},
	{
		name:   "Fragmentation Needed is not relayed",
		breaks: []string{"rfc5382.req-9"}, beside: []string{"rfc5382.req-10"},
	},
	{
		name:   "a quote of TCP stays as it is",
		breaks: []string{"rfc5382.req-9"}, beside: []string{"rfc5382.req-10"},
	},
	{
		name:   "an error ends the connection",
		breaks: []string{"rfc5382.req-10"}, beside: []string{"rfc5382.req-2"},
	},
	{
		name:   "an error ends an opening connection",
		breaks: []string{"rfc5382.req-10"}, beside: []string{"rfc5382.req-2"},
	},
	{
		name:   "a host's error ends its connection",
		breaks: []string{"rfc5382.req-10"}, beside: []string{"rfc5382.req-9"},
	},
	{
		name:   "a RST goes no further",
		breaks: []string{"rfc7857.s2.2-translate"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "a RST from inside is kept",
		breaks: []string{"rfc7857.s2.2-translate"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:   "a RST ends the connection",
		breaks: []string{"rfc7857.s2.2-hold"}, beside: []string{"rfc7857.s2.2-translate"},
	},
	{
		name:   "a RST of any number ends the connection",
		breaks: []string{"rfc7857.s2.2-hold"}, beside: []string{"rfc7857.s2.2-translate"},
	},
	{
		name:   "a RST is not heeded",
		breaks: []string{"rfc7857.s2", "rfc7857.s7.1"}, beside: []string{"rfc7857.s2.2-hold"},
	},
	{
		name:   "the last ACK passes once",
		breaks: []string{"rfc5382.s5-timewait"}, beside: []string{"rfc5382.req-2", "rfc5382.req-5-trans"},
	},
	{
		name:   "what is abandoned goes on elsewhere",
		breaks: []string{"rfc5382.s5-abandon"}, beside: []string{"rfc5382.req-5a"},
	},
	{
		name:   "one timer for opening and closing",
		breaks: []string{"rfc7857.s2.1-separate"}, beside: []string{"rfc7857.s2.1-less"},
	},
	{
		name:   "who is refused keeps the mapping",
		breaks: []string{"rfc7857.s7", "rfc7857.s7-tcp"}, beside: []string{"rfc7857.s7.1"},
	},
	{name: "an address for each peer", breaks: []string{"rfc7857.s4-tcp"}, beside: []string{"rfc5382.req-7"}},
	{
		name:   "any address will do",
		breaks: []string{"rfc7857.s4-drop", "rfc7857.s4-tcp"}, beside: []string{"rfc7857.s4-soft"},
	},
	{name: "no other address will do", breaks: []string{"rfc7857.s4-soft"}, beside: []string{"rfc7857.s4-tcp"}},
	{
		name:   "TCP and UDP have one mapping",
		breaks: []string{"rfc7857.s5-eim", "rfc7857.s5-default"}, beside: []string{"rfc7857.s5-param"},
	},
	{
		name:   "TCP and UDP have a mapping each",
		breaks: []string{"rfc7857.s5-param"}, beside: []string{"rfc7857.s5-eim"},
	},
	{name: "filters are shared", breaks: []string{"rfc7857.s6"}, beside: []string{"rfc7857.s6-param"}},
	{
		name:   "shared mappings have shared filters",
		breaks: []string{"rfc7857.s6-default"}, beside: []string{"rfc7857.s6"},
	},
	{name: "filters are never shared", breaks: []string{"rfc7857.s6-param"}, beside: []string{"rfc7857.s6"}},
	{
		name:   "ports are counted up",
		breaks: []string{"rfc7857.s9-nopreserve"}, beside: []string{"rfc7857.s9-preserve"},
	},
	{
		name:   "the next port but one",
		breaks: []string{"rfc7857.s9-preserve", "rfc7857.s9-parity"}, beside: []string{"rfc7857.s9-nopreserve"},
	},
	{
		name:   "room for eight mappings",
		breaks: []string{"practice.capacity-tcp", "practice.syn-flood-inside"}, beside: []string{"rfc5382.req-2"},
	},
	{
		name:   "remembers eight peers",
		breaks: []string{"practice.capacity-peers-tcp"}, beside: []string{"rfc5382.req-1"},
	},
	{name: "UDP is filtered in one way", breaks: []string{"rfc4787.req-8a"}, beside: []string{"rfc4787.req-8"}},
	{name: "a host's error keeps its mapping", breaks: []string{"rfc7857.s7.1"}, beside: []string{"rfc7857.s7"}},
	{
		name:   "filters by port after a conflict",
		breaks: []string{"practice.deterministic-tcp"}, beside: []string{"rfc5382.req-3"},
	},
	{
		name:   "closing takes an hour",
		breaks: []string{"practice.ports-recovered"}, beside: []string{"rfc5382.req-2"},
	},
	{name: "a scan ends the connections", breaks: []string{"practice.tcp-scan"}, beside: []string{"rfc5382.req-3"}},
	{
		name:   "strangers take the place of mappings",
		breaks: []string{"practice.syn-flood"}, beside: []string{"rfc5382.req-4"},
	},
}
