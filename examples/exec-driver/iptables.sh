#!/bin/sh
# A NAT for natproof's exec driver: iptables with masquerade, static pairs, port
# forwards, a range of ports, and timers. docs/exec-driver.md explains the contract.
set -eu

fail() { echo "iptables: $2" >&2; exit "$1"; }

# Status 127 says that this NAT cannot do what is asked. A feature that this
# script has never heard of is refused, too.
for feature in $NATPROOF_ASKS; do
	case $feature in
	static | forward-udp | forward-tcp | udp-timeout | port-range) ;;
	tcp-opening-timeout | tcp-established-timeout | tcp-closing-timeout) ;;
	silent) ;; # it is silent in any case, since the rules for INPUT drop
	*) fail 127 "no support for $feature" ;;
	esac
done
for timeout in $NATPROOF_UDP_TIMEOUT \
	$NATPROOF_TCP_OPENING_TIMEOUT $NATPROOF_TCP_ESTABLISHED_TIMEOUT $NATPROOF_TCP_CLOSING_TIMEOUT; do
	case $timeout in
	*.*) fail 127 "no support for a timeout of $timeout s: the kernel counts whole seconds" ;;
	esac
done

# A command that is not found would end the script with 127 too, so look for it.
command -v iptables >/dev/null || fail 1 "there is no iptables"
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

# udp:203.0.113.10:53=192.168.0.5:5353
for forward in $NATPROOF_FORWARDS; do
	protocol=${forward%%:*} inside=${forward#*=}
	external=${forward#*:}
	external=${external%%=*}
	rule -t nat -A PREROUTING -i "$outside" -p "$protocol" -d "${external%:*}" --dport "${external##*:}" \
		-j DNAT --to-destination "$inside"
done
# 192.168.0.9=203.0.113.11
for pair in $NATPROOF_STATIC; do
	rule -t nat -A PREROUTING -i "$outside" -d "${pair#*=}" -j DNAT --to-destination "${pair%=*}"
	rule -t nat -A POSTROUTING -o "$outside" -s "${pair%=*}" -j SNAT --to-source "${pair#*=}"
done
# 40000-40019
if [ -n "$NATPROOF_PORT_RANGE" ]; then
	for protocol in tcp udp; do
		rule -t nat -A POSTROUTING -o "$outside" -s "$NATPROOF_INSIDE_PREFIX" -p "$protocol" \
			-j MASQUERADE --to-ports "$NATPROOF_PORT_RANGE"
	done
fi
rule -t nat -A POSTROUTING -o "$outside" -s "$NATPROOF_INSIDE_PREFIX" -j MASQUERADE

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
timers "$NATPROOF_TCP_OPENING_TIMEOUT" tcp_timeout_syn_sent tcp_timeout_syn_recv
# A connection that one end has closed is as good as established.
timers "$NATPROOF_TCP_ESTABLISHED_TIMEOUT" tcp_timeout_established tcp_timeout_fin_wait tcp_timeout_close_wait \
	tcp_timeout_max_retrans tcp_timeout_unacknowledged
timers "$NATPROOF_TCP_CLOSING_TIMEOUT" tcp_timeout_last_ack tcp_timeout_time_wait tcp_timeout_close

# The kernel's conntrack translates, so natproof can let its time pass. The rules
# go away with the namespace, so there is nothing to undo at the end.
trap 'exit 0' TERM INT
echo ready conntrack
while :; do
	sleep 3600 &
	wait $!
done
