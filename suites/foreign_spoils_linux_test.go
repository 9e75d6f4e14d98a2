package suites_test

// kernelSpoils are ways in which the kernel's NAT breaks what is about packets, rather
// than about mappings and filters.
var kernelSpoils = []foreign{
	{
		name: "Parameter Problem is not let in", mistake: `forward="iifname $outside icmp type parameter-problem drop"`,
		breaks: []string{"rfc5508.req-4-relay"}, beside: []string{"rfc4787.req-12a"},
	},
	{
		name:    "what conntrack calls invalid gets out",
		mistake: `invalid=''`,
		breaks:  []string{"wire.inside-address"}, beside: []string{"wire.id"},
	},
	{
		name:    "every packet twice",
		mistake: `last="oifname $outside ip daddr 203.0.113.101 dup to 203.0.113.101 device $outside"`,
		breaks:  []string{"wire.once"}, beside: []string{"wire.one-host", "wire.caused"},
	},
	{
		name: "a copy for another host",
		mistake: `last="oifname $outside udp dport 7 dup to 203.0.113.101 device $outside"
output="udp dport 7 ip daddr set 203.0.113.104"`,
		breaks: []string{"wire.one-host"}, beside: []string{"wire.once", "wire.caused"},
	},
	{
		name:    "a wrong header checksum where TTL is high",
		mistake: `last='ip ttl 254 ip checksum set 0xdead'`,
		breaks:  []string{"wire.ip-checksum"}, beside: []string{"wire.transport-checksum"},
	},
	{
		name:    "a wrong checksum of short packets",
		mistake: `last='udp length 9 udp checksum set 0xdead'`,
		breaks:  []string{"wire.transport-checksum"}, beside: []string{"wire.ip-checksum"},
	},
	{
		name: "checksums are taken off",
		mistake: `last='udp checksum set 0'
set_to 0 netfilter/nf_conntrack_checksum`,
		breaks: []string{"wire.transport-checksum", "wire.damage"}, beside: []string{"wire.payload"},
	},
	{
		name:    "TTL is its own",
		mistake: `last='ip ttl set 64'`,
		breaks:  []string{"wire.ttl"}, beside: []string{"wire.ttl-expired"},
	},
	{
		name:    "a high TTL is cut",
		mistake: `last='ip ttl 254 ip ttl set 200'`,
		breaks:  []string{"wire.ttl-one"}, beside: []string{"wire.ttl"},
	},
	{
		name:    "silent about TTL",
		mistake: `raw='ip ttl 1 drop'`,
		breaks:  []string{"wire.ttl-expired"}, beside: []string{"wire.ttl"},
	},
	{
		name:    "one hop more for everyone",
		mistake: `raw='ip ttl 1 ip ttl set 2'`,
		breaks:  []string{"wire.ttl-expired"}, beside: []string{"wire.class"},
	},
	{
		name:    "DSCP is cleared",
		mistake: `last='ip dscp set 0'`,
		breaks:  []string{"wire.class"}, beside: []string{"wire.ttl"},
	},
	{
		name:    "ECN is cleared",
		mistake: `last='ip ecn set not-ect'`,
		breaks:  []string{"wire.class"}, beside: []string{"wire.ttl"},
	},
	{
		name:    "IDs are cleared",
		mistake: `last='ip id set 1'`,
		breaks:  []string{"wire.id"}, beside: []string{"wire.class"},
	},
	{
		name:    "DF is cleared",
		mistake: `last='ip frag-off 0x4000 ip frag-off set 0'`,
		breaks:  []string{"wire.id"}, beside: []string{"wire.class"},
	},
	{
		name:    "options are replaced",
		mistake: `last='ip hdrlength 6 @nh,160,32 set 0x01010101'`,
		breaks:  []string{"wire.options", "wire.ip-checksum"}, beside: []string{"wire.payload"},
	},
	{
		name:    "long payloads are altered",
		mistake: `last='udp length > 1400 @th,1024,16 set 0xbeef'`,
		breaks:  []string{"wire.payload", "wire.transport-checksum"}, beside: []string{"wire.ttl"},
	},
	{
		name:    "quotes with options are not let in",
		mistake: `raw="iifname $outside icmp type destination-unreachable @th,64,8 != 0x45 drop"`,
		breaks:  []string{"rfc5508.req-3b"}, beside: []string{"rfc5508.req-4b"},
	},
	{
		name:    "every code is Host Unreachable",
		mistake: `last="oifname $inside icmp type destination-unreachable icmp code set 1"`,
		breaks:  []string{"rfc5508.req-4b"}, beside: []string{"rfc4787.req-12b"},
	},
	{
		name:    "errors come from the NAT",
		mistake: `last="oifname $inside icmp type { 3, 11, 12 } ip saddr set 192.168.0.1"`,
		breaks:  []string{"rfc5508.req-4c"}, beside: []string{"rfc4787.req-12a"},
	},
	{
		name:    "no MTU for the next hop",
		mistake: `last="oifname $inside icmp code frag-needed icmp mtu set 0"`,
		breaks:  []string{"practice.icmp-word"}, beside: []string{"rfc5508.req-4b"},
	},
	{
		name: "keeps errors on the way back inside", twin: "cone=yes",
		mistake: `raw="iifname $inside icmp type destination-unreachable drop"`,
		breaks:  []string{"rfc5508.req-7-error"}, beside: []string{"rfc4787.req-9"},
	},
	{
		name:    "a forward's port is like any other",
		mistake: `moved=''`,
		breaks:  []string{"practice.forward-port"}, beside: []string{"practice.forward-own"},
	},
	{
		name:    "a forward is for answers only",
		mistake: `kept=''`,
		breaks:  []string{"practice.forward-own"}, beside: []string{"practice.forward-port"},
	},
	{
		name:    "a wrong checksum in every packet",
		mistake: `last='udp checksum set 0xdead'`,
		breaks:  []string{"wire.transport-checksum"},
	},
}

// smallSpoils are those of the small NAT.
var smallSpoils = []foreign{
	{name: "what is no flow gets out as it is", breaks: []string{"wire.inside-address"}, beside: []string{"wire.once"}},
	{name: "every packet twice", breaks: []string{"wire.once"}, beside: []string{"wire.one-host"}},
	{name: "another host gets a copy", breaks: []string{"wire.one-host"}, beside: []string{"wire.once"}},
	{name: "it talks itself", breaks: []string{"wire.caused"}, beside: []string{"wire.one-host"}},
	{
		name:   "a checksum of all ones becomes zero",
		breaks: []string{"wire.transport-checksum"}, beside: []string{"wire.damage"},
	},
	{
		name:   "a header's checksum loses a carry",
		breaks: []string{"wire.ip-checksum"}, beside: []string{"wire.damage"},
	},
	{
		name:   "a header's checksum is made anew",
		breaks: []string{"wire.header-verified"}, beside: []string{"wire.ip-checksum"},
	},
	{
		name:   "a lone byte is not summed",
		breaks: []string{"wire.transport-checksum"}, beside: []string{"wire.ip-checksum"},
	},
	{name: "every checksum is computed", breaks: []string{"wire.damage"}, beside: []string{"wire.transport-checksum"}},
	{name: "TTL stays", breaks: []string{"wire.ttl"}, beside: []string{"wire.class"}},
	{name: "TTL is its own", breaks: []string{"wire.ttl"}, beside: []string{"wire.ttl-expired"}},
	{name: "TTL is less by two", breaks: []string{"wire.ttl-one"}, beside: []string{"wire.ttl"}},
	{
		name:   "the last hop is one more", // so that a TTL of zero leaves
		breaks: []string{"wire.ttl-expired", "wire.ttl"}, beside: []string{"wire.class"},
	},
	{name: "DSCP is cleared", breaks: []string{"wire.class"}, beside: []string{"wire.id"}},
	{name: "congestion is hidden", breaks: []string{"wire.class"}, beside: []string{"wire.id"}},
	{name: "IDs are its own", breaks: []string{"wire.id"}, beside: []string{"wire.ttl"}},
	{name: "may be fragmented", breaks: []string{"wire.id"}, beside: []string{"wire.ttl"}},
	{name: "options are cut off", breaks: []string{"wire.options"}, beside: []string{"wire.payload"}},
	{name: "short packets are padded", breaks: []string{"wire.payload"}, beside: []string{"wire.options"}},
	{
		name:   "finds no ports behind options",
		breaks: []string{"rfc5508.req-3b"}, beside: []string{"rfc4787.req-12b"},
	},
	{
		name:   "judges the checksum of a quote",
		breaks: []string{"rfc5508.req-3c"}, beside: []string{"rfc4787.req-12b"},
	},
	{
		name:   "a quote keeps its checksum",
		breaks: []string{"rfc5508.req-4a"}, beside: []string{"rfc4787.req-12b"},
	},
	{
		name:   "every host is unreachable",
		breaks: []string{"rfc5508.req-4b"}, beside: []string{"rfc4787.req-12b"},
	},
	{
		name:   "errors come from the NAT",
		breaks: []string{"rfc5508.req-4c"}, beside: []string{"rfc4787.req-12a"},
	},
	{
		name:   "the second word is cleared",
		breaks: []string{"practice.icmp-word"}, beside: []string{"rfc5508.req-4a"},
	},
	{
		name:   "keeps errors on the way back inside",
		breaks: []string{"rfc5508.req-7-error"}, beside: []string{"rfc4787.req-9a"},
	},
	{
		name:   "a forward's port is like any other",
		breaks: []string{"practice.forward-port"}, beside: []string{"practice.forward-own"},
	},
	{
		name:   "a forward is for answers only",
		breaks: []string{"practice.forward-own"}, beside: []string{"practice.forward-port"},
	},
	{
		name:   "no checksum is adjusted",
		breaks: []string{"wire.transport-checksum"},
	},
	{
		name:   "dies of options that it does not know",
		breaks: []string{"practice.stays-alive"}, beside: []string{"wire.ttl"}, blinds: []string{"wire.options"},
	},
}
