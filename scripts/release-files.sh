#!/usr/bin/env bash
# Writes what a package has beside the program: the manual's pages, compressed, and
# the completions of shells.
#
#   scripts/release-files.sh FOLDER VERSION
set -euo pipefail
usage="usage: scripts/release-files.sh FOLDER VERSION"
folder=$(realpath -m "${1:?$usage}")
version=${2:?$usage}
cd "$(dirname "$0")/.."

rm -rf "$folder"
mkdir -p "$folder/man" "$folder/completion"
# A page's date is that of the commit, so that two builds of one commit are equal.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
program="$folder/natproof"
# The caller may ask for another system's build, and this one is to run here.
env -u GOOS -u GOARCH go build -buildvcs=false -ldflags "-X main.version=$version" -o "$program" ./cmd/natproof
"$program" man "$folder/man"
gzip -9n "$folder"/man/*.1
"$program" completion bash >"$folder/completion/natproof.bash"
"$program" completion zsh >"$folder/completion/_natproof"
"$program" completion fish >"$folder/completion/natproof.fish"
rm "$program"
