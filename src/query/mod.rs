//! A question to an answer; pure. Bound to a store's dictionary ids inside a worker,
//! answered as a mergeable [`partial::Partial`] in strings, merged on the page.

pub mod answer;
#[cfg(test)]
pub(crate) mod arbitrary;
#[cfg(feature = "worker")]
pub mod bound;
pub mod buckets;
pub mod coverage;
pub mod csv_export;
#[cfg(feature = "worker")]
pub mod detail;
#[cfg(feature = "worker")]
pub mod engine;
#[cfg(feature = "worker")]
pub mod facet;
#[cfg(feature = "worker")]
pub mod filter;
#[cfg(feature = "worker")]
pub mod histogram;
pub mod logql;
pub mod merge;
pub mod partial;
pub mod pattern;
pub mod plain_words;
#[cfg(test)]
mod property_tests;
pub mod question;
#[cfg(feature = "worker")]
pub mod rows;
pub mod spelling;
pub mod syntax;
#[cfg(feature = "worker")]
pub mod text;

#[cfg(feature = "worker")]
pub use engine::Engine;
