#!/bin/sh
# A NAT for natproof's exec driver: iptables with masquerade, static pairs, port
# forwards and UDP timers. docs/exec-driver.md explains the contract.
set -eu

fail() { echo "iptables: $2" >&2; exit "$1"; }

# Status 127 says that this NAT cannot do what is asked. A feature that this
# script has never heard of is refused, too.
for feature in $NATPROOF_ASKS; do
	case $feature in
	static | forward-udp | forward-tcp | udp-timeout) ;;
	*) fail 127 "no support for $feature" ;;
	esac
done
case $NATPROOF_UDP_TIMEOUT in
*.*) fail 127 "no support for a UDP timeout of $NATPROOF_UDP_TIMEOUT s: the kernel counts whole seconds" ;;
esac

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
rule -t nat -A POSTROUTING -o "$outside" -s "$NATPROOF_INSIDE_PREFIX" -j MASQUERADE

# The rules have made the kernel load conntrack, so its timers are there by now.
if [ -n "$NATPROOF_UDP_TIMEOUT" ]; then
	for timer in nf_conntrack_udp_timeout nf_conntrack_udp_timeout_stream; do
		echo "$NATPROOF_UDP_TIMEOUT" >"/proc/sys/net/netfilter/$timer" || fail 1 "setting $timer failed"
	done
fi

# The kernel's conntrack translates, so natproof can let its time pass. The rules
# go away with the namespace, so there is nothing to undo at the end.
trap 'exit 0' TERM INT
echo ready conntrack
while :; do
	sleep 3600 &
	wait $!
done
