#!/bin/sh
# A NAT for natproof's exec driver: iptables with masquerade, static pairs, port
# forwards, a range of ports, and timers; of these, pairs and forwards can change
# while it runs. docs/exec-driver.md explains the contract.
set -eu

fail() { echo "iptables: $2" >&2; exit "$1"; }

# Status 127 says that this NAT cannot do what is asked. A feature that this
# script has never heard of is refused, too.
unknown() {
	for feature in $1; do
		case $feature in
		'' | static | forward-udp | forward-tcp | udp-timeout | icmp-timeout | port-range) ;;
		tcp-opening-timeout | tcp-established-timeout | tcp-closing-timeout) ;;
		silent) ;; # it is silent in any case, since the rules for INPUT drop
		*) echo "no support for $feature"; return ;;
		esac
	done
}
why=$(unknown "$NATPROOF_ASKS")
[ -z "$why" ] || fail 127 "$why"
for timeout in $NATPROOF_UDP_TIMEOUT $NATPROOF_ICMP_TIMEOUT \
	$NATPROOF_TCP_OPENING_TIMEOUT $NATPROOF_TCP_ESTABLISHED_TIMEOUT $NATPROOF_TCP_CLOSING_TIMEOUT; do
	case $timeout in
	*.*) fail 127 "no support for a timeout of $timeout s: the kernel counts whole seconds" ;;
	esac
done

# A command that is not found would end the script with 127 too, so look for it.
for command in iptables iptables-restore; do
	command -v $command >/dev/null || fail 1 "there is no $command"
done
# Workers run beside each other, and so do their locks.
export XTABLES_LOCKFILE="$NATPROOF_DIR/xtables.lock"
outside=$NATPROOF_OUTSIDE_IFACE
rule() { iptables -w "$@" || fail 1 "iptables $* failed"; }

# What comes from outside passes if it is an answer, or if a rule below has given
# it an inside destination.
rule -A INPUT -i "$outside" -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
rule -A INPUT -i "$outside" -j DROP
rule -A FORWARD -i "$outside" -m conntrack --ctstate ESTABLISHED,RELATED,DNAT -j ACCEPT
rule -A FORWARD -i "$outside" -j DROP

# translate prints the nat table for forwards such as udp:203.0.113.10:53=192.168.0.5:5353
# and pairs such as 192.168.0.9=203.0.113.11.
translate() {
	echo "*nat"
	for forward in $1; do
		protocol=${forward%%:*} inside=${forward#*=}
		external=${forward#*:}
		external=${external%%=*}
		echo "-A PREROUTING -i $outside -p $protocol -d ${external%:*} --dport ${external##*:}" \
			"-j DNAT --to-destination $inside"
	done
	for pair in $2; do
		echo "-A PREROUTING -i $outside -d ${pair#*=} -j DNAT --to-destination ${pair%=*}"
		echo "-A POSTROUTING -o $outside -s ${pair%=*} -j SNAT --to-source ${pair#*=}"
	done
	# 40000-40019
	if [ -n "$NATPROOF_PORT_RANGE" ]; then
		for protocol in tcp udp; do
			echo "-A POSTROUTING -o $outside -s $NATPROOF_INSIDE_PREFIX -p $protocol" \
				"-j MASQUERADE --to-ports $NATPROOF_PORT_RANGE"
		done
	fi
	echo "-A POSTROUTING -o $outside -s $NATPROOF_INSIDE_PREFIX -j MASQUERADE"
	echo COMMIT
}
# The whole table is replaced in one step.
translate "$NATPROOF_FORWARDS" "$NATPROOF_STATIC" | iptables-restore -w || fail 1 "iptables-restore failed"

# The rules have made the kernel load conntrack, so its timers are there by now.
timers() {
	seconds=$1
	shift
	[ -n "$seconds" ] || return 0
	for timer; do
		echo "$seconds" >"/proc/sys/net/netfilter/nf_conntrack_$timer" || fail 1 "setting $timer failed"
	done
}
timers "$NATPROOF_UDP_TIMEOUT" udp_timeout udp_timeout_stream
timers "$NATPROOF_ICMP_TIMEOUT" icmp_timeout
timers "$NATPROOF_TCP_OPENING_TIMEOUT" tcp_timeout_syn_sent tcp_timeout_syn_recv
# A connection that one end has closed is as good as established.
timers "$NATPROOF_TCP_ESTABLISHED_TIMEOUT" tcp_timeout_established tcp_timeout_fin_wait tcp_timeout_close_wait \
	tcp_timeout_max_retrans tcp_timeout_unacknowledged
timers "$NATPROOF_TCP_CLOSING_TIMEOUT" tcp_timeout_last_ack tcp_timeout_time_wait tcp_timeout_close

# list prints what stands between the brackets of a list in a line of JSON, and
# member what a key is.
list() { rest=${2#*"\"$1\":["}; echo "${rest%%]*}"; }
member() { rest=${2#*"\"$1\":"}; rest=${rest%%[,\}]*}; rest=${rest#\"}; echo "${rest%\"}"; }

# change takes the new policy, a line of JSON. Cut at its quotes, each forward is 12
# words, of which the 4th, 8th and 12th are values, and each pair 8.
change() {
	why=$(IFS='",'; unknown "$(list asks "$1")")
	[ -z "$why" ] || { echo "cannot $why"; return; }
	for timer in udp:$NATPROOF_UDP_TIMEOUT icmp:$NATPROOF_ICMP_TIMEOUT tcp_opening:$NATPROOF_TCP_OPENING_TIMEOUT \
		tcp_established:$NATPROOF_TCP_ESTABLISHED_TIMEOUT tcp_closing:$NATPROOF_TCP_CLOSING_TIMEOUT; do
		was=${timer#*:} name=${timer%%:*}
		[ "$(member "${name}_timeout" "$1")" = "${was:-0}" ] || { echo "cannot change the timeout of $name"; return; }
	done
	[ "$(member port_range "$1")" = "$NATPROOF_PORT_RANGE" ] || { echo "cannot change the range of ports"; return; }
	line=$1 forwards='' pairs=''
	IFS='"'
	set -- $(list forwards "$line")
	while [ $# -ge 12 ]; do forwards="$forwards $4:$8=${12}"; shift 12; done
	set -- $(list static "$line")
	while [ $# -ge 8 ]; do pairs="$pairs $4=$8"; shift 8; done
	unset IFS
	translate "$forwards" "$pairs" | iptables-restore -w || { echo "cannot replace the rules"; return; }
	# With an address that is gone, the kernel ends what was masqueraded to it, and no
	# session that came in by a forward.
	now=$(member outside_prefix "$line")
	if [ "${now%/*}" != "$own" ] && command -v conntrack >/dev/null; then
		conntrack -D -d "$own" >/dev/null 2>&1 || true # there may be none
	fi
	own=${now%/*}
	echo changed
}

# The kernel's conntrack translates, so natproof can let its time pass. The rules
# go away with the namespace, so there is nothing to undo at the end.
own=${NATPROOF_OUTSIDE_PREFIX%/*}
trap 'exit 0' TERM INT
echo ready conntrack change
while read -r word policy; do
	[ "$word" != change ] || change "$policy"
done
# Whoever runs it by hand gives it no lines.
while :; do
	sleep 3600 &
	wait $!
done
