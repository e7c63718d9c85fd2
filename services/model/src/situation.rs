//! Situation updates: what an agency tells of one place and time.
//!
//! [`Draft`] is what a caller sent, unchecked. [`Draft::check`] turns it into an [`Observation`] that can't be wrong,
//! and, where the origin is protected and police or prosecutor are addressed, into a second, generalised one for them.
//! [`Observation::admit`] is the receiver's check of what another node made.

mod admit;
mod check;

pub use admit::admit_note;

use crate::audience::Audience;
use crate::charter::Charter;
use crate::handling::Handling;
use crate::id::{CategoryId, MeasureId, PlaceId, WindowId};
use crate::reading::{Reading, ReadingDraft};
use crate::time::{Day, UnixMillis};

/// Most characters (Unicode scalar values) of a note.
pub const NOTE_CHARS: usize = 280;
/// Most readings of one update.
pub const READINGS_MAX: usize = 16;
/// Most versions of one update: 15 observations. An entry names at most 16 parents, and a withdrawal for personal data
/// must be able to name all versions.
pub const VERSIONS_MAX: usize = 15;
/// How many days a planned update may lie ahead.
pub const PLANNED_DAYS: i32 = 60;
/// How many days an update may lie back: a year's figures and a month to hand them in.
pub const PAST_DAYS: i32 = 400;

words! {
    /// Where a situation is going.
    Trend {
        /// Getting less.
        Falling = "falling",
        /// As before.
        Steady = "steady",
        /// Getting more.
        Rising = "rising",
        /// The agency can't tell.
        Unknown = "unknown",
    }
}

words! {
    /// How an agency knows.
    SourceKind {
        /// Seen by the agency itself.
        OwnObservation = "own-observation",
        /// Told by a third party.
        ThirdParty = "third-party",
        /// Heard, and not verified.
        Unverified = "unverified",
        /// Planned; the only kind that may lie ahead.
        Planned = "planned",
    }
}

words! {
    /// How soon the others should look.
    Urgency {
        /// Good to know.
        Routine = "routine",
        /// Before the day is over.
        Soon = "soon",
        /// Now.
        Immediate = "immediate",
    }
}

words! {
    /// Why an update is taken back.
    WithdrawalReason {
        /// It was wrong.
        Error = "error",
        /// It no longer holds.
        Obsolete = "obsolete",
        /// It was issued twice.
        Duplicate = "duplicate",
        /// It held something about a person: its text is destroyed on every node.
        PersonalData = "personal-data",
    }
}

/// An update as a caller sent it: nothing in it is believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// A category of the charter.
    pub category: String,
    /// A place of the charter.
    pub place: String,
    /// The day in the charter's time zone, YYYY-MM-DD.
    pub day: String,
    /// A time window of the charter; none, or an empty one, for the whole day.
    pub window: Option<String>,
    /// Where it is going.
    pub trend: Option<Trend>,
    /// How the agency knows.
    pub source: Option<SourceKind>,
    /// The measure of the concept that it belongs to.
    pub measure: String,
    /// How soon the others should look.
    pub urgency: Option<Urgency>,
    /// How far the content may travel.
    pub handling: Option<Handling>,
    /// Agencies that get it besides the sender; empty for all of the federation.
    pub audience: Vec<String>,
    /// Free text.
    pub note: String,
    /// Figures as they were counted.
    pub readings: Vec<ReadingDraft>,
    /// A drill.
    pub exercise: bool,
    /// What police and prosecutor may be told beyond district and day, when the sender is a protected origin.
    pub generalised_note: String,
}

/// What an agency tells of one place and time, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// What it is about.
    pub category: CategoryId,
    /// Where.
    pub place: PlaceId,
    /// The day in the charter's time zone; a window over midnight belongs to the day it starts on.
    pub day: Day,
    /// The time window; none for the whole day.
    pub window: Option<WindowId>,
    /// Where it is going.
    pub trend: Trend,
    /// How the agency knows; none only in a generalised update.
    pub source: Option<SourceKind>,
    /// The measure of the concept that it belongs to.
    pub measure: MeasureId,
    /// How soon the others should look.
    pub urgency: Urgency,
    /// A drill.
    pub exercise: bool,
    /// Generalised for police and prosecutor from a protected origin's update.
    pub generalised: bool,
    /// Figures, coarsened.
    pub readings: Vec<Reading>,
}

/// What [`Draft::check`] makes of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The update in full.
    pub observation: Observation,
    /// Its note, as it was given. The guard has not seen it yet.
    pub note: String,
    /// How far both updates may travel.
    pub handling: Handling,
    /// Who gets the update in full, the sender among them. Only the sender, when all others get the generalised one.
    pub audience: Audience,
    /// What police and prosecutor get instead.
    pub generalised: Option<Generalised>,
}

/// What a protected origin tells police and prosecutor: a second update, a subject of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generalised {
    /// District and day; no window, no source kind, no figures, no urgency.
    pub observation: Observation,
    /// The note that a coordinator gave for it; mostly empty. The guard has not seen it yet.
    pub note: String,
    /// The sender and the prosecuting agencies that were addressed.
    pub audience: Audience,
    /// The first day on which it may be issued: the one after the observation's.
    pub not_before: Day,
}

impl Generalised {
    /// Whether it may be issued now. Days change when the first window begins, since the last one may run over midnight
    /// and the colleague on shift must not be told by the hour of arrival.
    pub fn is_due(&self, charter: &Charter, now: UnixMillis) -> bool {
        charter.operational_day(now) >= self.not_before
    }
}

/// One step of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// It is made.
    Issued(Observation),
    /// It is replaced by a better version.
    Corrected(Observation),
    /// It is taken back.
    Withdrawn(WithdrawalReason),
}

#[cfg(test)]
mod tests;
