package suites_test

// kernelMistakesTCP are ways to break the kernel's NAT for TCP.
var kernelMistakesTCP = []foreign{
	{
		name: "window scales are stripped", mistake: `last='reset tcp option window'`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name: "segments are to be short", mistake: `last='tcp option maxseg exists tcp option maxseg size set 1000'`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name: "time stamps are stripped", mistake: `last='reset tcp option timestamp'`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name: "selective acknowledgement is not offered", mistake: `last='reset tcp option sack-perm'`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name: "blocks are stripped", mistake: `last='reset tcp option sack'`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name: "options that it does not know are dropped", mistake: `raw='tcp option 253 exists drop'`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:    "the initial number is its own, and no later one",
		mistake: `last="oifname $outside tcp flags & (syn | ack) == syn tcp sequence set 7"`,
		breaks:  []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-7"},
	},
	{
		name: "SYNs that speak of congestion are dropped", mistake: `raw='tcp flags & (syn | ecn) == (syn | ecn) drop'`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name: "congestion is not spoken of", mistake: `last='tcp flags & (syn | ecn) == (syn | ecn) @th,104,2 set 0'`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name: "nothing is urgent", mistake: `last='tcp urgptr set 0'`,
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name: "windows are small", mistake: `last='tcp window > 4096 tcp window set 4096'`,
		breaks: []string{"rfc5382.req-2", "wire.tcp-header"}, beside: []string{"wire.payload"},
	},
	{
		name: "a SYN with data is dropped", mistake: `raw='tcp flags & syn == syn ip length & 3 != 0 drop'`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name: "long segments are dropped", mistake: `forward='ip protocol tcp ip length > 1400 drop'`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:    "odd segments have a wrong checksum",
		mistake: `last='ip protocol tcp ip length & 1 == 1 tcp checksum set 0xdead'`,
		breaks:  []string{"rfc5382.req-2", "wire.transport-checksum"}, blinds: []string{"wire.ip-checksum"},
	},
	{
		name: "a FIN closes both ways",
		mistake: `sets='set closed { type ipv4_addr . inet_service; flags dynamic; }'
forward="oifname $outside tcp flags & fin == fin add @closed { ip saddr . tcp sport }
iifname $outside ip daddr . tcp dport @closed tcp flags & fin == 0 ip length > 40 drop"`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name: "a FIN passes once",
		mistake: `sets='set closed { type ipv4_addr . inet_service . inet_service; flags dynamic; }'
raw="tcp flags & fin == fin ip saddr . tcp sport . tcp dport @closed drop
tcp flags & fin == fin add @closed { ip saddr . tcp sport . tcp dport }"`,
		breaks: []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:    "a byte that was acknowledged is dropped",
		mistake: `forward='tcp flags & (fin | syn | psh) == 0 ip length 41 drop'`,
		breaks:  []string{"rfc5382.req-2"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:    "SYNs that cross are refused",
		mistake: `forward='ct direction reply tcp flags & (syn | ack) == syn drop'`,
		breaks:  []string{"rfc5382.req-2a"}, beside: []string{"rfc5382.req-4"},
		blinds: []string{"rfc5382.req-4-simopen"},
	},
	{
		name: "a random port for each connection", mistake: `snat="oifname $outside ip protocol tcp masquerade random"`,
		breaks: []string{"rfc5382.req-1"}, beside: []string{"rfc5382.req-7"},
	},
	{
		name: "one connection for each port",
		mistake: `sets='set busy { type ipv4_addr . inet_service; flags dynamic; }'
forward="oifname $outside ip protocol tcp ct state new add @busy { ip saddr . tcp sport ct count over 1 } drop"`,
		breaks: []string{"practice.capacity-peers-tcp"}, beside: []string{"wire.tcp-header"},
		blinds: []string{"rfc5382.req-1"},
	},
	{
		name:    "300 connections in all",
		mistake: `forward="oifname $outside ip protocol tcp ct state new ct count over 300 drop"`,
		breaks:  []string{"practice.capacity-tcp", "practice.capacity-peers-tcp"},
	},
	{
		name: "connections filtered by port", twin: "cone=yes",
		mistake: `dnat="iifname $outside tcp sport != 7 return"`,
		breaks:  []string{"rfc5382.req-3"}, beside: []string{"rfc5382.req-8"},
	},
	{
		name: "connections refused, where once all were let in", twin: "cone=yes", mistake: `cone=''`,
		breaks: []string{"rfc5382.req-3", "rfc5382.req-8"}, blinds: []string{"rfc5382.req-8a"},
	},
	{
		name: "connections on the way back inside keep the inside source", twin: "cone=yes", mistake: `turned=''`,
		breaks: []string{"rfc5382.req-8a"}, beside: []string{"rfc5382.req-3"},
	},
	{
		name:    "refuses at once",
		mistake: `input="iifname $outside tcp flags & (syn | ack) == syn reject with tcp reset"`,
		breaks:  []string{"rfc5382.req-4", "rfc5382.req-4a", "rfc5382.req-4-simopen"},
		beside:  []string{"rfc5382.req-2"},
	},
	{
		name: "tells at once", mistake: `input="iifname $outside ip protocol tcp reject"`,
		breaks: []string{"rfc5382.req-4", "rfc5382.req-4a", "rfc5382.req-4-simopen"},
		beside: []string{"rfc5382.req-2"},
	},
	{
		name: "opening takes 20 s", mistake: `opening=20`,
		breaks: []string{"rfc5382.req-5-trans"}, beside: []string{"rfc5382.req-5-est"},
	},
	{
		name: "closing takes 20 s", mistake: `closing=20`,
		breaks: []string{"rfc5382.req-5-trans", "rfc7857.s2.2-hold"}, beside: []string{"rfc5382.req-5-est"},
	},
	{
		name: "idle for ten minutes", mistake: `established=600`,
		breaks: []string{"rfc5382.req-5", "rfc5382.req-5-est"}, beside: []string{"rfc5382.req-5-trans"},
	},
	{
		name: "half closed is nearly over", mistake: `half=200`,
		breaks: []string{"rfc5382.req-5-est"}, beside: []string{"rfc5382.req-5-trans"},
	},
	{
		name:    "a gateway that writes into connections",
		mistake: `last='ip length > 100 tcp dport { 1720, 5060 } @th,480,32 set 0x7f000001'`,
		breaks:  []string{"rfc5382.req-6"}, beside: []string{"rfc5382.req-1"},
	},
	{
		name: "connections rewritten without any state, so that hosts share ports",
		mistake: `raw='ip protocol tcp notrack'
last="oifname $outside ip protocol tcp ip saddr set $own"
forward='ip protocol tcp accept'`,
		breaks: []string{"rfc5382.req-7"},
	},
	{
		name:    "Fragmentation Needed about TCP is dropped",
		mistake: `forward="iifname $outside icmp code frag-needed @th,136,8 6 drop"`,
		breaks:  []string{"rfc5382.req-9"}, beside: []string{"rfc4787.req-12b"},
	},
	{
		name: "an ICMP error closes the way in for TCP",
		mistake: `sets='set told { type ipv4_addr; flags dynamic; }'
raw="iifname $outside icmp type { 3, 4, 11, 12 } add @told { ip saddr }
iifname $outside ip saddr @told ip protocol tcp drop"`,
		breaks: []string{"rfc5382.req-10"}, beside: []string{"rfc4787.req-12"},
	},
	{
		name:    "a RST from outside goes no further",
		mistake: `forward="iifname $outside tcp flags & rst == rst drop"`,
		breaks:  []string{"rfc7857.s2.2-translate"}, beside: []string{"rfc5382.req-2a"},
	},
	{
		name:    "an address of the pool for each connection",
		mistake: `if [ -n "$NATPROOF_POOL" ]; then to=${to%persistent}; fi`,
		breaks:  []string{"rfc7857.s4-tcp"}, beside: []string{"rfc5382.req-7"},
	},
}
