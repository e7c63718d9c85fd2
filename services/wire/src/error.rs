//! Errors as callers see them: one table of codes, and `google.rpc` details in both directions.
//!
//! An [`Error`] never carries a word of refused content; what it says fits into HTTP/2 trailers, however many fields were wrong.

mod code;
mod status;

pub use code::{ErrorCode, Retry};
pub use status::{DOMAIN, Error, Explained, FieldViolation, MESSAGE_BYTES, explain, explain_item};
