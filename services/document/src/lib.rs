//! Documents and calendars as files that people open elsewhere: Markdown, PDF/UA-1 and iCalendar.
//!
//! Promises: plain data in, bytes out, the same bytes for the same input; no I/O, no clock, no network, no fonts but those in this
//! crate. No text can become markup of any of the formats. Everything is bounded, and what is beyond a bound is a
//! [`DocumentError`] that says which.
//!
//! It leaves to others what a protocol or a report says, who may read it and where the file goes: this crate knows neither the
//! model nor the contract.
//!
//! A PDF takes from milliseconds to seconds of work on all cores ([`pdf`] says how many), so callers that serve others should
//! render on a blocking thread.

mod attachment;
mod calendar;
mod document;
mod error;
mod font;
mod markdown;
mod pdf;
mod text;
mod zone;

pub use attachment::{ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX, Attachment, attachment};
pub use calendar::{
    AGENCIES_MAX, Agency, CATEGORIES_MAX, Calendar, DURATION_MINUTES_MAX, ENTRIES_MAX, Event,
    EventState, REFRESH_MINUTES_MAX, TEXT_MAX, Task, TaskState, YEARS, calendar,
};
pub use document::{
    BLOCKS_MAX, Block, CHARACTERS_MAX, COLUMNS_MAX, Column, Document, FACTS_MAX, Inline, LINE_MAX,
    Language, PARAGRAPH_MAX, ROWS_MAX, Table,
};
pub use error::DocumentError;
pub use markdown::markdown;
pub use pdf::{pdf, pdf_with};
