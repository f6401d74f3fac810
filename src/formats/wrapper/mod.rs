//! The shapes that audit events travel in, one file each.

pub mod cri;
