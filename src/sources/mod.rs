//! Where bytes enter: files, the sample, Loki.

pub mod loki;
