//! What is wrong with what somebody sent: which field, which stable reason, and what would be allowed.
//!
//! A violation never repeats what was sent. It may end in a log, an error detail or a partner's receipt, and what was
//! refused may be the very thing that must not travel.

use std::fmt;

/// One thing that is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field within what was checked, such as `readings[1].indicator`.
    pub field: String,
    /// The stable reason.
    pub reason: Reason,
    /// In words: what is wrong and what is allowed.
    pub detail: String,
}

impl Violation {
    /// A violation of a field.
    pub fn new(field: impl Into<String>, reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.field, self.detail, self.reason)
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// A stable reason, part of the public contract: callers branch on it and documentation explains it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name),+
        }

        impl Reason {
            /// All reasons there are, for tables and documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The reason as callers see it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }
        }
    };
}

reasons! {
    /// Not a place of the charter.
    UnknownPlace = "UNKNOWN_PLACE",
    /// Not a category of the charter.
    UnknownCategory = "UNKNOWN_CATEGORY",
    /// Not an indicator of the charter.
    UnknownIndicator = "UNKNOWN_INDICATOR",
    /// Not a measure of the charter.
    UnknownMeasure = "UNKNOWN_MEASURE",
    /// Not a time window of the charter.
    UnknownWindow = "UNKNOWN_WINDOW",
    /// Not an agency of the charter.
    UnknownAgency = "UNKNOWN_AGENCY",
    /// Not a meeting type of the charter.
    UnknownMeetingType = "UNKNOWN_MEETING_TYPE",
    /// A required field is empty.
    MissingField = "MISSING_FIELD",
    /// Not a day of the form YYYY-MM-DD, or one outside the years that make sense.
    InvalidDay = "INVALID_DAY",
    /// The day has not begun, and the update is not planned.
    DayInFuture = "DAY_IN_FUTURE",
    /// The day has begun but the window has not, and the update is not planned.
    WindowInFuture = "WINDOW_IN_FUTURE",
    /// The day is too long ago.
    DayTooOld = "DAY_TOO_OLD",
    /// A planned update lies too far ahead.
    PlannedTooFar = "PLANNED_TOO_FAR",
    /// A number outside its range.
    InvalidRange = "INVALID_RANGE",
    /// The note has more than 280 characters.
    NoteTooLong = "NOTE_TOO_LONG",
    /// The note has a control character, a line break or an invisible mark that changes the direction of writing.
    ControlCharacter = "CONTROL_CHARACTER",
    /// This handling is not accepted here.
    HandlingNotAccepted = "HANDLING_NOT_ACCEPTED",
    /// The indicator is not told for this period.
    PeriodNotAllowed = "PERIOD_NOT_ALLOWED",
    /// The indicator is not told of places of this kind.
    PlaceNotAllowed = "PLACE_NOT_ALLOWED",
    /// The value is not of the form that the indicator's class prescribes.
    ValueClassMismatch = "VALUE_CLASS_MISMATCH",
    /// A share of so few that it would point at persons.
    ShareBaseTooSmall = "SHARE_BASE_TOO_SMALL",
    /// Nobody at a facility: told only of public places.
    ZeroNotTold = "ZERO_NOT_TOLD",
    /// The same indicator for the same period twice.
    DuplicateReading = "DUPLICATE_READING",
    /// The readings together give away a small count that each of them hides.
    SmallCountShows = "SMALL_COUNT_SHOWS",
    /// More than 16 readings.
    TooManyReadings = "TOO_MANY_READINGS",
    /// A figure in a planned update: what has not happened has not been counted.
    ReadingOfPlanned = "READING_OF_PLANNED",
    /// The audience names nobody but the sender.
    AudienceTooSmall = "AUDIENCE_TOO_SMALL",
    /// The audience names more agencies than a federation can have.
    AudienceTooLarge = "AUDIENCE_TOO_LARGE",
    /// A protected origin's update that police or prosecutor would see, and that is not generalised.
    NotGeneralised = "NOT_GENERALISED",
    /// A generalised note where nothing is generalised, or from somebody who may not give one.
    GeneralisedNoteNotAllowed = "GENERALISED_NOTE_NOT_ALLOWED",
    /// An update that is not generalised must say how its origin knows.
    SourceRequired = "SOURCE_REQUIRED",
    /// Audience or content does not fit the subject that it is about.
    SubjectMismatch = "SUBJECT_MISMATCH",
    /// A subject has as many versions as it may have.
    TooManyVersions = "TOO_MANY_VERSIONS",
    /// Not an id: a slug, or a UUID where one is asked for.
    InvalidId = "INVALID_ID",
    /// Not a UUID of version 7.
    InvalidRequestId = "INVALID_REQUEST_ID",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_its_own_stable_name() {
        let names: HashSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for name in names {
            let fine = name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
            assert!(fine && !name.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_name_is_the_variant_in_screaming_snake() {
        for reason in Reason::ALL {
            let mut name = String::new();
            for c in format!("{reason:?}").chars() {
                if c.is_ascii_uppercase() && !name.is_empty() {
                    name.push('_');
                }
                name.push(c.to_ascii_uppercase());
            }
            assert_eq!(reason.as_str(), name);
        }
    }
}
