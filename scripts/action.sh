#!/usr/bin/env bash
# The steps of action.yml, whose inputs are variables here.
set -euo pipefail
export LC_ALL=C # one order of folders everywhere

# as_root runs a command as root where the input asks for that.
as_root() {
	if [ "${INPUT_ROOT:-false}" = true ] && [ "$(id -u)" != 0 ]; then
		sudo env "PATH=$PATH" "$@"
	else
		"$@"
	fi
}

fetch() { # fetch VERSION FOLDER
	local system machine archive url
	case "$RUNNER_OS" in
	Linux) system=linux ;;
	macOS) system=darwin ;;
	*)
		echo "::error::natproof's action fetches releases for Linux and macOS; leave out version on $RUNNER_OS"
		return 2
		;;
	esac
	case "$RUNNER_ARCH" in
	X64) machine=amd64 ;;
	ARM64) machine=arm64 ;;
	*)
		echo "::error::there is no release of natproof for $RUNNER_ARCH; leave out version"
		return 2
		;;
	esac
	archive="natproof_${1}_${system}_${machine}.tar.gz"
	url="$GITHUB_SERVER_URL/natproof/natproof/releases/download/v$1"
	curl -fsSL --retry 3 -o "$2/$archive" "$url/$archive"
	curl -fsSL --retry 3 -o "$2/checksums.txt" "$url/checksums.txt"
	local sum
	sum=$(grep -E "^[0-9a-f]{64}  $archive\$" "$2/checksums.txt") || {
		echo "::error::checksums.txt of natproof $1 does not name $archive"
		return 2
	}
	(cd "$2" && if command -v sha256sum >/dev/null; then sha256sum -c; else shasum -a 256 -c; fi <<<"$sum")
	tar -xzf "$2/$archive" -C "$2" natproof
}

install() {
	local folder="$RUNNER_TEMP/natproof"
	mkdir -p "$folder"
	if [ -n "$INPUT_VERSION" ]; then
		fetch "${INPUT_VERSION#v}" "$folder"
	else
		(cd "$GITHUB_ACTION_PATH" && CGO_ENABLED=0 GOWORK=off go build -trimpath -buildvcs=false \
			-ldflags "-X main.version=action-${GITHUB_ACTION_REF:-local}" -o "$folder/" ./cmd/natproof)
	fi
	echo "$folder" >>"$GITHUB_PATH"
	"$folder/natproof" version
	# Ubuntu lets only programs with an AppArmor profile make user namespaces.
	local switch=kernel.apparmor_restrict_unprivileged_userns
	if [ "$INPUT_ROOT" != true ] && [ "$(sysctl -n $switch 2>/dev/null || true)" = 1 ]; then
		sudo sysctl -w $switch=0
	fi
}

# rules are the flags that run and report have in common.
rules() {
	flags=()
	[ -z "$INPUT_BASELINE" ] || flags+=(--baseline "$INPUT_BASELINE")
	[ "$INPUT_STRICT" != true ] || flags+=(--strict)
	[ "$INPUT_REQUIRE_ALL" != true ] || flags+=(--require-all)
}

run() {
	rules
	[ -z "$INPUT_NAT" ] || flags+=(--nat "$INPUT_NAT")
	[ -z "$INPUT_ONLY" ] || flags+=(--only "$INPUT_ONLY")
	[ -z "$INPUT_LEVEL" ] || flags+=(--level "$INPUT_LEVEL")
	local more status=0
	read -ra more <<<"$INPUT_ARGS"
	# What natproof prints is the NAT's in part, so that no line of it is a command.
	local token="natproof-$RANDOM$RANDOM$RANDOM"
	echo "::stop-commands::$token"
	as_root natproof run --quiet --out "$INPUT_OUT" "${flags[@]}" "${more[@]}" || status=$?
	echo "::$token::"
	if [ "$INPUT_ROOT" = true ] && [ -e "$INPUT_OUT" ]; then
		as_root chown -R "$(id -u)" "$INPUT_OUT"
	fi
	local report="$INPUT_OUT"
	case "$report" in
	/*) ;;
	*) report="$PWD/$report" ;;
	esac
	{
		echo "status=$status"
		echo "report=$report"
	} >>"$GITHUB_OUTPUT"
	if [ "$status" = 2 ]; then
		echo "::error title=natproof::natproof run does not understand what it was asked for; the log says what"
		return 2
	fi
}

# report shows each NAT's results; a run of several NATs has a folder for each.
report() {
	rules
	local results text headlines=()
	for results in "$INPUT_OUT/results.json" "$INPUT_OUT"/*/results.json; do
		[ -e "$results" ] || continue
		natproof report "$results" --annotations - "${flags[@]}"
		text=$(natproof report "$results" --markdown - "${flags[@]}")
		printf '%s\n\n' "$text" >>"$GITHUB_STEP_SUMMARY"
		# The heading and the bold line below it, without the escapes of Markdown.
		headlines+=("$(sed -n '1s/^## natproof: \(.*\)/\1: /p; 3s/^\*\*\(.*\)\*\*$/\1/p' <<<"$text" |
			sed 's/\\\(.\)/\1/g' | tr -d '\n')")
	done
	if [ ${#headlines[@]} = 0 ]; then
		echo "::error title=natproof::the run has left no results"
		return 3
	fi
	local mark="end-$RANDOM$RANDOM$RANDOM"
	{
		echo "headline<<$mark"
		printf '%s\n' "${headlines[@]}"
		echo "$mark"
	} >>"$GITHUB_OUTPUT"
}

verdict() { exit "$STATUS"; }

"$1"
