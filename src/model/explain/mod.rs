//! An event in plain words: one sentence, seven answers, its annotations explained.
//!
//! Plain texts in, plain texts out: what is shown escapes or marks hidden characters itself.

mod annotations;
mod questions;
mod reason;
mod sentence;
mod words;

pub use annotations::{Explained, explain_annotation};
pub use questions::{Answered, Surroundings, outcome, seven_questions};
pub use reason::{Binding, Reason, parse_reason};
pub use sentence::{Facts, sentence};
pub use words::singular;
