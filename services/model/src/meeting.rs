//! Meetings, and the joint briefing that a meeting is while it runs.
//!
//! The chair's agency plans a meeting and is its owner. Each invited agency answers for itself. When the chair opens it, the
//! participants are fixed and a [situation cut](Cut) is frozen: up to it all of them look at the same entries. Participants
//! contribute, the chair records. Who is the chair is told by the steps alone: if its node has gone, the deputy takes over with
//! the support of more than half of the participants, and a closing that did not know of that counts for nothing.
//!
//! Who may do what when is a table ([`MEETING_MOVES`]). [`MeetingDraft::check`] is the sender's door,
//! [`MeetingTransition::admit`] the receiver's. [`Meeting::of`] tells what a meeting's steps come to.

mod check;
mod machine;
mod series;
mod table;
mod view;

use std::collections::BTreeSet;

pub use check::{AHEAD_DAYS, AgendaDraft, ITEM_CHARS, MeetingDraft};
pub use machine::{Acting, MeetingMachine, MeetingRole, MeetingState};
pub use series::{Rhythm, SERIES_MAX};
pub use table::{MEETING_MOVES, MeetingMove, MeetingParty, MeetingRule};
pub use view::{DecisionView, Meeting, MeetingItem, Said};

use crate::history::StepId;
use crate::id::{AgencyId, MeasureId, MeetingTypeId, PlaceId, SubjectId};
use crate::subject::SubjectRef;
use crate::task::TaskTerms;
use crate::time::Day;

/// Most items of an agenda.
pub const AGENDA_MAX: usize = 24;
/// Most lanes of a situation cut.
pub const CUT_MAX: usize = 256;

words! {
    /// Where a meeting stands.
    MeetingStatus {
        /// It is going to be.
        Planned = "planned",
        /// It is not going to be.
        Cancelled = "cancelled",
        /// It is a joint briefing now.
        Running = "running",
        /// It is over.
        Closed = "closed",
    }
}

words! {
    /// An invited agency's answer.
    Answer {
        /// It comes.
        Coming = "coming",
        /// It does not.
        Declining = "declining",
        /// It can't tell yet.
        Undecided = "undecided",
    }
}

/// Names an item of an agenda, from 1; never given to another item of the same meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemNumber(pub u8);

/// One item of an agenda, without its title: that is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaItem {
    /// Names it.
    pub number: ItemNumber,
    /// The measure of the concept that it is about.
    pub measure: Option<MeasureId>,
    /// The protocol that is to be approved.
    pub approves: Option<SubjectRef>,
}

/// What is planned. Its texts are a title, and a title for each item of the agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingTerms {
    /// A type of the charter. Fixed.
    pub meeting_type: MeetingTypeId,
    /// Who chairs it if the chair can't. Fixed.
    pub deputy: AgencyId,
    /// All who are invited, the chair and its deputy among them. Fixed: they are the audience.
    pub invited: BTreeSet<AgencyId>,
    /// The day.
    pub day: Day,
    /// When it begins, in minutes since midnight in the charter's time zone.
    pub start_minute: u16,
    /// How long it is planned to last, in minutes.
    pub minutes: u16,
    /// Where, if at a place of the charter.
    pub place: Option<PlaceId>,
    /// What is to be talked about, in this order.
    pub agenda: Vec<AgendaItem>,
    /// The series that it belongs to: a random id that its meetings share. Fixed.
    pub series: Option<SubjectId>,
}

impl MeetingTerms {
    /// The numbers of the agenda's items.
    pub fn numbers(&self) -> BTreeSet<ItemNumber> {
        self.agenda.iter().map(|it| it.number).collect()
    }

    /// Whether both are planned for the same day, time and place: then an answer to one is an answer to the other.
    pub fn is_at_the_time_of(&self, other: &Self) -> bool {
        (self.day, self.start_minute, self.minutes, &self.place)
            == (other.day, other.start_minute, other.minutes, &other.place)
    }
}

/// How far one lane is read in a briefing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutLane {
    /// The lane's 16 bytes.
    pub lane: [u8; 16],
    /// Whose it is.
    pub origin: AgencyId,
    /// The last sequence that belongs to the cut.
    pub sequence: u64,
}

/// Up to where all participants of a briefing look at the same entries: only lanes that all of them are in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cut {
    /// In ascending order of the lanes, each once.
    pub lanes: Vec<CutLane>,
}

/// One step on a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeetingTransition {
    /// It is planned.
    Planned(MeetingTerms),
    /// What was planned is changed.
    Amended(MeetingTerms),
    /// It is not going to be. Everything of it is erased on that day.
    Cancelled {
        /// The day on which all of it is erased.
        erase_on: Day,
    },
    /// An invited agency answers.
    Answered(Answer),
    /// The chair begins the briefing.
    Opened {
        /// Who takes part, the chair among them.
        participants: BTreeSet<AgencyId>,
        /// What all of them look at.
        cut: Cut,
    },
    /// A participant lays an update on the table.
    Pinned {
        /// To which item.
        item: ItemNumber,
        /// Which update.
        update: SubjectRef,
    },
    /// A participant notes a finding. It is text.
    Found {
        /// To which item.
        item: ItemNumber,
    },
    /// A participant proposes a decision. It is text.
    ProposedDecision {
        /// To which item.
        item: ItemNumber,
    },
    /// A participant proposes a task. Title and description are text.
    ProposedTask {
        /// To which item.
        item: ItemNumber,
        /// What is to be asked of whom.
        terms: TaskTerms,
    },
    /// Whoever chairs records a decision. It is text.
    Decided {
        /// To which item.
        item: ItemNumber,
        /// The proposal that was agreed to, if it was one.
        proposal: Option<StepId>,
    },
    /// Whoever chairs records who did not agree; a participant may do so for itself. The reason is text, and may be empty.
    Dissented {
        /// The decision's step.
        decision: StepId,
        /// Who did not agree.
        agencies: BTreeSet<AgencyId>,
    },
    /// A participant wants the deputy to take over.
    Supported,
    /// The deputy takes over.
    TookOver {
        /// The participants, as the chair fixed them.
        participants: BTreeSet<AgencyId>,
    },
    /// Whoever chairs ends it.
    Closed {
        /// The day on which all of it is erased; the protocol stays longer.
        erase_on: Day,
    },
}

impl MeetingTransition {
    /// What is planned, if it plans something.
    pub fn terms(&self) -> Option<&MeetingTerms> {
        match self {
            Self::Planned(terms) | Self::Amended(terms) => Some(terms),
            _ => None,
        }
    }

    /// The day on which all of the meeting is erased, if it ends it.
    pub fn erase_on(&self) -> Option<Day> {
        match self {
            Self::Cancelled { erase_on } | Self::Closed { erase_on } => Some(*erase_on),
            _ => None,
        }
    }

    /// Who takes part, if it tells that.
    pub fn participants(&self) -> Option<&BTreeSet<AgencyId>> {
        match self {
            Self::Opened { participants, .. } | Self::TookOver { participants } => {
                Some(participants)
            }
            _ => None,
        }
    }

    /// What all participants look at, if it freezes that.
    pub fn cut(&self) -> Option<&Cut> {
        match self {
            Self::Opened { cut, .. } => Some(cut),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
