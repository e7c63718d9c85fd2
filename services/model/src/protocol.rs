//! Protocols of meetings.
//!
//! The agency that chaired a meeting when it was closed owns its protocol, and is the only writer of text, revision and number;
//! the others send proposals that name the revision they saw. A revision is named by the step that wrote it. What circulates
//! carries copies of the updates that were pinned, since those are forgotten earlier. Each attending agency signs off exactly
//! one revision, or objects to it; its latest word counts. Nothing binds an agency that has not signed.
//!
//! Who may do what when is a table ([`PROTOCOL_MOVES`]). [`ProtocolTransition::admit`] is the door, for sender and receiver alike.
//! [`Protocol::of`] tells what a protocol's steps come to, [`Protocol::draft`] what one begins with.

mod check;
mod draft;
mod machine;
mod table;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::handling::Handling;
use crate::history::StepId;
use crate::id::{AgencyId, MeasureId, MeetingTypeId};
use crate::meeting::ItemNumber;
use crate::situation::Observation;
use crate::subject::SubjectRef;

pub use check::{AFFAIRS_CHARS, PARTS_MAX, may_reserve};
pub use draft::{ItemSources, ProtocolDraft};
pub use machine::{ProtocolMachine, ProtocolRole, ProtocolState, Writer};
pub use table::{PROTOCOL_MOVES, ProtocolMove, ProtocolParty, ProtocolRule};
pub use view::{
    Blocked, Correction, Objection, Piece, Proposal, ProposalState, Protocol, Verdict, Word,
};

/// Most updates that one protocol copies.
pub const COPIES_MAX: usize = 64;

words! {
    /// Where a protocol stands.
    ProtocolStatus {
        /// It is being written.
        Draft = "draft",
        /// The attending agencies are asked for their word.
        Circulating = "circulating",
        /// At least one of them objects.
        Objected = "objected",
        /// All attending agencies have signed it off.
        Released = "released",
        /// It was released in time; who was silent or objected is not bound.
        Reserved = "released-with-reservation",
        /// A later meeting has approved it.
        Approved = "approved",
    }
}

words! {
    /// In what capacity an agency attended.
    Attendance {
        /// It chaired.
        Chair = "chair",
        /// It was the chair's deputy.
        Deputy = "deputy",
        /// It took part.
        Participant = "participant",
        /// It was invited and did not take part.
        Absent = "absent",
    }
}

impl Attendance {
    /// Whether it was there: then it is asked for its word.
    pub fn attended(self) -> bool {
        self != Self::Absent
    }
}

words! {
    /// A part of an item that somebody proposes another text for.
    ProposedPart {
        /// Its title.
        Title = "title",
        /// The state of affairs.
        Affairs = "affairs",
        /// The assessment.
        Assessment = "assessment",
        /// A decision.
        Decision = "decision",
    }
}

/// A protocol's number, unique in its federation: type, year, chair and a count from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolNumber {
    /// The meeting's type.
    pub meeting_type: MeetingTypeId,
    /// The year of the meeting.
    pub year: i16,
    /// The agency that owns the protocol.
    pub chair: AgencyId,
    /// Counts that agency's protocols of that type in that year, from 1.
    pub count: u32,
}

impl fmt::Display for ProtocolNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            meeting_type,
            year,
            chair,
            count,
        } = self;
        write!(f, "{meeting_type}-{year}-{chair}-{count}")
    }
}

/// What a protocol says in codes. Its texts are a title and, for each item, what [`ProtocolItem`] tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolContent {
    /// Its number. Fixed.
    pub number: ProtocolNumber,
    /// The meeting. Fixed.
    pub meeting: SubjectRef,
    /// Who takes over if the owner is gone. Fixed.
    pub deputy: AgencyId,
    /// All who were invited. Fixed.
    pub attendance: BTreeMap<AgencyId, Attendance>,
    /// The items of the agenda, in their order.
    pub items: Vec<ProtocolItem>,
}

impl ProtocolContent {
    /// The agencies that attended, in ascending order.
    pub fn attending(&self) -> impl Iterator<Item = &AgencyId> {
        let attendance = self.attendance.iter();
        attendance
            .filter(|(_, it)| it.attended())
            .map(|(agency, _)| agency)
    }

    /// Whether an agency attended.
    pub fn is_attending(&self, agency: &AgencyId) -> bool {
        self.attendance.get(agency).is_some_and(|it| it.attended())
    }

    /// The numbers of the items.
    pub fn numbers(&self) -> BTreeSet<ItemNumber> {
        self.items.iter().map(|it| it.number).collect()
    }

    /// Whether it keeps what is fixed as it was opened.
    pub(crate) fn fits(&self, opened: &Self) -> bool {
        self.number == opened.number
            && self.meeting == opened.meeting
            && self.deputy == opened.deputy
            && self.attendance == opened.attendance
    }
}

/// One item. Its texts are its title, the state of affairs, one for each assessment, one for each decision, and one note for
/// each copy of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolItem {
    /// The item of the agenda.
    pub number: ItemNumber,
    /// The measure of the concept that it is about.
    pub measure: Option<MeasureId>,
    /// The updates that it rests on.
    pub updates: Vec<SubjectRef>,
    /// What those updates said, in a revision that circulates; fewer where one was taken back.
    pub copies: Vec<UpdateCopy>,
    /// Whose each assessment is.
    pub assessments: Vec<AgencyId>,
    /// What was decided.
    pub decisions: Vec<Decision>,
    /// The tasks that came of it.
    pub tasks: Vec<SubjectRef>,
}

/// What is told of a decision in codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The step of the meeting that recorded it; none for one that was added in writing.
    pub step: Option<StepId>,
    /// Who did not agree.
    pub dissent: BTreeSet<AgencyId>,
}

/// What an update said when the protocol circulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateCopy {
    /// Which update.
    pub update: SubjectRef,
    /// Its version.
    pub version: StepId,
    /// How far its content may travel.
    pub handling: Handling,
    /// What it said, without its note.
    pub observation: Observation,
}

/// One step on a protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtocolTransition {
    /// The draft is made.
    Drafted(Box<ProtocolContent>),
    /// The draft is changed.
    Revised(Box<ProtocolContent>),
    /// The attending agencies are asked to sign this revision off.
    Circulated(Box<ProtocolContent>),
    /// An agency signs a revision off.
    SignedOff {
        /// The step that circulated it.
        revision: StepId,
    },
    /// An agency objects to a revision. Why is text.
    Objected {
        /// The step that circulated it.
        revision: StepId,
        /// To which item; none for all of it.
        item: Option<ItemNumber>,
    },
    /// An agency proposes another text for a part.
    Proposed {
        /// The revision that it saw.
        revision: StepId,
        /// Of which item.
        item: ItemNumber,
        /// Which part.
        part: ProposedPart,
    },
    /// All attending agencies have signed it off.
    Released {
        /// The step that circulated it.
        revision: StepId,
    },
    /// The time is over; who has not signed it off is not bound.
    Reserved {
        /// The step that circulated it.
        revision: StepId,
        /// Who was silent.
        silent: BTreeSet<AgencyId>,
        /// Who objected.
        objecting: BTreeSet<AgencyId>,
    },
    /// A later meeting has approved it.
    Approved {
        /// That meeting.
        meeting: SubjectRef,
    },
    /// A correction is appended. It is text.
    Corrected {
        /// To which item; none for all of it.
        item: Option<ItemNumber>,
    },
    /// An attending agency wants the deputy to take over.
    Supported,
    /// The deputy takes over.
    TookOver,
}

impl ProtocolTransition {
    /// The revision that it writes, if it writes one.
    pub fn content(&self) -> Option<&ProtocolContent> {
        match self {
            Self::Drafted(content) | Self::Revised(content) | Self::Circulated(content) => {
                Some(content)
            }
            _ => None,
        }
    }

    /// The revision that it releases, if it releases one.
    pub fn releases(&self) -> Option<StepId> {
        match self {
            Self::Released { revision } | Self::Reserved { revision, .. } => Some(*revision),
            _ => None,
        }
    }

    /// The meeting that it tells of that has approved the protocol.
    pub fn approved_by(&self) -> Option<&SubjectRef> {
        match self {
            Self::Approved { meeting } => Some(meeting),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
