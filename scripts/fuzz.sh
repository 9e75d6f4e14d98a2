#!/usr/bin/env bash
# Fuzzes every target of the module for FUZZTIME, one after another, and says in a
# line each what came of it. FUZZ is a regular expression of those to fuzz, such as
# 'stun Fuzz(TCP|Stream)'; FUZZFLAGS go to go test. A finding is printed and stays in
# the package's testdata/fuzz; the others go on, and the exit status is 1.
set -euo pipefail
cd "$(dirname "$0")/.."

# A package's targets come before the line that names it.
listed=$(go test -list '^Fuzz' ./...)
targets=$(awk '/^Fuzz/ { names[++n] = $1 } $1 == "ok" { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }' <<<"$listed" |
	grep -E -- "${FUZZ:-.}") || {
	echo "no fuzz target matches ${FUZZ:-.}" >&2
	exit 1
}

# Until Go 1.27 the end of the time can look like a failure (golang/go#75804).
ended() { grep -q '^ *context deadline exceeded$' "$output" && ! grep -q 'Failing input written' "$output"; }

output=$(mktemp)
trap 'rm -f "$output"' EXIT
module=$(go list -m) status=0
while read -r package target; do
	# By default, a minute is spent on making each new input shorter.
	# shellcheck disable=SC2086 # the flags are several
	if go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10m}" -fuzzminimizetime 1s ${FUZZFLAGS-} "$package" >"$output" 2>&1 </dev/null || ended; then
		verdict=$(grep '^fuzz: elapsed' "$output" | tail -n 1)
	else
		verdict="FOUND SOMETHING" status=1
	fi
	printf '%-18s %-20s %s\n' "${package#"$module"/}" "$target" "${verdict#fuzz: elapsed: }"
	if [ "$verdict" = "FOUND SOMETHING" ]; then
		grep -v '^fuzz: elapsed' "$output" >&2
	fi
done <<<"$targets"
exit $status
