//! What an audit event is. Knows nothing of files, columns or screens.

pub mod event;
pub mod explain;
pub mod field;
pub mod half;
pub mod json_string;
pub mod json_tree;
pub mod number;
pub mod record;
pub mod risk;
pub mod text;
pub mod time;
pub mod user;

pub use event::{Event, Flags};
pub use field::{Column, FIELDS, Field, FieldSpec};
pub use half::{Half, Pairing, RowId, Start};
pub use record::{Shape, SkipReason};
pub use time::{Micros, TimeRange};
