//! Where bytes enter: files, the sample, Loki.

#[cfg(target_arch = "wasm32")]
pub mod file;
pub mod loki;
