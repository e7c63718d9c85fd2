//! The table of protocols, as data: who may do what in which state.

use super::{ProtocolStatus, ProtocolTransition};

words! {
    /// What a step on a protocol does, without what it says.
    ProtocolMove {
        /// Make the draft.
        Draft = "draft",
        /// Change the draft.
        Revise = "revise",
        /// Ask the attending agencies to sign a revision off.
        Circulate = "circulate",
        /// Sign the revision off that circulates.
        SignOff = "sign-off",
        /// Object to it.
        Object = "object",
        /// Propose another text for a part.
        Propose = "propose",
        /// Release it: all have signed it off.
        Release = "release",
        /// Release it in time, with reservation.
        Reserve = "reserve",
        /// Note that a later meeting has approved it.
        Approve = "approve",
        /// Append a correction.
        Correct = "correct",
        /// Want the deputy to take over.
        Support = "support",
        /// Take over.
        TakeOver = "take-over",
    }
}

impl ProtocolMove {
    /// What a step does.
    pub fn of(transition: &ProtocolTransition) -> Self {
        match transition {
            ProtocolTransition::Drafted(_) => Self::Draft,
            ProtocolTransition::Revised(_) => Self::Revise,
            ProtocolTransition::Circulated(_) => Self::Circulate,
            ProtocolTransition::SignedOff { .. } => Self::SignOff,
            ProtocolTransition::Objected { .. } => Self::Object,
            ProtocolTransition::Proposed { .. } => Self::Propose,
            ProtocolTransition::Released { .. } => Self::Release,
            ProtocolTransition::Reserved { .. } => Self::Reserve,
            ProtocolTransition::Approved { .. } => Self::Approve,
            ProtocolTransition::Corrected { .. } => Self::Correct,
            ProtocolTransition::Supported => Self::Support,
            ProtocolTransition::TookOver => Self::TakeOver,
        }
    }
}

words! {
    /// Who may do something on a protocol.
    ProtocolParty {
        /// The agency whose protocol it is.
        Owner = "owner",
        /// Its deputy.
        Deputy = "deputy",
        /// Whoever writes: the owner, or its deputy once it has taken over.
        Writer = "writer",
        /// Each agency that attended, for itself.
        Attending = "attending",
        /// Each agency that was invited, for itself.
        Invited = "invited",
    }
}

/// One thing that somebody may do in one state. What is not in [`PROTOCOL_MOVES`] may not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProtocolRule {
    /// The state that whoever does it knows; `None` before there is a protocol.
    pub from: Option<ProtocolStatus>,
    /// What is done.
    pub makes: ProtocolMove,
    /// By whom.
    pub by: ProtocolParty,
}

const fn may(from: ProtocolStatus, makes: ProtocolMove, by: ProtocolParty) -> ProtocolRule {
    ProtocolRule {
        from: Some(from),
        makes,
        by,
    }
}

/// Who may do what when.
#[rustfmt::skip]
pub const PROTOCOL_MOVES: &[ProtocolRule] = &[
    ProtocolRule { from: None, makes: ProtocolMove::Draft, by: ProtocolParty::Owner },
    may(ProtocolStatus::Draft, ProtocolMove::Revise, ProtocolParty::Writer),
    may(ProtocolStatus::Draft, ProtocolMove::Circulate, ProtocolParty::Writer),
    may(ProtocolStatus::Draft, ProtocolMove::Propose, ProtocolParty::Invited),
    may(ProtocolStatus::Draft, ProtocolMove::Support, ProtocolParty::Attending),
    may(ProtocolStatus::Draft, ProtocolMove::TakeOver, ProtocolParty::Deputy),
    // Another revision, which asks all anew.
    may(ProtocolStatus::Circulating, ProtocolMove::Circulate, ProtocolParty::Writer),
    may(ProtocolStatus::Circulating, ProtocolMove::SignOff, ProtocolParty::Attending),
    may(ProtocolStatus::Circulating, ProtocolMove::Object, ProtocolParty::Attending),
    may(ProtocolStatus::Circulating, ProtocolMove::Propose, ProtocolParty::Invited),
    may(ProtocolStatus::Circulating, ProtocolMove::Release, ProtocolParty::Writer),
    may(ProtocolStatus::Circulating, ProtocolMove::Reserve, ProtocolParty::Writer),
    may(ProtocolStatus::Circulating, ProtocolMove::Support, ProtocolParty::Attending),
    may(ProtocolStatus::Circulating, ProtocolMove::TakeOver, ProtocolParty::Deputy),
    may(ProtocolStatus::Objected, ProtocolMove::Circulate, ProtocolParty::Writer),
    may(ProtocolStatus::Objected, ProtocolMove::SignOff, ProtocolParty::Attending),
    may(ProtocolStatus::Objected, ProtocolMove::Object, ProtocolParty::Attending),
    may(ProtocolStatus::Objected, ProtocolMove::Propose, ProtocolParty::Invited),
    may(ProtocolStatus::Objected, ProtocolMove::Reserve, ProtocolParty::Writer),
    may(ProtocolStatus::Objected, ProtocolMove::Support, ProtocolParty::Attending),
    may(ProtocolStatus::Objected, ProtocolMove::TakeOver, ProtocolParty::Deputy),
    may(ProtocolStatus::Released, ProtocolMove::Approve, ProtocolParty::Writer),
    may(ProtocolStatus::Reserved, ProtocolMove::Approve, ProtocolParty::Writer),
    may(ProtocolStatus::Approved, ProtocolMove::Correct, ProtocolParty::Writer),
];
