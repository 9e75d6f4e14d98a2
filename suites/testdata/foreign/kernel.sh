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
inside=$NATPROOF_INSIDE_IFACE outside=$NATPROOF_OUTSIDE_IFACE own=${NATPROOF_OUTSIDE_PREFIX%/*}

# What is translated to, and how.
to="masquerade"
if [ -n "$NATPROOF_POOL" ]; then
	to="snat to ${NATPROOF_POOL%% *}-${NATPROOF_POOL##* } persistent"
fi
# Whether anyone outside may use a mapping, and the inside, too. Such a mapping lives for ever.
cone=''
# What belongs to no flow is not let out.
invalid="oifname $outside ct state invalid drop"
# Rules of a chain's beginning, in nft's language, and sets: empty, save for a mistake.
sets='' raw='' mangle='' dnat='' forward='' input='' output='' snat='' last=''
# Timers in seconds, of a flow without and with an answer, and the memory for fragments in bytes.
udp=300 stream=300 memory=67108864
if [ -n "$NATPROOF_UDP_TIMEOUT" ]; then
	udp=$NATPROOF_UDP_TIMEOUT stream=$NATPROOF_UDP_TIMEOUT
fi
from="iifname $outside"
hairpinned="oifname $inside ip saddr $NATPROOF_INSIDE_PREFIX ct status dnat"
if [ -n "$NATPROOF_HAIRPIN" ]; then
	from=''
fi
pairs='' forwards='' registered='' kept='' moved=''
for pair in $NATPROOF_STATIC; do
	pairs="$pairs
		$from ip daddr ${pair#*=} dnat to ${pair%=*}"
	registered="$registered
		oifname $outside ip saddr ${pair%=*} snat to ${pair#*=}"
done
for f in $NATPROOF_FORWARDS; do
	external=${f#*:}
	external=${external%%=*}
	forwards="$forwards
		$from ip daddr ${external%:*} udp dport ${external##*:} dnat to ${f#*=}"
	endpoint=${f#*=}
	kept="$kept
		oifname $outside ip saddr ${endpoint%:*} udp sport ${endpoint##*:} snat to $external"
	moved="$moved
		oifname $outside udp sport ${external##*:} snat to $own:$((${external##*:} + 1))-65535"
done
turned="$hairpinned snat to $own"
# MISTAKE
if [ -n "$cone" ]; then
	sets="$sets
	map cone { type inet_service : ipv4_addr . inet_service; flags dynamic; }"
	dnat="$dnat
		ip daddr $own dnat ip to udp dport map @cone"
	last="$last
		oifname $outside ip protocol udp update @cone { ct reply proto-dst : ct original ip saddr . ct original proto-src }"
fi
nft -f - <<RULES
table ip foreign {
	$sets
	chain raw {
		type filter hook prerouting priority -450
		$raw
	}
	chain mangle {
		type filter hook prerouting priority -150
		$mangle
	}
	chain dstnat {
		type nat hook prerouting priority -100
		$dnat
		$forwards
		$pairs
	}
	chain forward {
		type filter hook forward priority 0
		$forward
		$invalid
		iifname $outside ct state established,related accept
		iifname $outside ct status dnat accept
		iifname $outside drop
	}
	chain input {
		type filter hook input priority 0
		$input
		iifname $outside ct state established,related accept
		iifname $outside drop
	}
	chain output {
		type filter hook output priority 0
		$output
	}
	chain srcnat {
		type nat hook postrouting priority 100
		$snat
		$registered
		$kept
		$moved
		oifname $outside ip saddr $NATPROOF_INSIDE_PREFIX $to
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
set_to "$memory" ipv4/ipfrag_high_thresh
trap 'exit 0' TERM
echo ready conntrack
while :; do
	sleep 3600 &
	wait $!
done
