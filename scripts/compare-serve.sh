#!/bin/sh
# Compares natproof serve with coturn and with a plain Go read-write loop: each
# alone, on one core, asked over a veth pair from another core. Everything happens
# in network namespaces of its own, which need no root and die with this script.
#
#   scripts/compare-serve.sh [SECONDS [ROUNDS [RATE]]]
#
# SECONDS is how long each measurement takes (3), ROUNDS how often all are
# measured in turn (3), RATE the requests per second of the measurement of
# latency (40000).
set -eu

seconds=${1:-3} rounds=${2:-3} rate=${3:-40000}

if [ -z "${COMPARE_SERVE_BIN:-}" ]; then
	cd "$(dirname "$0")/.."
	bin=$(mktemp -d)
	trap 'rm -rf "$bin"' EXIT
	if [ -n "${NATPROOF:-}" ]; then cp "$NATPROOF" "$bin/natproof"; else go build -o "$bin/natproof" ./cmd/natproof; fi
	go build -o "$bin/stunload" ./scripts/stunload
	COMPARE_SERVE_BIN=$bin unshare --user --map-root-user --net --mount --pid --fork --kill-child \
		"$0" "$seconds" "$rounds" "$rate"
	exit
fi

bin=$COMPARE_SERVE_BIN
mount -t proc proc /proc
mount -t tmpfs run /run
ip netns add server
ip link add v0 type veth peer name v1 netns server
ip address add 10.77.0.2/24 dev v0
ip link set lo up
ip link set v0 up
for address in 10.77.0.1/24 10.77.0.3/24; do ip -n server address add "$address" dev v1; done
ip -n server link set lo up
ip -n server link set v1 up
ping -c 1 -W 2 10.77.0.1 >/dev/null 2>&1 || true # the neighbours know each other

cores=$(nproc)
last=$((cores - 1))

# The crowd that asks last has these addresses.
ip route add local 10.128.0.0/9 dev lo
ip -n server route add 10.128.0.0/9 via 10.77.0.2

# measure NAME ADDRESS RATE COMMAND... runs a server on the first core and loads
# it from the last.
measure() {
	name=$1 at=$2 speed=$3
	shift 3
	ip netns exec server taskset -c "${CORES:-0}" "$@" >/dev/null 2>&1 &
	pid=$!
	# The server is there when it answers.
	i=0
	until "$bin/stunload" -to "$at" -rate 100 -duration 20ms -sockets 1 | grep -q 'lost 0'; do
		i=$((i + 1))
		[ $i -lt 20 ] || { echo "compare-serve: $name does not answer" >&2; break; }
	done
	taskset -c "$last" "$bin/stunload" -to "$at" -pid "$pid" -rate "$speed" -duration "${seconds}s" -name "$name" -crowd "${CROWD:-0}"
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

all() {
	measure 'natproof serve' 10.77.0.1:3478 "$1" env GOMAXPROCS=1 "$bin/natproof" serve --primary 10.77.0.1 --alternate 10.77.0.3 --source-rate 0
	measure '  with its rate limit' 10.77.0.1:3478 "$1" env GOMAXPROCS=1 "$bin/natproof" serve --primary 10.77.0.1 --alternate 10.77.0.3 --source-rate 1000000
	if command -v turnserver >/dev/null; then
		measure 'coturn' 10.77.0.1:3478 "$1" turnserver -n --stun-only --no-tls --no-dtls --no-cli -m 1 -L 10.77.0.1 -L 10.77.0.3 --log-file /dev/null --pidfile /run/turnserver.pid
	else
		echo 'coturn is not installed'
	fi
	measure 'plain Go loop' 10.77.0.1:3478 "$1" env GOMAXPROCS=1 "$bin/stunload" -plain 10.77.0.1:3478
}

# scale measures natproof serve on one core and on two, ... The last of them is also
# the load's: it is the answers per CPU-second that tell whether cores hinder each other.
scale() {
	for used in $(seq "$cores"); do
		CORES=0-$((used - 1)) measure "natproof, $used cores" 10.77.0.1:3478 "$1" env "GOMAXPROCS=$used" "$bin/natproof" serve \
			--primary 10.77.0.1 --alternate 10.77.0.3 --source-rate 0 --workers "$used"
	done
}

echo 'once from each of 1,000,000 addresses:'
CROWD=1000000 measure 'natproof serve' 10.77.0.1:3478 0 env GOMAXPROCS=1 "$bin/natproof" serve --primary 10.77.0.1 --alternate 10.77.0.3

for round in $(seq "$rounds"); do
	echo "round $round, as much as is answered:"
	all 0
	echo "round $round, $rate requests per second:"
	all "$rate"
	echo "round $round, $((3 * rate)) requests per second, on one core and on more:"
	scale $((3 * rate))
done
