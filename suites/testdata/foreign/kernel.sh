#!/bin/sh
# A NAT made of the kernel's parts, for the tests of the specs. A test puts a mistake in the place that
# is marked below; without one, this is a home router with long timers.
set -eu
set_to() {
	if ! echo "$1" >"/proc/sys/net/$2"; then
		echo "setting $2 failed" >&2
		exit 1
	fi
}
for word in $NATPROOF_ASKS; do
	case $word in basic | switchover | quarantine | port-blocks) exit 127 ;; esac
done
inside=$NATPROOF_INSIDE_IFACE outside=$NATPROOF_OUTSIDE_IFACE
# Whether the policy has changed, and what a mistake remembers.
changed='' known=''

# load puts the rules for a policy in the place of those that are there: own address,
# pairs, forwards.
load() {
own=$1

# What is translated to, and how.
to="masquerade"
if [ -n "$NATPROOF_POOL" ]; then
	to="snat to ${NATPROOF_POOL%% *}-${NATPROOF_POOL##* } persistent"
fi
case $NATPROOF_POOL in
*\ *\ *) ;;
*.10\ *.12) to="snat to jhash ip saddr mod 2 map { 0 : ${NATPROOF_POOL% *}, 1 : ${NATPROOF_POOL#* } }" ;;
esac
# Whether anyone outside may use a mapping, and the inside, too. Such a mapping lives for ever.
cone=''
# What belongs to no flow is not let out.
invalid="oifname $outside ct state invalid drop"
# Rules of a chain's beginning, in nft's language, and sets: empty, save for a mistake.
sets='' raw='' mangle='' dnat='' forward='' input='' output='' snat='' last=''
if [ -n "$NATPROOF_QUIET_INSIDE" ]; then
	output="oifname $inside ip protocol icmp drop"
fi
# Timers in seconds, of a flow without and with an answer, and the memory for fragments in bytes.
udp=300 stream=300 memory=67108864
if [ -n "$NATPROOF_UDP_TIMEOUT" ]; then
	udp=$NATPROOF_UDP_TIMEOUT stream=$NATPROOF_UDP_TIMEOUT
fi
# That of ICMP queries.
icmp=${NATPROOF_ICMP_TIMEOUT:-90}
# Whether segments may lie outside of the window, as late ones do.
liberal=1
# Those of TCP: while it is opening, established, half closed (as established by default), and closing or
# reset.
half=''
opening=${NATPROOF_TCP_OPENING_TIMEOUT:-300}
established=${NATPROOF_TCP_ESTABLISHED_TIMEOUT:-7500}
closing=${NATPROOF_TCP_CLOSING_TIMEOUT:-300}
rest=''
if [ -n "$NATPROOF_PORT_RANGE" ]; then
	to="meta l4proto { tcp, udp } $to to :$NATPROOF_PORT_RANGE"
	rest="oifname $outside ip saddr $NATPROOF_INSIDE_PREFIX masquerade"
fi
from="iifname $outside"
hairpinned="oifname $inside ip saddr $NATPROOF_INSIDE_PREFIX ct status dnat"
if [ -n "$NATPROOF_HAIRPIN" ]; then
	from=''
fi
pairs='' forwards='' registered='' kept='' moved=''
registered_addresses=''
for pair in $2; do
	registered_addresses="$registered_addresses, ${pair#*=}"
	pairs="$pairs
		$from ip daddr ${pair#*=} dnat to ${pair%=*}"
	registered="$registered
		oifname $outside ip saddr ${pair%=*} snat to ${pair#*=}"
done
for f in $3; do
	protocol=${f%%:*} external=${f#*:}
	external=${external%%=*}
	case "$own$registered_addresses," in
	*"${external%:*},"*) ;;
	*) registered_addresses="$registered_addresses, ${external%:*}" ;;
	esac
	forwards="$forwards
		$from ip daddr ${external%:*} $protocol dport ${external##*:} dnat to ${f#*=}"
	endpoint=${f#*=}
	kept="$kept
		oifname $outside ip saddr ${endpoint%:*} $protocol sport ${endpoint##*:} snat to $external"
	beyond="$((${external##*:} + 1))-65535"
	[ "${external##*:}" != 65535 ] || beyond=49152-65534
	moved="$moved
		oifname $outside $protocol sport ${external##*:} snat to $own:$beyond"
done
# Ranges of ports, hosts that leave from addresses of their own, and clients that are hidden.
ranges='' chosen='' hidden=''
for r in $NATPROOF_FORWARD_RANGES; do
	protocol=${r%%:*} external=${r#*:} endpoint=${r#*=}
	external=${external%%=*}
	ports=${external##*:}
	port=${ports%-*} to_port=${endpoint##*:}
	while [ "$port" -le "${ports#*-}" ]; do
		ranges="$ranges
		$from ip daddr ${external%:*} $protocol dport $port dnat to ${endpoint%:*}:$to_port"
		port=$((port + 1)) to_port=$((to_port + 1))
	done
done
if [ -n "$NATPROOF_SECOND_SOURCE" ]; then
	registered_addresses="$registered_addresses, $NATPROOF_SECOND_SOURCE"
	chosen="oifname $outside iifname $NATPROOF_SECOND_INSIDE_IFACE snat to $NATPROOF_SECOND_SOURCE"
fi
for s in $NATPROOF_SOURCES; do
	registered_addresses="$registered_addresses, ${s#*=}"
	chosen="$chosen
		oifname $outside ip saddr ${s%=*} snat to ${s#*=}"
done
if [ -n "$NATPROOF_HIDE_CLIENTS" ]; then
	hidden="oifname $inside ip saddr != $NATPROOF_INSIDE_PREFIX ct status dnat masquerade"
fi
# A port of programs on the router itself.
service=''
if [ -n "$NATPROOF_OWN_PORT" ]; then
	service="iifname $outside udp dport $NATPROOF_OWN_PORT accept
		iifname $outside tcp dport $NATPROOF_OWN_PORT accept"
fi
# Whose Ethernet address is asked for on the link, for addresses that the interface has not. It answers for
# any of its own subnet, so the rest is not asked.
arp=''
if [ -n "$NATPROOF_PROXY_ARP" ]; then
	set_to 1 "ipv4/conf/$outside/proxy_arp_pvlan"
	for address in $NATPROOF_POOL ${registered_addresses#, }; do
		arp="$arp${arp:+, }${address%,}"
	done
	arp="iifname $outside arp operation request arp daddr ip != { $own, $arp } drop"
fi
helper='' helped=''
if [ -n "$NATPROOF_FTP" ]; then
	helper='ct helper ftp { type "ftp" protocol tcp; }' helped="iifname $inside tcp dport 21 ct helper set \"ftp\""
fi
for addr in $NATPROOF_POOL; do
	registered_addresses="$registered_addresses, $addr"
done
# What comes to an address that is not the NAT's, or not any more.
guard="iifname $outside ip daddr != { $own$registered_addresses } drop"
turned="$hairpinned snat to $own"
# What an inside host may have, and what is refused beyond that.
begins="oifname $outside ip saddr $NATPROOF_INSIDE_PREFIX ct state new ct status ! confirmed"
refuse='reject with icmp type host-unreachable'
limits=''
# limit NAME TYPE KEY OF WHAT: a set with a state for each key.
limit() {
	sets="$sets
	set $1 { type $2; flags dynamic; size 65535; }"
	limits="$limits
		$begins $4 update @$1 { $3 $5 } $refuse"
}
counted() {
	[ -z "$5" ] || limit "$1" "$2" "$3" "$4" "ct count over $5"
}
rated() {
	[ -z "$2" ] || limit "$1" ipv4_addr 'ip saddr' '' "limit rate over $2/second burst $2 packets"
}
counted ports 'ipv4_addr . inet_proto' 'ip saddr . meta l4proto' '' "$NATPROOF_SUBSCRIBER_PORTS"
counted udp_ports ipv4_addr 'ip saddr' 'ip protocol udp' "$NATPROOF_SUBSCRIBER_UDP_PORTS"
counted tcp_ports ipv4_addr 'ip saddr' 'ip protocol tcp' "$NATPROOF_SUBSCRIBER_TCP_PORTS"
counted identifiers ipv4_addr 'ip saddr' 'ip protocol icmp' "$NATPROOF_SUBSCRIBER_IDENTIFIERS"
counted sessions ipv4_addr 'ip saddr' '' "$NATPROOF_SUBSCRIBER_SESSIONS"
counted mapping 'ipv4_addr . inet_service' 'ip saddr . udp sport' '' "$NATPROOF_MAPPING_SESSIONS"
rated mapping_rate "$NATPROOF_MAPPING_RATE"
rated session_rate "$NATPROOF_SESSION_RATE"
# Where nothing is translated.
bypassed=''
for d in $NATPROOF_BYPASS; do
	match=${d%:*}
	match=${match:+ip daddr $match}
	case $d in *:*) match="$match meta l4proto { tcp, udp } th dport ${d##*:}" ;; esac
	bypassed="$bypassed
		oifname $outside $match accept"
	guard=''
done
# MISTAKE
if [ -n "$cone" ]; then
	sets="$sets
	map cone { type inet_service : ipv4_addr . inet_service; flags dynamic; }
	map cone_tcp { type inet_service : ipv4_addr . inet_service; flags dynamic; }"
	dnat="$dnat
		ip daddr $own dnat ip to udp dport map @cone
		ip daddr $own dnat ip to tcp dport map @cone_tcp"
	last="$last
		oifname $outside ip protocol udp update @cone { ct reply proto-dst : ct original ip saddr . ct original proto-src }
		oifname $outside ip protocol tcp update @cone_tcp { ct reply proto-dst : ct original ip saddr . ct original proto-src }"
fi
nft -f - <<RULES
table arp foreign {
}
delete table arp foreign
table arp foreign {
	chain input {
		type filter hook input priority 0
		$arp
	}
}
table ip foreign {
}
delete table ip foreign
table ip foreign {
	$sets
	$helper
	chain raw {
		type filter hook prerouting priority -450
		$raw
	}
	chain mangle {
		type filter hook prerouting priority -150
		$guard
		$helped
		$mangle
	}
	chain dstnat {
		type nat hook prerouting priority -100
		$dnat
		$forwards
		$ranges
		$pairs
	}
	chain forward {
		type filter hook forward priority 0
		$forward
		$invalid
		$limits
		iifname $outside ct state established,related accept
		iifname $outside ct status dnat accept
		iifname $outside drop
	}
	chain input {
		type filter hook input priority 0
		$input
		iifname $outside ct state established,related accept
		$service
		iifname $outside drop
	}
	chain output {
		type filter hook output priority 0
		$output
	}
	chain srcnat {
		type nat hook postrouting priority 100
		$bypassed
		$snat
		$registered
		$kept
		$moved
		$hidden
		$chosen
		oifname $outside ip saddr $NATPROOF_INSIDE_PREFIX $to
		$rest
		$turned
	}
	chain last {
		type filter hook postrouting priority 300
		$last
	}
}
RULES
set_to "$udp" netfilter/nf_conntrack_udp_timeout
set_to "$stream" netfilter/nf_conntrack_udp_timeout_stream
set_to "$icmp" netfilter/nf_conntrack_icmp_timeout
for state in syn_sent syn_recv unacknowledged; do
	set_to "$opening" "netfilter/nf_conntrack_tcp_timeout_$state"
done
for state in established max_retrans; do
	set_to "$established" "netfilter/nf_conntrack_tcp_timeout_$state"
done
for state in fin_wait close_wait; do
	set_to "${half:-$established}" "netfilter/nf_conntrack_tcp_timeout_$state"
done
for state in last_ack time_wait close; do
	set_to "$closing" "netfilter/nf_conntrack_tcp_timeout_$state"
done
set_to "$liberal" netfilter/nf_conntrack_tcp_be_liberal
set_to "$memory" ipv4/ipfrag_high_thresh
}
load "${NATPROOF_OUTSIDE_PREFIX%/*}" "$NATPROOF_STATIC" "$NATPROOF_FORWARDS"

# change takes a line of JSON. Cut at its quotes, a forward is 12 words and a pair 8.
change() {
	policy=$1 pairs='' forwards='' changed=yes
	IFS='"'
	list=${policy#*'"forwards":['}
	set -- ${list%%]*}
	while [ $# -ge 12 ]; do
		forwards="$forwards $4:$8=${12}"
		shift 12
	done
	list=${policy#*'"static":['}
	set -- ${list%%]*}
	while [ $# -ge 8 ]; do
		pairs="$pairs $4=$8"
		shift 8
	done
	unset IFS
	now=${policy#*'"outside_prefix":"'}
	load "${now%%/*}" "$pairs" "$forwards"
	echo changed
}
trap 'exit 0' TERM
echo ready conntrack change
while read -r word policy; do
	[ "$word" != change ] || change "$policy"
done
