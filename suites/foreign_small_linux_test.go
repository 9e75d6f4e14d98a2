package suites_test

// smallMistakes are what the small NAT of the tests can do wrong.
var smallMistakes = []foreign{
	{
		name:   "a mapping for each destination",
		breaks: []string{"rfc4787.req-1"}, beside: []string{"rfc4787.req-2", "rfc4787.req-3", "rfc4787.req-11"},
	},
	{
		name:   "a mapping for each destination address",
		breaks: []string{"rfc4787.req-1"}, beside: []string{"rfc4787.req-3", "rfc4787.req-11"},
	},
	{
		name:   "an address for each peer",
		breaks: []string{"rfc4787.req-2"}, beside: []string{"rfc4787.req-1"},
	},
	{
		name:   "hosts share a port",
		breaks: []string{"rfc4787.req-3"}, beside: []string{"rfc4787.req-1"},
	},
	{
		name:   "high ports for all",
		breaks: []string{"rfc4787.req-3a"}, beside: []string{"rfc4787.req-1", "rfc4787.req-3", "rfc4787.req-4"},
	},
	{
		name:   "a low port for high ones",
		breaks: []string{"rfc4787.req-3a"}, beside: []string{"rfc4787.req-4"},
	},
	{
		name:   "the next port",
		breaks: []string{"rfc4787.req-4"}, beside: []string{"rfc4787.req-1", "rfc4787.req-3", "rfc4787.req-3a"},
	},
	{
		name:   "a timer of 90 s",
		breaks: []string{"rfc4787.req-5", "rfc4787.req-5b", "rfc4787.req-5c"},
		beside: []string{"rfc4787.req-6a"},
	},
	{
		name:   "a timer of 200 s",
		breaks: []string{"rfc4787.req-5b", "rfc4787.req-5c"}, beside: []string{"rfc4787.req-5", "rfc4787.req-6"},
	},
	{
		name:   "a well-known port shortens the mapping",
		breaks: []string{"rfc4787.req-5a"}, beside: []string{"rfc4787.req-5", "rfc4787.req-5c"},
	},
	{
		name:   "the timer is not settable",
		breaks: []string{"rfc4787.req-5b"}, beside: []string{"rfc4787.req-5"},
	},
	{
		name:   "the inside refreshes nothing",
		breaks: []string{"rfc4787.req-6"}, beside: []string{"rfc4787.req-5", "rfc4787.req-6a"},
	},
	{
		name:   "the outside halves a mapping's life",
		breaks: []string{"rfc4787.req-6a"}, beside: []string{"rfc4787.req-5", "rfc4787.req-6"},
	},
	{
		name:   "filters by port",
		breaks: []string{"rfc4787.req-8"}, beside: []string{"rfc4787.req-1", "rfc4787.req-9", "rfc4787.req-11"},
	},
	{
		name:   "filters by port after a conflict",
		breaks: []string{"rfc4787.req-11"}, beside: []string{"rfc4787.req-8", "rfc4787.req-1"},
	},
	{
		name:   "a mapping for each destination after a conflict",
		breaks: []string{"rfc4787.req-1", "rfc4787.req-11"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:   "no way back inside",
		breaks: []string{"rfc4787.req-9"}, beside: []string{"rfc4787.req-1"},
		blinds: []string{"rfc4787.req-9a"},
	},
	{
		name:   "no way back to oneself",
		breaks: []string{"rfc4787.req-9"}, beside: []string{"rfc4787.req-9a"},
	},
	{
		name:   "the way back inside keeps the source",
		breaks: []string{"rfc4787.req-9a"}, beside: []string{"rfc4787.req-9"},
	},
	{
		name:   "a gateway for every protocol",
		breaks: []string{"rfc4787.req-10"}, beside: []string{"rfc4787.req-1"},
	},
	{
		name:   "an error ends the mapping",
		breaks: []string{"rfc4787.req-12"}, beside: []string{"rfc4787.req-12a", "rfc4787.req-12b"},
	},
	{
		name:   "errors of the peer only",
		breaks: []string{"rfc4787.req-12a"}, beside: []string{"rfc4787.req-12", "rfc4787.req-12b"},
	},
	{
		name:   "host unreachable is not relayed",
		breaks: []string{"rfc4787.req-12b"}, beside: []string{"rfc4787.req-12", "rfc4787.req-12a"},
	},
	{
		name:   "a quote stays as it is",
		breaks: []string{"rfc4787.req-12b"}, beside: []string{"rfc4787.req-12"},
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
		breaks: []string{"rfc4787.req-13a-order"}, beside: []string{"rfc4787.req-13a", "rfc4787.req-14"},
	},
	{
		name:   "fragments in order only",
		breaks: []string{"rfc4787.req-14"}, beside: []string{"rfc4787.req-14a"},
	},
	{
		name:   "room for fragments is not shared",
		breaks: []string{"rfc4787.req-14a"}, beside: []string{"rfc4787.req-14"},
	},
	{
		name:   "a pair in one direction only",
		breaks: []string{"rfc3022.basic-static"}, beside: []string{"rfc3022.napt-tuple"},
	},
	{
		name:   "a forward's answers have a mapping of their own",
		breaks: []string{"rfc3022.napt-static-port"}, beside: []string{"rfc4787.req-9"},
	},
	{
		name:   "computes a checksum where there is none",
		breaks: []string{"rfc3022.udp-zero"}, beside: []string{"rfc3022.napt-tuple"},
	},
}
