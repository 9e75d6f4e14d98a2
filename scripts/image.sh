#!/usr/bin/env bash
# Builds the container image with buildah, which needs neither Docker nor root nor a base
# image: the program is static, and alone in it.
#
#   scripts/image.sh NAME[:TAG]      e.g. scripts/image.sh localhost/natproof:dev
#
# The programs are those that goreleaser has left in .bin/dist. Where there are none, one is
# built for this machine. The name is that of a list with an image for each processor.
set -euo pipefail
name=${1:?usage: scripts/image.sh NAME[:TAG]}
cd "$(dirname "$0")/.."
program() { # program ARCH: the path of the program for this processor
	find .bin/dist -path "*_linux_$1*" -name natproof -type f 2>/dev/null | head -1
}

machines=(amd64 arm64)
if [ -z "$(program amd64)" ]; then
	machines=("$(go env GOARCH)")
	CGO_ENABLED=0 GOOS=linux go build -trimpath -buildvcs=false \
		-ldflags "-s -w -X main.version=$(git describe --tags --always --dirty)" \
		-o ".bin/dist/natproof_linux_${machines[0]}/natproof" ./cmd/natproof
fi
buildah manifest rm "$name" 2>/dev/null || true
buildah manifest create "$name" >/dev/null
for machine in "${machines[@]}"; do
	container=$(buildah from --arch "$machine" scratch)
	buildah copy --quiet --chmod 755 "$container" "$(program "$machine")" /natproof
	buildah copy --quiet "$container" LICENSE /LICENSE
	# Against these, probe tests whether something on the way opens TLS.
	buildah copy --quiet "$container" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
	buildah config --os linux --arch "$machine" --entrypoint '["/natproof"]' --workingdir /tmp \
		--label org.opencontainers.image.source=https://github.com/natproof/natproof \
		--label org.opencontainers.image.licenses=Apache-2.0 "$container"
	buildah commit --quiet --rm --manifest "$name" "$container"
done
buildah manifest inspect "$name"
