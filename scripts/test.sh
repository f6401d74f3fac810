#!/usr/bin/env bash
# Every check, in the order in which the cheap ones fail first.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
unset NO_COLOR # trunk 0.21 refuses its value
exec </dev/null
began=$SECONDS

step() { # name, command…
    local name=$1 from=$SECONDS
    shift
    printf '\n\033[1m=== %s\033[0m\n' "$name"
    "$@" || { printf '\n=== %s FAILED after %d s\n' "$name" $((SECONDS - from)); exit 1; }
    printf '=== %s: %d s\n' "$name" $((SECONDS - from))
}

wasm_tests() {
    WASM_BINDGEN_USE_BROWSER=1 WASM_BINDGEN_TEST_TIMEOUT=120 CHROMEDRIVER=$(command -v chromedriver) \
        cargo test --target wasm32-unknown-unknown --lib
}

end_to_end() {
    node --test --test-concurrency=1 --test-reporter=spec tests/e2e/*.test.mjs
}

step "set-up" scripts/setup.sh test
step "format" cargo fmt --check
step "lints, native" cargo clippy --quiet --all-targets -- -D warnings
step "lints, wasm32" cargo clippy --quiet --target wasm32-unknown-unknown --lib --bins -- -D warnings
step "the page without the worker's code" cargo check --quiet --target wasm32-unknown-unknown --no-default-features --features page --bin app
step "native tests" cargo test --quiet
step "Loki's contract, on the stand-in" node --test --test-reporter=dot tests/loki_standin/
step "wasm tests in Chromium" wasm_tests
step "release build" scripts/build.sh
step "end-to-end tests in Chromium" end_to_end
printf '\nall checks passed in %d s\n' $((SECONDS - began))
