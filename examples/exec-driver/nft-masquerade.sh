#!/bin/sh
# A NAT for natproof's exec driver: masquerade with nft, or with iptables where
# there is no nft. docs/exec-driver.md explains the contract.
set -eu

fail() { echo "nft-masquerade: $2" >&2; exit "$1"; }

# A plain home router knows of no pool, pair or forward, and says so with status
# 127.
[ -z "$NATPROOF_ASKS" ] || fail 127 "no support for $NATPROOF_ASKS"

with_nft() {
	nft -f - <<RULES
table ip example {
	chain forward {
		type filter hook forward priority 0
		iifname "$NATPROOF_OUTSIDE_IFACE" ct state established,related accept
		iifname "$NATPROOF_OUTSIDE_IFACE" drop
	}
	chain input {
		type filter hook input priority 0
		iifname "$NATPROOF_OUTSIDE_IFACE" ct state established,related accept
		iifname "$NATPROOF_OUTSIDE_IFACE" drop
	}
	chain postrouting {
		type nat hook postrouting priority 100
		oifname "$NATPROOF_OUTSIDE_IFACE" ip saddr $NATPROOF_INSIDE_PREFIX masquerade
	}
}
RULES
}

with_iptables() {
	for chain in FORWARD INPUT; do
		iptables -A "$chain" -i "$NATPROOF_OUTSIDE_IFACE" -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
		iptables -A "$chain" -i "$NATPROOF_OUTSIDE_IFACE" -j DROP
	done
	iptables -t nat -A POSTROUTING -o "$NATPROOF_OUTSIDE_IFACE" -s "$NATPROOF_INSIDE_PREFIX" -j MASQUERADE
}

# A command that is not found would end the script with 127 too, which means
# something else here. So look before running one.
if command -v nft >/dev/null; then
	with_nft || fail 1 "nft failed"
elif command -v iptables >/dev/null; then
	with_iptables || fail 1 "iptables failed"
else
	fail 1 "there is neither nft nor iptables"
fi

# The kernel's conntrack translates, so natproof can let its time pass. The rules
# go away with the namespace, so there is nothing to undo at the end.
trap 'exit 0' TERM INT
echo ready conntrack
while :; do
	sleep 3600 &
	wait $!
done
