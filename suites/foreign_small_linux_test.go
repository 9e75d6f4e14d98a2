package suites_test

// smallMistakes are what the small NAT of the tests can do wrong.
var smallMistakes = []foreign{
	{
		name:   "shares ports and cannot tell whose they are",
		breaks: []string{"rfc7857.s3", "rfc4787.req-3"}, beside: []string{"rfc4787.req-3a"},
	},
	{
		name:   "serves no first port",
		breaks: []string{"practice.edge-ports"}, beside: []string{"practice.payload-lengths"},
	},
	{
		name:   "takes a lone byte for nothing",
		breaks: []string{"practice.payload-lengths"}, beside: []string{"practice.edge-ports"},
	},
	{
		name:   "the first peer is shown for all",
		breaks: []string{"rfc3022.inbound-source"}, beside: []string{"rfc3022.napt-tuple"},
	},
	{
		name:   "room for eight mappings",
		breaks: []string{"practice.capacity"}, beside: []string{"rfc4787.req-3a"},
	},
	{
		name:   "remembers eight peers",
		breaks: []string{"practice.capacity-peers"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:   "loses a second packet that no answer came before",
		breaks: []string{"practice.burst-whole"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:   "a mapping for each destination",
		breaks: []string{"rfc4787.req-1"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:   "a mapping for each destination address",
		breaks: []string{"rfc4787.req-1"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:   "an address for each peer",
		breaks: []string{"rfc4787.req-2"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:   "hosts share a port",
		breaks: []string{"rfc4787.req-3"}, beside: []string{"rfc4787.req-3a"},
	},
	{
		name:   "high ports for all",
		breaks: []string{"rfc4787.req-3a"}, beside: []string{"rfc4787.req-4"},
	},
	{
		name:   "a low port for high ones",
		breaks: []string{"rfc4787.req-3a"}, beside: []string{"rfc4787.req-4"},
	},
	{
		name:   "the next port",
		breaks: []string{"rfc4787.req-4"}, beside: []string{"rfc4787.req-3", "rfc4787.req-3a"},
	},
	{
		name:   "a timer of 90 s",
		breaks: []string{"rfc4787.req-5", "rfc4787.req-5b", "rfc4787.req-5c"},
		beside: []string{"rfc4787.req-6a"},
	},
	{
		name:   "a timer of 200 s",
		breaks: []string{"rfc4787.req-5b", "rfc4787.req-5c"}, beside: []string{"rfc4787.req-6"},
		blinds: []string{"rfc4787.req-5"},
	},
	{
		name:   "a well-known port shortens the mapping",
		breaks: []string{"rfc4787.req-5a"}, beside: []string{"rfc4787.req-5", "rfc4787.req-5c"},
	},
	{
		name:   "the timer is not settable",
		breaks: []string{"rfc4787.req-5b"}, beside: []string{"rfc4787.req-6"}, blinds: []string{"rfc4787.req-5"},
	},
	{
		name:   "the inside refreshes nothing",
		breaks: []string{"rfc4787.req-5", "rfc4787.req-6"}, beside: []string{"rfc4787.req-6a"},
	},
	{
		name:   "the outside halves a mapping's life",
		breaks: []string{"rfc4787.req-5", "rfc4787.req-6a"}, beside: []string{"rfc4787.req-6"},
	},
	{
		name:   "filters by port",
		breaks: []string{"rfc4787.req-8"}, beside: []string{"rfc4787.req-9a"},
	},
	{
		name:   "filters by port after a conflict",
		breaks: []string{"rfc4787.req-11"}, beside: []string{"rfc4787.req-8"},
	},
	{
		name:   "a mapping for each destination after a conflict",
		breaks: []string{"rfc4787.req-1", "rfc4787.req-11"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:   "no way back inside",
		breaks: []string{"rfc4787.req-9"}, beside: []string{"rfc4787.req-3"},
		blinds: []string{"rfc4787.req-9a"},
	},
	{
		name:   "no way back to oneself",
		breaks: []string{"rfc4787.req-9"}, beside: []string{"rfc4787.req-9a"},
	},
	{
		name:   "the way back inside keeps the source",
		breaks: []string{"rfc4787.req-9a"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:   "a gateway for every protocol",
		breaks: []string{"rfc4787.req-10"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:   "an error ends the mapping",
		breaks: []string{"rfc4787.req-12"}, beside: []string{"rfc5508.req-4a"},
	},
	{
		name:   "errors of the peer only",
		breaks: []string{"rfc4787.req-12a"}, beside: []string{"rfc5508.req-4a"},
	},
	{
		name:   "host unreachable is not relayed",
		breaks: []string{"rfc4787.req-12b"}, beside: []string{"rfc5508.req-4a"},
	},
	{
		name:   "a quote stays as it is",
		breaks: []string{"rfc4787.req-12b"}, beside: []string{"rfc4787.req-12a"},
	},
	{
		name:   "silent about big packets",
		breaks: []string{"rfc4787.req-13"}, beside: []string{"rfc4787.req-13a"},
	},
	{
		name:   "tells no MTU",
		breaks: []string{"rfc4787.req-13"}, beside: []string{"rfc4787.req-13a"},
	},
	{
		name:   "quotes what it has translated",
		breaks: []string{"rfc4787.req-13"}, beside: []string{"rfc4787.req-13a"},
	},
	{
		name:   "big packets are dropped",
		breaks: []string{"rfc4787.req-13a"}, beside: []string{"rfc4787.req-13"},
		blinds: []string{"rfc4787.req-13a-order"},
	},
	{
		name:   "the last fragment first",
		breaks: []string{"rfc4787.req-13a-order"}, beside: []string{"rfc4787.req-13a"},
	},
	{
		name:   "fragments in order only",
		breaks: []string{"rfc4787.req-14"}, beside: []string{"rfc4787.req-14a"},
	},
	{
		name:   "a mapping for each destination of low ports",
		breaks: []string{"rfc4787.req-1"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:   "whoever has a name server's port is let in",
		breaks: []string{"rfc4787.req-11"}, beside: []string{"rfc4787.req-8"},
	},
	{
		name:   "who has been idle gets another mapping",
		breaks: []string{"rfc4787.req-11"}, beside: []string{"rfc4787.req-5"},
	},
	{name: "key exchanges share a port", breaks: []string{"rfc4787.req-3"}, beside: []string{"rfc4787.req-3a"}},
	{
		name:   "a service of its own is at a service's port",
		breaks: []string{"practice.edge-ports"}, beside: []string{"practice.payload-lengths"},
	},
	{
		name:   "the last hop but one is the last",
		breaks: []string{"practice.edge-headers"}, beside: []string{"wire.ttl-one"},
	},
	{
		name:   "voice goes another way",
		breaks: []string{"practice.edge-headers"}, beside: []string{"practice.edge-ports"},
	},
	{
		name:   "fragments of pairs are lost",
		breaks: []string{"rfc4787.req-14"}, beside: []string{"rfc3022.basic-static"},
	},
	{
		name:   "fragments on the way back inside are lost",
		breaks: []string{"rfc4787.req-14"}, beside: []string{"rfc4787.req-9"},
	},
	{name: "eight fragments at most", breaks: []string{"rfc4787.req-14"}, beside: []string{"rfc4787.req-14a"}},
	{
		name:   "a fragment that comes twice spoils all",
		breaks: []string{"rfc4787.req-14"}, beside: []string{"rfc4787.req-14a"},
	},
	{
		name:   "fragments of one host are of one datagram",
		breaks: []string{"rfc4787.req-14"}, beside: []string{"rfc4787.req-13a"},
	},
	{name: "a timer of 60 s in a crowd", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc4787.req-6"}},
	{name: "a timer of 60 s after a conflict", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc4787.req-6"}},
	{name: "a timer of 60 s for calls", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc4787.req-6"}},
	{
		name:   "IDs are the hosts'",
		breaks: []string{"rfc7857.s10"}, beside: []string{"rfc4787.req-14", "wire.id"},
	},
	{
		name:   "room for fragments is not shared",
		breaks: []string{"rfc4787.req-14a"}, beside: []string{"rfc4787.req-13a"},
	},
	{
		name:   "a pair in one direction only",
		breaks: []string{"rfc3022.basic-static"}, beside: []string{"rfc3022.napt-tuple"},
	},
	{
		name:   "a forward's answers have a mapping of their own",
		breaks: []string{"rfc3022.napt-static-port", "practice.forward-own"}, beside: []string{"rfc3022.napt-tuple"},
	},
	{
		name:   "computes a checksum where there is none",
		breaks: []string{"rfc3022.udp-zero"}, beside: []string{"rfc3022.napt-tuple"},
	},
}
