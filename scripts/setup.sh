#!/usr/bin/env bash
# Installs what building and testing need, and only what is missing.
#   setup.sh build   compiler target, trunk, wasm-bindgen, wasm-opt
#   setup.sh test    the same, and Chromium with its driver
#   setup.sh bench   the same, and the bench's peer
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/versions.sh
goal=${1:-build}
did_something=no

say() { printf '\033[1msetup:\033[0m %s\n' "$*"; }
doing() { did_something=yes; say "$*"; }
need() { command -v "$1" >/dev/null || { say "'$1' is missing: $2"; exit 1; }; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

need rustc "install Rust's stable toolchain with rustup, then try again"
need cargo "install Rust's stable toolchain with rustup, then try again"
need node "install Node.js 20 or later, then try again"
need npm "install npm (it comes with Node.js), then try again"
need python3 "install Python 3, then try again"

[ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || { say "Node.js 20 or later is needed"; exit 1; }

has_wasm_target() {
    ls "$(rustc --print sysroot)"/lib/rustlib/wasm32-unknown-unknown/lib/libcore-*.rlib >/dev/null 2>&1
}

if ! has_wasm_target; then
    doing "adding the compiler's wasm32-unknown-unknown target"
    if ! { command -v rustup >/dev/null && timeout 120 rustup target add wasm32-unknown-unknown; }; then
        doing "rustup cannot reach its server: building the target from Debian's rust-src"
        scripts/build-wasm-target.sh
    fi
    has_wasm_target || { say "the wasm32 target is still missing"; exit 1; }
fi

# trunk 0.21 refuses NO_COLOR's value.
installed_version() { env -u NO_COLOR "$1" --version 2>/dev/null | awk '{print $2}'; }
cargo_tool() { # crate, command, version, how long
    [ "$(installed_version "$2")" = "$3" ] && return
    doing "cargo install $1 $3 (about $4, once per machine)"
    cargo install "$1" --locked --version "$3" --quiet
}
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
cargo_tool wasm-bindgen-cli wasm-bindgen "$WASM_BINDGEN_VERSION" "3 minutes"
cargo_tool trunk trunk "$TRUNK_VERSION" "7 minutes"

npm_stamp=node_modules/.lock-installed
if ! cmp -s package-lock.json "$npm_stamp"; then
    doing "npm ci: wasm-opt, Playwright and axe from package-lock.json"
    npm ci --no-audit --no-fund --silent
    cp package-lock.json "$npm_stamp"
fi

apt_packages() {
    doing "apt-get install $*"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if [ "$goal" = test ] || [ "$goal" = bench ]; then
    command -v chromium >/dev/null && command -v chromedriver >/dev/null ||
        apt_packages chromium chromium-driver fonts-dejavu-core
    # Each stands before a Loki in a test, with its configuration from deploy/.
    for proxy in nginx:nginx-light caddy:caddy; do
        command -v "${proxy%:*}" >/dev/null && continue
        apt_packages "${proxy#*:}"
        # Debian starts it on port 80, where nobody asked for it; without systemd it does not.
        as_root systemctl disable --quiet --now "${proxy%:*}" 2>/dev/null || true
    done
fi

if [ "$goal" = bench ] && ! .bench/venv/bin/python -c "import duckdb; assert duckdb.__version__ == '$DUCKDB_VERSION'" 2>/dev/null; then
    doing "pip install duckdb $DUCKDB_VERSION into .bench/venv"
    python3 -c 'import ensurepip' 2>/dev/null || apt_packages python3-venv
    python3 -m venv .bench/venv
    .bench/venv/bin/pip install --quiet --disable-pip-version-check "duckdb==$DUCKDB_VERSION"
fi

if [ "$did_something" = no ]; then say "nothing to set up"; else say "ready"; fi
