#!/usr/bin/env bash
# Builds the release into dist/; does nothing when dist/ was built from these very sources.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/versions.sh
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

# Names the build: the page asks for its worker under this name, so old and new never meet.
sources=(src public style index.html Trunk.toml Cargo.toml Cargo.lock package-lock.json .cargo/config.toml scripts/finish.py scripts/split.py scripts/rest.js)
AUDITSCOPE_BUILD=$(find "${sources[@]}" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
export AUDITSCOPE_BUILD

stamp=target/dist.stamp
if [ -f dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$AUDITSCOPE_BUILD" ]; then
    echo "build: dist/ is up to date ($AUDITSCOPE_BUILD)"
    exit 0
fi
echo "build: release $AUDITSCOPE_BUILD (some minutes when cold)"
rm -f "$stamp"
# trunk 0.21 takes NO_COLOR for an option of its own and refuses the value 1.
env -u NO_COLOR trunk build --release
mkdir -p target
echo "$AUDITSCOPE_BUILD" >"$stamp"
(cd dist && ls -l | awk 'NR > 1 {printf "build: %9d bytes  %s\n", $5, $9}')
