#!/usr/bin/env bash
# Prints the peak of the resident sizes of a command and all its descendants,
# added up, sampled every 20 ms. What processes share is counted once (Pss). The
# command's own output is dropped.
#
#   scripts/peak-memory.sh .bin/natproof run
set -u

"$@" >/dev/null 2>&1 &
root=$!

resident() { # resident PID: its size and its descendants', in kB, one a line
	sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$1/smaps_rollup" 2>/dev/null
	local child
	for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do resident "$child"; done
}

peak=0
while kill -0 "$root" 2>/dev/null; do
	now=$(($(resident "$root" | paste -sd+)))
	[ "${now:-0}" -gt "$peak" ] && peak=$now
	sleep 0.02
done
wait "$root"; status=$?
echo "peak: $((peak / 1024)) MB (exit status $status)"
