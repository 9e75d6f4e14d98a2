#!/bin/sh
# Compares natproof probe with the probers that Debian packages: coturn's
# turnutils_natdiscovery (package coturn) and Vovida's stun (package stun-client), and
# with pion's (go install github.com/pion/stun/v3/cmd/stun-nat-behaviour@v3.1.7).
# Each asks the same server through the same NAT, the kernel's masquerade and what
# nft makes of it, and what it says stands beside the time that it took. Everything
# happens in network namespaces of its own, which need no root and die with this
# script. It needs nft and ip, and takes two minutes at most.
#
#   scripts/compare-probe.sh [ROUNDS [RTT]]
#
# ROUNDS is how often all are asked in turn (1), RTT the round trip to the server
# in milliseconds (40), if the kernel has netem; otherwise there is no delay.
# SERVER=coturn asks coturn's server and not natproof's; NATPROOF is a binary to
# use and not to build.
set -eu

rounds=${1:-1} rtt=${2:-40}

if [ -z "${COMPARE_PROBE_BIN:-}" ]; then
	cd "$(dirname "$0")/.."
	bin=$(mktemp -d)
	trap 'rm -rf "$bin"' EXIT
	if [ -n "${NATPROOF:-}" ]; then cp "$NATPROOF" "$bin/natproof"; else go build -o "$bin/natproof" ./cmd/natproof; fi
	COMPARE_PROBE_BIN=$bin unshare --user --map-root-user --net --mount --pid --fork --kill-child \
		timeout 600 "$0" "$rounds" "$rtt"
	exit
fi

bin=$COMPARE_PROBE_BIN
server=203.0.113.11 other=203.0.113.12
mount -t proc proc /proc
mount -t tmpfs run /run
ip netns add router
ip netns add server
ip link add host0 type veth peer name inside netns router
ip -n router link add outside type veth peer name server0 netns server
ip address add 10.77.0.2/24 dev host0
ip -n router address add 10.77.0.1/24 dev inside
ip -n router address add 203.0.113.1/24 dev outside
for address in $server $other; do ip -n server address add "$address/24" dev server0; done
ip link set lo up
ip link set host0 up
ip -n router link set inside up
ip -n router link set outside up
ip -n server link set lo up
ip -n server link set server0 up
ip route add default via 10.77.0.1
ip -n server route add 10.77.0.0/24 via 203.0.113.1
ip netns exec router sysctl -qw net.ipv4.ip_forward=1

if ip netns exec router tc qdisc add dev outside root netem delay $((rtt / 2))ms 2>/dev/null &&
	ip netns exec server tc qdisc add dev server0 root netem delay $((rtt / 2))ms 2>/dev/null; then
	echo "round trip: $rtt ms"
else
	echo 'round trip: that of the veths, well below 1 ms, since this kernel has no netem'
fi

if [ "${SERVER:-natproof}" = coturn ]; then
	ip netns exec server turnserver -n --stun-only --no-tls --no-dtls --no-cli -L $server -L $other \
		--log-file /dev/null --pidfile /run/turnserver.pid --userdb /run/turndb >/dev/null 2>&1 &
else
	ip netns exec server "$bin/natproof" serve --primary $server --alternate $other >/dev/null 2>&1 &
fi
pid=$!
trap 'kill "$pid" 2>/dev/null || true' EXIT
tries=0
until ip netns exec server "$bin/natproof" probe --quiet --no-tcp --timeout 1s --server $server >/dev/null 2>&1; do
	tries=$((tries + 1))
	[ $tries -lt 10 ] || { echo 'compare-probe: the server does not answer' >&2; exit 1; }
	sleep 0.2
done

# ruleset makes the router what its arguments say: what to do with what leaves,
# and what with strangers' packets.
ruleset() {
	ip netns exec router nft -f - <<-END
	flush ruleset
	table ip compare {
		chain leaving {
			type nat hook postrouting priority srcnat
			$1
		}
		chain passing {
			type filter hook forward priority filter
			$2
		}
		chain arriving {
			type filter hook input priority filter
			iifname "outside" ct state new drop
		}
	}
	END
}

# ask NAME COMMAND... runs a prober, and tells in a line what it says.
ask() {
	name=$1
	shift
	if ! command -v "$1" >/dev/null; then
		printf '  %-9s is not installed\n' "$name"
		return
	fi
	began=$(date +%s%N)
	timeout 30 "$@" >/run/said 2>&1 || true
	took=$((($(date +%s%N) - began) / 1000000))
	# coturn's client writes much; its verdicts end in exclamation marks.
	case $name in
	natproof) said=$(grep -m 1 '^UDP over IPv4: ' /run/said || true) ;;
	coturn) said=$(grep -E '!$|timeout' /run/said | uniq | tr '\n' ' ' || true) ;;
	pion) said=$(sed -n 's/.*=> //p' /run/said | tr '\n' ' ') ;;
	*) said=$(sed -n 's/^Primary: //p' /run/said) ;;
	esac
	printf '  %-9s %6d ms  %s\n' "$name" "$took" "$said"
}

all() {
	ask natproof "$bin/natproof" probe --quiet --no-tcp --server $server
	ask coturn turnutils_natdiscovery -m -f $server
	ask Vovida stun $server
	ask pion stun-nat-behaviour -server $server:3478
}

strangers='iifname "outside" ct state new drop'
for round in $(seq "$rounds"); do
	echo "round $round, masquerade (endpoint-independent mapping, address and port-dependent filtering):"
	ruleset 'oifname "outside" masquerade' "$strangers"
	all
	echo "round $round, masquerade with random ports (address and port-dependent mapping and filtering):"
	ruleset 'oifname "outside" masquerade fully-random' "$strangers"
	all
	echo "round $round, a firewall without NAT (address and port-dependent filtering):"
	ruleset '' "$strangers"
	all
	echo "round $round, neither NAT nor firewall:"
	ruleset '' ''
	all
	echo "round $round, UDP is blocked:"
	ruleset '' 'meta l4proto udp drop'
	all
done
