#!/usr/bin/env bash
# Draws the pictures of the report in README.md anew, from a run against this kernel's
# NAT. It needs chromium.
#
#   scripts/screenshots.sh [NATPROOF]      NATPROOF is the program to run (.bin/natproof)
set -euo pipefail
cd "$(dirname "$0")/.."
natproof=${1:-.bin/natproof}
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
"$natproof" run --quiet --nat nftables --out "$report" >/dev/null || [ $? = 1 ]

shoot() { # shoot NAME WIDTH HEIGHT FRAGMENT
	# Root may not use chromium's sandbox, and the page is our own.
	chromium --headless=new --no-sandbox --hide-scrollbars --force-device-scale-factor=1 --user-data-dir="$report/chromium" \
		--window-size="$2,$3" --virtual-time-budget=2000 --screenshot="docs/img/$1.png" "file://$report/index.html$4" 2>/dev/null
}
shoot report 1200 720 ''
