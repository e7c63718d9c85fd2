//! Why there is no file.

use crate::calendar::YEARS;

/// Why a document or a calendar can't be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// More of something than is written; the caller has to split or to select.
    #[error("more than {max} {what}")]
    TooMany {
        /// What there is too much of, in plural.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// Something that must not be empty has no text that can be seen.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A heading's level is not within 1 to 4, or leaves one out: readers of a tagged file would miss a part.
    #[error("block {block}: heading of level {level} after one of level {before}")]
    HeadingLevel {
        /// The block's place, from 0.
        block: usize,
        /// The heading's level.
        level: u8,
        /// The level of the heading before it; 0 if it is the first.
        before: u8,
    },
    /// A row of a table has not as many cells as the table has columns.
    #[error("block {block}, row {row}: {cells} cells for {columns} columns")]
    Row {
        /// The block's place, from 0.
        block: usize,
        /// The row's place in the table, from 0.
        row: usize,
        /// How many cells the row has.
        cells: usize,
        /// How many columns the table has.
        columns: usize,
    },
    /// The time zone has no IANA name, so that no calendar could know it.
    #[error("the time zone has no name")]
    TimeZone,
    /// A date is outside of the years that a calendar may hold.
    #[error("`{uid}`: a date outside of the years {} to {}", YEARS.start(), YEARS.end())]
    Date {
        /// The entry's identifier.
        uid: String,
    },
    /// An identifier is no printable ASCII of 1 to 200 characters.
    #[error("entry {entry}: not an identifier")]
    Uid {
        /// The entry's place, events first, from 0.
        entry: usize,
    },
    /// Two entries of a calendar have the same identifier: a calendar would show one of them.
    #[error("`{uid}` is the identifier of two entries")]
    UidTwice {
        /// The identifier.
        uid: String,
    },
    /// A mailbox is not of the form `name@host`.
    #[error("`{uid}`: not a mailbox")]
    Mailbox {
        /// The entry's identifier.
        uid: String,
    },
    /// A fault of this crate: the checks held and the typesetter refused nevertheless.
    #[error("typesetting: {0}")]
    Typesetting(String),
}
