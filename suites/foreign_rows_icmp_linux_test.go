package suites_test

// smallMistakesICMP are what the small NAT of the tests can do wrong with ICMP.
var smallMistakesICMP = []foreign{
	{
		name:   "an identifier for each destination address",
		breaks: []string{"rfc5508.req-1a"}, beside: []string{"rfc5508.req-1"},
	},
	{
		name:   "hosts share an identifier",
		breaks: []string{"rfc5508.req-1", "rfc3022.napt-query-id"}, beside: []string{"rfc5508.req-1a"},
	},
	{
		name:   "a query of one byte is not summed",
		breaks: []string{"rfc3022.icmp-query-checksum"}, beside: []string{"rfc3022.napt-query-id"},
	},
	{
		name:   "what is too big for the inside is lost",
		breaks: []string{"rfc5508.s7.1.1"}, beside: []string{"rfc4787.req-13"},
	},
	{
		name:   "identifiers and numbers begin with one",
		breaks: []string{"practice.edge-ports"}, beside: []string{"rfc5508.req-1"},
	},
	{
		name:   "queries in fragments are lost",
		breaks: []string{"rfc5508.req-1"}, beside: []string{"rfc5508.req-1a"},
	},
	{
		name:   "large queries are dropped",
		breaks: []string{"rfc5508.req-1"}, beside: []string{"rfc5508.req-1a"},
	},
	{
		name:   "a query lives for half a minute",
		breaks: []string{"rfc5508.req-2"}, beside: []string{"rfc5508.req-2a"},
	},
	{
		name:   "a further request keeps nothing",
		breaks: []string{"rfc5508.req-2"}, beside: []string{"rfc5508.req-2a"},
	},
	{
		name:   "the timer of queries is not settable",
		breaks: []string{"rfc5508.req-2a"}, beside: []string{"rfc5508.req-2"},
	},
	{
		name:   "damaged errors are relayed",
		breaks: []string{"rfc5508.req-3"}, beside: []string{"rfc5508.req-3a"},
	},
	{
		name:   "quoted headers are not checked",
		breaks: []string{"rfc5508.req-3a"}, beside: []string{"rfc5508.req-3"},
	},
	{
		name:   "errors of nobody's are for anybody",
		breaks: []string{"rfc5508.req-4"}, beside: []string{"rfc5508.req-4a"},
	},
	{
		name:   "errors about nothing get out as they are",
		breaks: []string{"rfc5508.req-5"}, beside: []string{"rfc5508.req-5a"},
	},
	{
		name:   "a quote from inside keeps its port",
		breaks: []string{"rfc5508.req-5a"}, beside: []string{"rfc5508.req-5b"},
	},
	{
		name:   "every host inside is unreachable",
		breaks: []string{"rfc5508.req-5b"}, beside: []string{"rfc5508.req-5a"},
	},
	{
		name:   "an error comes from whom it is about",
		breaks: []string{"rfc5508.req-5c"}, beside: []string{"rfc5508.req-5a"},
	},
	{
		name:   "an error ends a query",
		breaks: []string{"rfc5508.req-6"}, beside: []string{"rfc4787.req-12"},
	},
	{
		name:   "an error keeps a query",
		breaks: []string{"rfc5508.req-6"}, beside: []string{"rfc5508.req-4a"},
	},
	{
		name:   "no query on the way back inside",
		breaks: []string{"rfc5508.req-7"}, beside: []string{"rfc7857.s12-query"},
	},
	{
		name:   "nobody outside asks a pair",
		breaks: []string{"rfc7857.s12-query"}, beside: []string{"rfc5508.req-7"},
	},
	{
		name:   "a hairpinned error quotes the outside",
		breaks: []string{"rfc5508.req-7a"}, beside: []string{"rfc5508.req-7-error"},
	},
	{
		name:   "refuses in silence",
		breaks: []string{"rfc5508.req-8"}, beside: []string{"rfc5508.req-10a-2"},
	},
	{
		name:   "Packet Too Big stays inside",
		breaks: []string{"rfc5508.s7.1.2"}, beside: []string{"rfc5508.s7.1.1"},
	},
	{
		name:   "says nothing about queries",
		breaks: []string{"rfc5508.req-10a-2"}, beside: []string{"rfc5508.s7.1.1"},
	},
	{
		name:   "time stamps are lost on their way back",
		breaks: []string{"rfc5508.req-10b-2"}, beside: []string{"rfc5508.req-1"},
	},
	{
		name:   "its errors are of no class",
		breaks: []string{"rfc5508.req-10d"}, beside: []string{"rfc5508.req-10a-2"},
	},
	{
		name:   "complains of errors",
		breaks: []string{"rfc5508.req-10e"}, beside: []string{"rfc5508.req-10f"},
	},
	{
		name:   "is never tired of complaining",
		breaks: []string{"rfc5508.req-10f"}, beside: []string{"rfc5508.req-10e"},
	},
	{
		name:   "source routes get out",
		breaks: []string{"rfc5508.s7.3"}, beside: []string{"rfc5508.req-3b"},
	},
	{name: "redirects whom it serves", breaks: []string{"rfc5508.req-10b-1"}, beside: []string{"rfc5508.req-10c-1"}},
	{name: "source routes lead one way", breaks: []string{"rfc5508.req-10b-3"}, beside: []string{"rfc5508.s7.3"}},
	{
		name:   "complains of options at the wrong place",
		breaks: []string{"rfc5508.req-10b-5"}, beside: []string{"rfc5508.req-10b-1"},
	},
	{name: "quenches who sends much", breaks: []string{"rfc5508.req-10c-1"}, beside: []string{"rfc5508.req-10b-1"}},
	{
		name:   "answers requests for information",
		breaks: []string{"rfc5508.req-10c-2"}, beside: []string{"rfc5508.req-1"},
	},
	{
		name:   "what it does not know gets out as it is",
		breaks: []string{"rfc5508.req-11"}, beside: []string{"rfc5508.req-1"},
	},
}

// kernelMistakesICMP are ways in which the kernel's NAT breaks what is asked of ICMP.
var kernelMistakesICMP = []foreign{
	{
		name:    "a query lives for half a minute",
		mistake: `icmp=${NATPROOF_ICMP_TIMEOUT:-30}`,
		breaks:  []string{"rfc5508.req-2"}, beside: []string{"rfc5508.req-2a"},
	},
	{
		name:    "the timer of queries that is set is ignored",
		mistake: `icmp=90`,
		breaks:  []string{"rfc5508.req-2a"}, beside: []string{"rfc5508.req-2"},
	},
	{
		name:    "replies of one byte have a wrong checksum",
		mistake: `last='icmp type echo-reply ip length 29 icmp checksum set 0xdead'`,
		breaks:  []string{"rfc3022.icmp-query-checksum"}, beside: []string{"rfc3022.napt-query-id"},
	},
	{
		name:    "large replies are not let in",
		mistake: `forward="iifname $outside icmp type echo-reply meta length > 1000 drop"`,
		breaks:  []string{"rfc5508.req-1"}, beside: []string{"rfc5508.s7.1.2"},
	},
	{
		name:    "errors from inside have a code of their own",
		mistake: `last="oifname $outside icmp type destination-unreachable icmp code set 1"`,
		breaks:  []string{"rfc5508.req-5b"}, beside: []string{"rfc5508.req-5a"},
	},
	{
		name:    "Packet Too Big from inside stays there",
		mistake: `forward="oifname $outside icmp code frag-needed icmp type destination-unreachable drop"`,
		breaks:  []string{"rfc5508.s7.1.2"}, beside: []string{"rfc5508.req-5a"},
	},
	{
		name:    "who is forwarded to is not told that a packet is too big",
		mistake: `forward="iifname $outside ct status dnat icmp type destination-unreachable icmp code 4 drop"`,
		breaks:  []string{"rfc5508.req-4-relay", "rfc4787.req-12b"}, beside: []string{"rfc5508.req-5a"},
	},
	{
		name:    "a closed port behind a forward is told to nobody",
		mistake: `forward="iifname $inside ct status dnat icmp type destination-unreachable icmp code 3 drop"`,
		breaks:  []string{"rfc5508.req-5a"}, beside: []string{"rfc5508.req-4-relay"},
	},
	{
		name:    "who is forwarded to is not told of a problem with a parameter",
		mistake: `forward="iifname $outside ct status dnat icmp type parameter-problem drop"`,
		breaks:  []string{"rfc5508.req-4-relay"}, beside: []string{"rfc5508.req-5a"},
	},
	{
		name: "who sends to a forward is not told that a packet is too big",
		mistake: `forward="iifname $inside oifname $outside ct status dnat icmp type destination-unreachable ` +
			`icmp code 4 drop"`,
		breaks: []string{"rfc5508.s7.1.2"}, beside: []string{"rfc5508.req-5a"},
	},
	{
		name:    "no hop inside is told of to the inside",
		mistake: `forward="iifname $inside oifname $inside icmp type time-exceeded drop"`,
		breaks:  []string{"rfc5508.req-7-error"}, beside: []string{"rfc5508.req-5a"},
	},
	{
		name:    "queries of a class are not carried",
		mistake: `forward="icmp type echo-request ip dscp != 0 drop"`,
		breaks:  []string{"practice.edge-headers"}, beside: []string{"rfc5508.req-1"},
	},
	{
		name:    "a pair is not asked with much data",
		mistake: `forward="iifname $outside icmp type echo-request ip length > 1000 drop"`,
		breaks:  []string{"rfc7857.s12-query"}, beside: []string{"rfc5508.req-1"},
	},
	{
		name:    "silent about the TTL of queries",
		mistake: `raw='ip protocol icmp ip ttl 1 drop'`,
		breaks:  []string{"rfc5508.req-10a-2"}, beside: []string{"rfc5508.s7.1.1"},
	},
	{
		name:    "what connection tracking does not know gets out",
		mistake: `invalid=''`,
		breaks:  []string{"rfc5508.req-5", "rfc5508.req-11"}, beside: []string{"rfc5508.req-5a"},
	},
}
