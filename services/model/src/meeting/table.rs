//! The table of meetings, as data: who may do what in which state.

use super::{MeetingStatus, MeetingTransition};

words! {
    /// What a step on a meeting does, without what it says.
    MeetingMove {
        /// Plan it.
        Plan = "plan",
        /// Change what was planned.
        Amend = "amend",
        /// Call it off.
        Cancel = "cancel",
        /// Say whether one comes.
        Answer = "answer",
        /// Begin the briefing.
        Open = "open",
        /// Lay an update on the table.
        Pin = "pin",
        /// Note a finding.
        Find = "find",
        /// Propose a decision.
        ProposeDecision = "propose-decision",
        /// Propose a task.
        ProposeTask = "propose-task",
        /// Record a decision.
        Decide = "decide",
        /// Record who did not agree.
        Dissent = "dissent",
        /// Want the deputy to take over.
        Support = "support",
        /// Take over.
        TakeOver = "take-over",
        /// End it.
        Close = "close",
    }
}

impl MeetingMove {
    /// What a step does.
    pub fn of(transition: &MeetingTransition) -> Self {
        match transition {
            MeetingTransition::Planned(_) => Self::Plan,
            MeetingTransition::Amended(_) => Self::Amend,
            MeetingTransition::Cancelled { .. } => Self::Cancel,
            MeetingTransition::Answered(_) => Self::Answer,
            MeetingTransition::Opened { .. } => Self::Open,
            MeetingTransition::Pinned { .. } => Self::Pin,
            MeetingTransition::Found { .. } => Self::Find,
            MeetingTransition::ProposedDecision { .. } => Self::ProposeDecision,
            MeetingTransition::ProposedTask { .. } => Self::ProposeTask,
            MeetingTransition::Decided { .. } => Self::Decide,
            MeetingTransition::Dissented { .. } => Self::Dissent,
            MeetingTransition::Supported => Self::Support,
            MeetingTransition::TookOver { .. } => Self::TakeOver,
            MeetingTransition::Closed { .. } => Self::Close,
        }
    }
}

words! {
    /// Who may do something on a meeting.
    MeetingParty {
        /// The agency that planned it.
        Chair = "chair",
        /// Its deputy.
        Deputy = "deputy",
        /// Whoever chairs: the chair, or its deputy once it has taken over.
        Acting = "acting",
        /// Each agency that is invited, for itself.
        Invited = "invited",
        /// Each agency that takes part, for itself.
        Participant = "participant",
    }
}

/// One thing that somebody may do in one state. What is not in [`MEETING_MOVES`] may not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeetingRule {
    /// The state that whoever does it knows; `None` before there is a meeting.
    pub from: Option<MeetingStatus>,
    /// What is done.
    pub makes: MeetingMove,
    /// By whom.
    pub by: MeetingParty,
}

const fn may(from: MeetingStatus, makes: MeetingMove, by: MeetingParty) -> MeetingRule {
    MeetingRule {
        from: Some(from),
        makes,
        by,
    }
}

/// Who may do what when.
pub const MEETING_MOVES: &[MeetingRule] = &[
    MeetingRule {
        from: None,
        makes: MeetingMove::Plan,
        by: MeetingParty::Chair,
    },
    may(
        MeetingStatus::Planned,
        MeetingMove::Amend,
        MeetingParty::Chair,
    ),
    may(
        MeetingStatus::Planned,
        MeetingMove::Cancel,
        MeetingParty::Chair,
    ),
    may(
        MeetingStatus::Planned,
        MeetingMove::Answer,
        MeetingParty::Invited,
    ),
    may(
        MeetingStatus::Planned,
        MeetingMove::Open,
        MeetingParty::Chair,
    ),
    may(
        MeetingStatus::Running,
        MeetingMove::Pin,
        MeetingParty::Participant,
    ),
    may(
        MeetingStatus::Running,
        MeetingMove::Find,
        MeetingParty::Participant,
    ),
    may(
        MeetingStatus::Running,
        MeetingMove::ProposeDecision,
        MeetingParty::Participant,
    ),
    may(
        MeetingStatus::Running,
        MeetingMove::ProposeTask,
        MeetingParty::Participant,
    ),
    may(
        MeetingStatus::Running,
        MeetingMove::Decide,
        MeetingParty::Acting,
    ),
    // For any participant.
    may(
        MeetingStatus::Running,
        MeetingMove::Dissent,
        MeetingParty::Acting,
    ),
    // For itself alone.
    may(
        MeetingStatus::Running,
        MeetingMove::Dissent,
        MeetingParty::Participant,
    ),
    may(
        MeetingStatus::Running,
        MeetingMove::Support,
        MeetingParty::Participant,
    ),
    may(
        MeetingStatus::Running,
        MeetingMove::TakeOver,
        MeetingParty::Deputy,
    ),
    may(
        MeetingStatus::Running,
        MeetingMove::Close,
        MeetingParty::Acting,
    ),
];
