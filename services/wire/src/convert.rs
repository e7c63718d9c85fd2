//! Conversions between the messages of `proto/` and the domain, one file for each aggregate.
//!
//! What comes in is parsed into types of `model` and `ledger` or refused with the path of the field; what goes out can't fail.
//! Whether a well-formed content is *allowed* is not decided here but by `model`, against a charter.

pub mod audit;
pub mod charter;
pub mod codes;
pub mod concept;
pub mod cursor;
pub mod delivery;
pub mod draft;
pub mod entry;
pub mod etag;
pub mod filter;
pub mod finding;
pub mod fingerprint;
pub mod meeting;
pub mod name;
pub mod observation;
mod opaque;
pub mod page;
pub mod peer;
pub mod picture;
pub mod protocol;
pub mod receipt;
mod remark;
pub mod report;
pub mod review;
#[cfg(test)]
mod samples;
pub mod shown;
pub mod situation;
pub mod step;
pub mod task;
pub mod text;
pub mod vocabulary;

use std::fmt;

use crate::error;

/// What is wrong with one field of a message. It never repeats the field's value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ConversionError {
    path: String,
    problem: Problem,
}

/// What can be wrong with a field by itself, before any charter is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// It is required and not there.
    Missing,
    /// A word that this release does not know; a newer one may.
    Unknown,
    /// No release can read it; the text says what would be right.
    Invalid(&'static str),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is required"),
            Self::Unknown => f.write_str("is not known to this release"),
            Self::Invalid(right) => f.write_str(right),
        }
    }
}

impl ConversionError {
    fn missing(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            problem: Problem::Missing,
        }
    }

    fn unknown(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            problem: Problem::Unknown,
        }
    }

    fn invalid(path: impl Into<String>, right: &'static str) -> Self {
        Self {
            path: path.into(),
            problem: Problem::Invalid(right),
        }
    }

    /// The same, seen from the message that holds the one it was found in.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.path = format!("{outer}.{}", self.path);
        self
    }

    /// Path of the field, such as `readings[1].period`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with it.
    pub fn problem(&self) -> Problem {
        self.problem
    }

    fn reason(&self) -> &'static str {
        match self.problem {
            Problem::Missing => verbund_model::Reason::MissingField.as_str(),
            Problem::Unknown => "UNKNOWN_VALUE",
            Problem::Invalid(_) => "INVALID_VALUE",
        }
    }
}

impl From<ConversionError> for error::Error {
    fn from(it: ConversionError) -> Self {
        let reason = it.reason();
        Self::field(it.path, reason, it.problem.to_string())
    }
}

/// Bytes of a fixed length.
fn fixed<const N: usize>(
    bytes: &[u8],
    path: &'static str,
    right: &'static str,
) -> Result<[u8; N], ConversionError> {
    if bytes.is_empty() {
        return Err(ConversionError::missing(path));
    }
    bytes
        .try_into()
        .map_err(|_| ConversionError::invalid(path, right))
}

/// An id of the vocabulary.
fn id<T>(
    text: &str,
    path: &'static str,
    parse: fn(&str) -> Result<T, verbund_model::IdError>,
) -> Result<T, ConversionError> {
    if text.is_empty() {
        return Err(ConversionError::missing(path));
    }
    parse(text).map_err(|_| {
        ConversionError::invalid(
            path,
            "is not an id of lower-case letters, digits and hyphens",
        )
    })
}

/// A day in the one spelling that it has on the wire.
fn day(text: &str, path: &'static str) -> Result<verbund_model::Day, ConversionError> {
    if text.is_empty() {
        return Err(ConversionError::missing(path));
    }
    // jiff also reads other spellings; two bytes for one day would be two contents.
    text.parse::<verbund_model::Day>()
        .ok()
        .filter(|it| text.len() == 10 && it.to_string() == text)
        .ok_or_else(|| ConversionError::invalid(path, "is not a day of the form YYYY-MM-DD"))
}

#[cfg(test)]
mod tests;
