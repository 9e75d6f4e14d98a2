#!/bin/sh
# A NAT for natproof's exec driver: iptables with masquerade, static pairs, port
# forwards and UDP timers, all but the last of which can change while it runs.
# docs/exec-driver.md explains the contract.
set -eu

fail() { echo "iptables: $2" >&2; exit "$1"; }

# Status 127 says that this NAT cannot do what is asked. A feature that this
# script has never heard of is refused, too.
unknown() {
	for feature in $1; do
		case $feature in
		'' | static | forward-udp | forward-tcp | udp-timeout) ;;
		*) echo "no support for $feature"; return ;;
		esac
	done
}
why=$(unknown "$NATPROOF_ASKS")
[ -z "$why" ] || fail 127 "$why"
case $NATPROOF_UDP_TIMEOUT in
*.*) fail 127 "no support for a UDP timeout of $NATPROOF_UDP_TIMEOUT s: the kernel counts whole seconds" ;;
esac

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
	echo "-A POSTROUTING -o $outside -s $NATPROOF_INSIDE_PREFIX -j MASQUERADE"
	echo COMMIT
}
# The whole table is replaced in one step.
translate "$NATPROOF_FORWARDS" "$NATPROOF_STATIC" | iptables-restore -w || fail 1 "iptables-restore failed"

# The rules have made the kernel load conntrack, so its timers are there by now.
if [ -n "$NATPROOF_UDP_TIMEOUT" ]; then
	for timer in nf_conntrack_udp_timeout nf_conntrack_udp_timeout_stream; do
		echo "$NATPROOF_UDP_TIMEOUT" >"/proc/sys/net/netfilter/$timer" || fail 1 "setting $timer failed"
	done
fi

# list prints what stands between the brackets of a list in a line of JSON, and
# member what a key is.
list() { rest=${2#*"\"$1\":["}; echo "${rest%%]*}"; }
member() { rest=${2#*"\"$1\":"}; rest=${rest%%[,\}]*}; rest=${rest#\"}; echo "${rest%\"}"; }

# change takes the new policy, a line of JSON. Cut at its quotes, each forward is 12
# words, of which the 4th, 8th and 12th are values, and each pair 8.
change() {
	why=$(IFS='",'; unknown "$(list asks "$1")")
	[ -z "$why" ] || { echo "cannot $why"; return; }
	[ "$(member udp_timeout "$1")" = "${NATPROOF_UDP_TIMEOUT:-0}" ] || { echo "cannot change the UDP timeout"; return; }
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
