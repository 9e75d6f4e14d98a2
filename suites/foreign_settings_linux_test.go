package suites_test

// kernelSettings are ways to break the kernel's NAT in what it can be asked for, and in
// what it says by itself.
var kernelSettings = []foreign{
	{
		name: "who asks for FTP's gateway gets all of them",
		mistake: `[ -z "$NATPROOF_FTP" ] ||
	last='udp length > 50 udp dport { 69, 1719, 3478, 5060 } @th,320,32 set 0x7f000001'`,
		breaks: []string{"rfc4787.req-10a"}, beside: []string{"rfc4787.req-10"},
	},
	{
		name:    "quiet toward the inside is quiet toward all",
		mistake: `[ -z "$NATPROOF_QUIET_INSIDE" ] || output="ip protocol icmp drop"`,
		breaks:  []string{"rfc5508.req-9"}, beside: []string{"rfc5508.req-10a-2"},
	},
	{
		name: "nobody is quiet", mistake: `output=''`,
		breaks: []string{"rfc5508.req-9"}, beside: []string{"rfc5508.req-10a-2"},
	},
	{
		name:    "how much is too big is not said",
		mistake: `output="icmp type destination-unreachable icmp code frag-needed icmp mtu set 0"`,
		breaks:  []string{"rfc5508.s7.1.1"}, beside: []string{"rfc5508.req-10a-2"},
	},
	{
		// Two words of the extension, whose sum stays as it was.
		name:    "what is behind a quote is stirred",
		mistake: `forward="icmp type time-exceeded ip length > 156 @th,1152,32 set 0x01ff03e8"`,
		breaks:  []string{"rfc5508.req-3d"}, beside: []string{"rfc5508.req-3a"},
	},
	{
		name: "masks are lost on their way back", mistake: `forward="icmp type address-mask-reply drop"`,
		breaks: []string{"rfc5508.req-10b-4"}, beside: []string{"rfc5508.req-10b-2"},
	},
	{
		name:    "a hundred queries are enough",
		mistake: `limit queries ipv4_addr "ip saddr" "ip protocol icmp" "ct count over 100"`,
		breaks:  []string{"practice.capacity-queries"}, beside: []string{"rfc5508.req-1"},
	},
	{
		name:    "three sessions for everybody",
		mistake: `limits=$(echo "$limits" | sed '/@sessions/s/over [0-9]*/over 3/')`,
		breaks:  []string{"rfc6888.req-5a"}, beside: []string{"rfc6888.req-5b"},
	},
	{
		name:    "a fifth of the ports will do",
		mistake: `to=$(echo "$to" | sed 's/:41000-41019/:41000-41003/')`,
		breaks:  []string{"rfc6888.req-13"}, beside: []string{"rfc6888.req-4"},
	},
	{
		name: "a cone for everybody but carriers", twin: "cone=yes", mistake: `cone=''`,
		breaks: []string{"rfc6888.req-7"}, beside: []string{"rfc6888.req-2"},
	},
}
