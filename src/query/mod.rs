//! A question to an answer; pure. Bound to a store's dictionary ids inside a worker,
//! answered as a mergeable [`answer::Partial`] in strings, merged on the page.

pub mod answer;
#[cfg(test)]
pub(crate) mod arbitrary;
pub mod bound;
pub mod buckets;
pub mod coverage;
pub mod csv_export;
pub mod detail;
pub mod engine;
pub mod facet;
pub mod filter;
pub mod histogram;
pub mod logql;
pub mod merge;
pub mod plain_words;
#[cfg(test)]
mod property_tests;
pub mod question;
pub mod rows;
pub mod syntax;
pub mod text;

pub use engine::Engine;
