#!/usr/bin/env bash
# Builds the wasm32 standard library from Debian's rust-src, for machines that
# reach package mirrors but not rustup's server.
set -euo pipefail
release=$(rustc --version | awk '{print $2}')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# The mirror is the one that apt already uses here.
mirror=$(sed -n 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
[ -n "$mirror" ] || mirror=$(awk '$1=="deb" {for (i=2;i<=NF;i++) if ($i ~ /^[a-z+]+:\/\//) {print $i; exit}}' /etc/apt/sources.list)
[ -n "$mirror" ] || { echo "no Debian mirror found in apt's sources"; exit 1; }

mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
for suite in trixie-backports forky sid trixie; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
done >"$work/sources.list"
options=(-o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
as_root apt-get "${options[@]}" update -qq
version=$(apt-cache "${options[@]}" madison rust-src | awk -F'|' '{gsub(/ /,"",$2); print $2}' |
    grep -E "^${release}\+" | head -n 1)
[ -n "$version" ] || { echo "Debian has no rust-src $release: use a compiler it packages, or rustup's network"; exit 1; }
(cd "$work" && as_root apt-get "${options[@]}" download -qq "rust-src=$version" && dpkg-deb -x rust-src_*.deb src)

library=$(echo "$work"/src/usr/src/rustc-*/library)
(cd "$library" && RUSTC_BOOTSTRAP=1 \
    RUSTFLAGS="-Zforce-unstable-if-unmarked -Cembed-bitcode=yes" \
    CARGO_TARGET_DIR="$work/target" \
    cargo build --quiet --profile dist -p sysroot --no-default-features --features panic-unwind \
    --target wasm32-unknown-unknown)
destination="$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib"
mkdir -p "$destination"
cp "$work"/target/wasm32-unknown-unknown/dist/deps/*.rlib "$destination/"
