#!/usr/bin/env bash
# Draws the pictures of reports in README.md and docs/matrix.md anew, from runs against this
# kernel's NAT and others. It needs chromium, and what the drivers iptables and cni need.
#
#   scripts/screenshots.sh [NATPROOF]      NATPROOF is the program to run (.bin/natproof)
set -euo pipefail
cd "$(dirname "$0")/.."
natproof=${1:-.bin/natproof}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

judge() { # judge FOLDER FLAGS...; a NAT that breaks a rule is what is to be seen
	"$natproof" run --quiet --out "$scratch/$1" "${@:2}" || [ $? = 1 ]
}

shoot() { # shoot NAME WIDTH HEIGHT PAGE
	# Root may not use chromium's sandbox, and the page is our own.
	chromium --headless=new --no-sandbox --hide-scrollbars --user-data-dir="$scratch/chromium" \
		--window-size="$2,$3" --virtual-time-budget=2000 --screenshot="docs/img/$1.png" \
		"file://$scratch/$4" 2>/dev/null
}

judge report --nat nftables
shoot report 1200 760 report/index.html
# One spec of a clause alone: a copy of the page that shows only its last part.
judge clause --nat nftables --only rfc4787.req-9
spec=$(grep -B1 'an inside host is reached at its external endpoint, by another host<' "$scratch/clause/index.html" |
	grep -o 'id="[^"]*"' | head -n 1)
hidden="header.top, main > section:not(.document), .spec:not([$spec])"
sed "/Content-Security-Policy/d; s|</head>|<style>$hidden { display: none }</style></head>|; s|$spec>|$spec open>|" \
	"$scratch/clause/index.html" >"$scratch/clause/alone.html"
shoot clause 1200 1280 clause/alone.html
judge matrix --only 'rfc4787.*' --nat nftables --nat nftables:drop-invalid,persistent --nat nftables:fully-random \
	--nat iptables:legacy --nat cni --nat ref
shoot matrix 1200 2000 matrix/index.html
