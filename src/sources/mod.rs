//! Where bytes enter: files, the sample, Loki.

#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod file;
pub mod loki;
