//! A question to an answer; pure. Bound to a store's dictionary ids inside a worker,
//! answered as a mergeable [`answer::Partial`] in strings, merged on the page.

pub mod answer;
#[cfg(test)]
pub(crate) mod arbitrary;
pub mod buckets;
pub mod logql;
pub mod question;
pub mod syntax;
