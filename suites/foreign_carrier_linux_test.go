package suites_test

// kernelCarrier are ways to break the kernel's NAT in how it shares itself out.
var kernelCarrier = []foreign{
	{
		name: "a limit of ports for all together",
		mistake: `sets=$(echo "$sets" | sed 's/set ports { type ipv4_addr . inet_proto/set ports { type inet_proto/')
limits=$(echo "$limits" | sed 's/@ports { ip saddr . meta/@ports { meta/')`,
		breaks: []string{"rfc6888.req-4"}, beside: []string{"rfc6888.req-4b"},
	},
	{
		name:    "limits are for all transports together",
		mistake: `limits=$(echo "$limits" | sed 's/ip protocol [a-z]* update/update/')`,
		breaks:  []string{"rfc6888.req-4b"}, beside: []string{"rfc6888.req-4", "rfc6888.req-4a"},
	},
	{
		name: "a limit of sessions for each peer",
		mistake: `sets=$(echo "$sets" | sed 's/set sessions { type ipv4_addr/& . ipv4_addr/')
limits=$(echo "$limits" | sed 's/@sessions { ip saddr/& . ip daddr/')`,
		breaks: []string{"rfc6888.req-5", "rfc6888.req-5a"}, beside: []string{"rfc6888.req-4"},
	},
	{
		name:    "one port more than the limit",
		mistake: `limits=$(echo "$limits" | sed 's/count over 20 /count over 21 /')`,
		breaks:  []string{"rfc6888.req-4a"}, beside: []string{"rfc6888.req-4"},
	},
	{
		name: "any rate will do", mistake: `limits=$(echo "$limits" | sed '/limit rate/d')`,
		breaks: []string{"rfc6888.req-4c", "rfc6888.req-5b"}, beside: []string{"rfc6888.req-5"},
	},
	{
		name: "any number of sessions of a mapping will do", mistake: `limits=$(echo "$limits" | sed '/@mapping /d')`,
		breaks: []string{"rfc6888.req-5"}, beside: []string{"rfc6888.req-5a"},
	},
	{
		name: "what is to be bypassed is translated", mistake: `bypassed=''`,
		breaks: []string{"rfc6888.req-6"}, beside: []string{"rfc6888.req-4a"},
	},
	{
		name:    "a bypass is of transports alone",
		mistake: `bypassed=$(echo "$bypassed" | sed '/dport/!s/accept/ip protocol { tcp, udp } accept/')`,
		breaks:  []string{"rfc6888.req-6"}, beside: []string{"rfc6888.req-4a"},
	},
	{
		name:    "a bypass is of every port",
		mistake: `bypassed=$(echo "$bypassed" | sed 's/meta l4proto.*dport [0-9]*//')`,
		breaks:  []string{"rfc6888.req-6"}, beside: []string{"rfc6888.req-4a"},
	},
	{
		name: "what is refused gets out as it is",
		mistake: `limits=$(echo "$limits" | sed 's/reject with.*/meta mark set 1/')
snat='meta mark 1 accept'`,
		breaks: []string{"rfc6888.req-11a", "rfc6888.req-11b"}, beside: []string{"rfc6888.req-6"},
	},
	{
		name: "who is refused is not told", mistake: `limits=$(echo "$limits" | sed 's/reject with.*/drop/')`,
		breaks: []string{"rfc6888.req-11b"}, beside: []string{"rfc6888.req-11a", "rfc6888.req-11d"},
	},
	{
		name:    "a refusal is a prohibition",
		mistake: `limits=$(echo "$limits" | sed 's/host-unreachable/admin-prohibited/')`,
		breaks:  []string{"rfc6888.req-11b"}, beside: []string{"rfc6888.req-11a", "rfc6888.req-11d"},
	},
	{
		name: "a pool from its first to its last", mistake: `case $NATPROOF_POOL in
*\ *\ *) ;;
*.10\ *.12) to="snat to ${NATPROOF_POOL%% *}-${NATPROOF_POOL##* }" ;;
esac`,
		breaks: []string{"rfc6888.req-3-config"}, beside: []string{"rfc6888.req-2"},
	},
	{
		name:    "queries leave from another address",
		mistake: `[ -z "$NATPROOF_POOL" ] || snat="oifname $outside ip protocol icmp snat to 203.0.113.12"`,
		breaks:  []string{"rfc6888.req-2"}, beside: []string{"rfc4787.req-2", "rfc7857.s4-tcp"},
	},
}

// smallCarrier are what the small NAT of the tests can do wrong in it.
var smallCarrier = []foreign{
	{
		name:   "the oldest mapping makes room",
		breaks: []string{"rfc6888.req-11d"}, beside: []string{"rfc6888.req-4"},
		blinds: []string{"rfc6888.req-11a", "rfc6888.req-11b"},
	},
	{
		name:   "a port is kept back from when it was taken",
		breaks: []string{"rfc6888.req-8"}, beside: []string{"rfc6888.req-8a"},
	},
	{
		name:   "ports are kept back for two minutes",
		breaks: []string{"rfc6888.req-8-config"}, beside: []string{"rfc6888.req-8"},
	},
	{
		name:   "ports of connections are given to others",
		breaks: []string{"rfc6888.req-8a"}, beside: []string{"rfc6888.req-8"},
	},
	{
		name:   "blocks are given in turn",
		breaks: []string{"rfc6888.req-8b"}, beside: []string{"rfc6888.req-8"},
	},
	{
		name:   "who knew a port's last host gets in",
		breaks: []string{"rfc6888.req-8c", "rfc6888.req-8", "rfc6888.req-8-config"},
		beside: []string{"rfc6888.req-8a"},
	},
	{name: "what is refused counts", breaks: []string{"rfc6888.req-4"}, beside: []string{"rfc6888.req-5"}},
	{
		name:   "a limit is for each destination",
		breaks: []string{"rfc6888.req-4", "rfc6888.req-4a", "rfc6888.req-4b"}, beside: []string{"rfc6888.req-5"},
	},
	{
		name:   "nobody is told of what is not translated",
		breaks: []string{"rfc6888.req-6"}, beside: []string{"rfc6888.req-4"},
	},
	{
		name:   "sessions that have ended count",
		breaks: []string{"rfc6888.req-5"}, beside: []string{"rfc6888.req-4", "rfc6888.req-5a"},
	},
	{name: "what has ended counts", breaks: []string{"rfc6888.req-4"}, beside: []string{"rfc6888.req-4a"}},
	{
		name:   "half of a limit",
		breaks: []string{"rfc6888.req-4", "rfc6888.req-4a"}, beside: []string{"rfc6888.req-13"},
	},
	{
		name:   "who was too fast has begun enough",
		breaks: []string{"rfc6888.req-4c", "rfc6888.req-5b"}, beside: []string{"rfc6888.req-4"},
	},
	{
		name:   "a rate is for the first rush",
		breaks: []string{"rfc6888.req-4c", "rfc6888.req-5b"}, beside: []string{"rfc6888.req-4"},
	},
	{
		name:   "a quota is a prohibition",
		breaks: []string{"rfc6888.req-11b"}, beside: []string{"rfc6888.req-11a", "rfc6888.req-11d"},
	},
}
