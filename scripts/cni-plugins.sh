#!/bin/sh
# Builds the CNI plugins that the driver cni runs, of the version in go.mod, into a
# folder: scripts/cni-plugins.sh DIR; export CNI_PATH=DIR. Debian's are older.
set -eu
[ $# = 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
mkdir -p "$1"
GOBIN=$(cd "$1" && pwd)
export GOBIN
cd "$(dirname "$0")/.."
module=github.com/containernetworking/plugins
version=$(go list -m -f '{{.Version}}' $module)
for plugin in main/bridge meta/portmap ipam/static; do
	GOFLAGS='' go install "$module/plugins/$plugin@$version"
done
