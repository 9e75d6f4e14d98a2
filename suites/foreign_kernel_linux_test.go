package suites_test

// kernelMistakes are ways to break the kernel's NAT. Each is shell, which changes
// what testdata/foreign/kernel.sh has set.
var kernelMistakes = []foreign{
	{
		name: "empty datagrams do not pass", mistake: `raw='udp length 8 drop'`,
		breaks: []string{"practice.payload-lengths"}, beside: []string{"practice.edge-ports"},
	},
	{
		name: "the last port is not served", mistake: `raw="iifname $inside udp sport 65535 drop"`,
		breaks: []string{"practice.edge-ports"}, beside: []string{"practice.payload-lengths"},
	},
	{
		name: "ports of shared files are not served", mistake: `forward="tcp dport { 135-139, 445 } drop"`,
		breaks: []string{"practice.edge-ports"}, beside: []string{"rfc5382.req-2"},
	},
	{
		name: "ports of a tunnel are not served", mistake: `forward="udp sport { 1194, 1701 } drop"`,
		breaks: []string{"practice.edge-ports"}, beside: []string{"practice.payload-lengths"},
	},
	{
		name: "some lengths do not pass", mistake: `forward="iifname $outside udp length 11-15 drop"`,
		breaks: []string{"practice.payload-lengths"}, beside: []string{"practice.edge-ports"},
	},
	{
		name: "high ports inside are not served", mistake: `forward="iifname $inside udp sport >= 60000 drop"`,
		breaks: []string{"practice.edge-ports"}, beside: []string{"practice.payload-lengths"},
	},
	{
		name:    "a pair carries no segments of a byte",
		mistake: `forward="ct status dnat tcp flags & (syn|fin|rst) == 0 ip length 41 drop"`,
		breaks:  []string{"practice.other-ways"}, beside: []string{"practice.payload-lengths"},
	},
	{
		name: "whoever sends seems to do so from port 7", mistake: `last="oifname $inside udp sport 8 udp sport set 7"`,
		breaks: []string{"rfc3022.inbound-source"}, beside: []string{"rfc3022.napt-tuple"},
	},
	{
		name: "300 sessions in all", mistake: `forward="oifname $outside ct state new ct count over 300 drop"`,
		breaks: []string{"practice.capacity", "practice.capacity-peers"},
	},
	{
		name: "300 sessions for each endpoint",
		mistake: `sets='set sessions { type ipv4_addr . inet_service; flags dynamic; }'
forward="oifname $outside ct state new add @sessions { ip saddr . udp sport ct count over 300 } drop"`,
		breaks: []string{"practice.capacity-peers"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name: "loses a second packet that no answer came before",
		mistake: `forward='ct state new ct original packets 2 drop'
set_to 1 netfilter/nf_conntrack_acct`,
		breaks: []string{"practice.burst-whole"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name: "a random port for each session", mistake: `to="masquerade random"`,
		breaks: []string{"rfc4787.req-1"}, beside: []string{"rfc4787.req-3", "rfc4787.req-3a"},
	},
	{
		name: "ports below 1024 for everyone", mistake: `snat="oifname $outside ip protocol udp snat to $own:512-1023"`,
		breaks: []string{"rfc4787.req-3a"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:    "an address of the pool for each session",
		mistake: `if [ -n "$NATPROOF_POOL" ]; then to=${to%persistent}; fi`,
		breaks:  []string{"rfc4787.req-2"}, beside: []string{"rfc4787.req-1"},
	},
	{
		name: "rewritten without any state, so that hosts share ports",
		mistake: `raw='notrack'
last="oifname $outside udp dport != 61616 ip saddr set $own"
forward="accept"`,
		breaks: []string{"rfc4787.req-3"},
	},
	{
		name: "a timer of 100 s", mistake: `udp=100`,
		breaks: []string{"rfc4787.req-5", "rfc4787.req-5c"}, beside: []string{"rfc4787.req-6", "rfc4787.req-6a"},
	},
	{
		name: "a timer of four minutes", mistake: `udp=240`,
		breaks: []string{"rfc4787.req-5c"}, beside: []string{"rfc4787.req-6"}, blinds: []string{"rfc4787.req-5"},
	},
	{
		name: "a name server's client is deaf to all others",
		mistake: `sets='set clients { type ipv4_addr . inet_service; flags dynamic; }'
forward="oifname $outside udp dport 53 add @clients { ip saddr . udp sport }
iifname $outside udp sport != 53 ip daddr . udp dport @clients drop"`,
		breaks: []string{"rfc4787.req-5a"}, beside: []string{"rfc4787.req-5"},
	},
	{
		name: "the timer that is set is ignored", mistake: `udp=300 stream=300`,
		breaks: []string{"rfc4787.req-5b"}, beside: []string{"rfc4787.req-6"}, blinds: []string{"rfc4787.req-5"},
	},
	{
		name:    "the timer that is set counts twice as fast",
		mistake: `if [ -n "$NATPROOF_UDP_TIMEOUT" ]; then udp=$((udp / 2)); fi`,
		breaks:  []string{"rfc4787.req-5", "rfc4787.req-5b"}, beside: []string{"rfc4787.req-6"},
	},
	{
		name: "no way back inside", mistake: `forwards=$(echo "$forwards" | sed "s/ip daddr/iifname $outside &/")`,
		breaks: []string{"rfc4787.req-9"}, beside: []string{"rfc3022.napt-static-port"},
	},
	{
		name: "replies only, where once all were let in", twin: "cone=yes", mistake: `cone=''`,
		breaks: []string{"rfc4787.req-8", "rfc4787.req-9"}, blinds: []string{"rfc4787.req-9a"},
	},
	{
		name: "filters by port", twin: "cone=yes",
		mistake: `dnat="iifname $outside udp sport != { 7, 61616 } return"`,
		breaks:  []string{"rfc4787.req-8"}, beside: []string{"rfc4787.req-9", "rfc4787.req-9a"},
	},
	{
		name: "a host does not reach itself", twin: "cone=yes",
		mistake: `mangle="ip saddr 192.168.0.5 ip daddr $own udp dport 47004 drop"`,
		breaks:  []string{"rfc4787.req-9"}, beside: []string{"rfc4787.req-8", "rfc4787.req-9a"},
	},
	{
		name: "the way back inside keeps the inside source", twin: "cone=yes", mistake: `turned=''`,
		breaks: []string{"rfc4787.req-9a"}, beside: []string{"rfc4787.req-8"},
	},
	{
		name:    "a gateway that writes into payloads",
		mistake: `last='udp length > 50 udp dport { 69, 1719, 3478, 5060 } @th,320,32 set 0x7f000001'`,
		breaks:  []string{"rfc4787.req-10"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:    "the third host has a random port for each session",
		mistake: `snat="oifname $outside ip saddr 192.168.0.7 masquerade random"`,
		breaks:  []string{"rfc4787.req-11"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name: "an ICMP error closes the way in",
		mistake: `sets='set told { type ipv4_addr; flags dynamic; }'
raw="iifname $outside icmp type { 3, 4, 11, 12 } add @told { ip saddr }
iifname $outside ip saddr @told udp dport != 61616 drop"`,
		breaks: []string{"rfc4787.req-12"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name: "Redirect ends every flow",
		mistake: `sets='set told { type ipv4_addr; flags dynamic; }'
raw="iifname $outside icmp type redirect add @told { ip saddr }
iifname $outside ip saddr @told udp dport != 61616 drop"`,
		breaks: []string{"rfc4787.req-12"}, beside: []string{"rfc4787.req-12a"},
	},
	{
		name:    "errors of anyone but the peer are not let in",
		mistake: `raw="iifname $outside ip saddr != 203.0.113.101 ip protocol icmp drop"`,
		breaks:  []string{"rfc4787.req-12a"}, beside: []string{"rfc4787.req-12b"},
	},
	{
		name: "Time Exceeded is not let in", mistake: `forward="iifname $outside icmp type time-exceeded drop"`,
		breaks: []string{"rfc4787.req-12a"}, beside: []string{"rfc4787.req-12b"},
	},
	{
		name:    "Communication Prohibited is not let in",
		mistake: `forward="iifname $outside icmp type destination-unreachable icmp code 13 drop"`,
		breaks:  []string{"rfc4787.req-12b"}, beside: []string{"rfc4787.req-12a"},
	},
	{
		name:    "errors about unreachable hosts are damaged",
		mistake: `last="oifname $inside icmp type destination-unreachable @th,224,16 set 9"`,
		breaks:  []string{"rfc4787.req-12a", "rfc4787.req-12b"},
	},
	{
		name: "silent about packets that are too big", mistake: `output='icmp type destination-unreachable drop'`,
		breaks: []string{"rfc4787.req-13"}, beside: []string{"rfc4787.req-13a"},
	},
	{
		name: "a wrong MTU for the next hop", mistake: `output='icmp code frag-needed icmp mtu set 1492'`,
		breaks: []string{"rfc4787.req-13"}, beside: []string{"rfc4787.req-13a"},
	},
	{
		name: "nothing is ever fragmented", mistake: `mangle="iifname $inside ip frag-off set 0x4000"`,
		breaks: []string{"rfc4787.req-13a"}, beside: []string{"rfc4787.req-13"},
		blinds: []string{"rfc4787.req-13a-order"},
	},
	{
		name: "fragments are dropped", mistake: `raw='ip frag-off & 0x1fff != 0 drop'`,
		breaks: []string{"rfc4787.req-14"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name: "fragments come in, and do not go out", mistake: `raw="iifname $inside ip frag-off & 0x3fff != 0 drop"`,
		breaks: []string{"rfc4787.req-14"}, beside: []string{"rfc4787.req-14a"},
	},
	{
		name: "4 MB for fragments, as the kernel has by default", mistake: `memory=4194304`,
		breaks: []string{"rfc4787.req-14a"}, beside: []string{"rfc4787.req-13a"},
	},
	{
		name: "a pair in one direction only", mistake: `registered=''`,
		breaks: []string{"rfc3022.basic-static"}, beside: []string{"rfc3022.napt-tuple"},
	},
	{
		name:    "a pair that changes the port",
		mistake: `registered=$(echo "$registered" | sed '/snat/s/ip saddr/udp sport 5000 ip saddr/; /snat/s/$/:5001/')`,
		breaks:  []string{"rfc3022.basic-static"}, beside: []string{"rfc3022.napt-tuple"},
	},
	{
		name: "nothing is translated", mistake: `to=accept`,
		breaks: []string{"rfc3022.napt-tuple"},
	},
	{
		name: "answers do not come back", mistake: `forward="iifname $outside udp sport 80 drop"`,
		breaks: []string{"rfc3022.napt-tuple"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name: "a forward to the next port", mistake: `forwards=$(echo "$forwards" | sed 's/:80$/:81/')`,
		breaks: []string{"rfc3022.napt-static-port"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name: "a forward's answers come from its inside port", mistake: `last='udp sport 8080 udp sport set 80'`,
		breaks: []string{"rfc3022.napt-static-port"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name: "a checksum of zero becomes another", mistake: `last='udp checksum 0 udp checksum set 0xbeef'`,
		breaks: []string{"rfc3022.udp-zero"}, beside: []string{"rfc3022.napt-tuple"},
	},
	{
		name:    "a range of 101 ports",
		mistake: `snat="oifname $outside ip protocol udp snat to $own:40000-40100"`,
		breaks:  []string{"rfc4787.req-1", "rfc4787.req-3a"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:    "what comes from outside is let in and leaves a session",
		mistake: `input=accept`,
		breaks:  []string{"rfc4787.req-1"}, beside: []string{"rfc4787.req-3"},
	},
	{
		name:    "a timer of two seconds",
		mistake: `udp=2`,
		breaks:  []string{"rfc4787.req-5"},
	},
}
