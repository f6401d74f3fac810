# Pinned versions of the tools that no lock file covers. Sourced by the other scripts.
WASM_BINDGEN_VERSION=0.2.126   # must equal the wasm-bindgen crate in Cargo.toml
TRUNK_VERSION=0.21.14          # 0.22 needs a newer compiler
DUCKDB_VERSION=1.4.2           # the bench's peer
