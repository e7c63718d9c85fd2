//! The rules of meetings: whose word a step is, what the latest words come to, and what may follow.

use std::collections::BTreeSet;

use super::{
    ItemNumber, MEETING_MOVES, MeetingMove, MeetingParty, MeetingStatus, MeetingTerms,
    MeetingTransition,
};
use crate::history::{Latest, Machine, Step, Void};
use crate::id::AgencyId;

/// Fewest participants of a briefing.
const PARTICIPANTS_MIN: usize = 2;

/// Whose word a step is. Each is a channel of its own: what an agency answers does not undo what it contributes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeetingRole {
    /// The chair plans, opens, closes.
    Chair,
    /// The deputy takes over, closes.
    Deputy,
    /// An invited agency answers.
    Answering(AgencyId),
    /// A participant wants the deputy to take over.
    Supporting(AgencyId),
    /// A participant contributes.
    Contributing(AgencyId),
    /// Whoever chairs records decisions and dissent, a participant its own dissent.
    Recording(AgencyId),
}

words! {
    /// Who chairs.
    Acting {
        /// The agency that planned the meeting.
        Chair = "chair",
        /// Its deputy, who has taken over.
        Deputy = "deputy",
    }
}

/// What the latest words on a meeting come to, as far as it decides what may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingState {
    /// Where it stands.
    pub status: MeetingStatus,
    /// Who chairs.
    pub acting: Acting,
    /// Who takes part; empty before it was opened.
    pub participants: BTreeSet<AgencyId>,
    /// Who wants the deputy to take over.
    pub supporters: BTreeSet<AgencyId>,
    /// The items of the agenda by now.
    pub items: BTreeSet<ItemNumber>,
}

impl MeetingState {
    /// Whether more than half of the participants want the deputy to take over.
    pub fn is_supported(&self) -> bool {
        2 * self.supporters.intersection(&self.participants).count() > self.participants.len()
    }
}

/// The rules of meetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeetingMachine {}

impl Machine for MeetingMachine {
    type Transition = MeetingTransition;
    type Role = MeetingRole;
    type State = MeetingState;

    fn opens(transition: &MeetingTransition) -> bool {
        matches!(transition, MeetingTransition::Planned(_))
    }

    fn role(
        opening: &Step<MeetingTransition>,
        by: &AgencyId,
        transition: &MeetingTransition,
    ) -> Option<MeetingRole> {
        let terms = opening.transition.terms()?;
        let chair = *by == opening.by;
        let deputy = !chair && *by == terms.deputy;
        let invited = terms.invited.contains(by);
        let (may, role) = match MeetingMove::of(transition) {
            MeetingMove::Plan | MeetingMove::Amend | MeetingMove::Cancel | MeetingMove::Open => {
                (chair, MeetingRole::Chair)
            }
            MeetingMove::Answer => (invited, MeetingRole::Answering(by.clone())),
            MeetingMove::Pin
            | MeetingMove::Find
            | MeetingMove::ProposeDecision
            | MeetingMove::ProposeTask => (invited, MeetingRole::Contributing(by.clone())),
            MeetingMove::Decide => (chair || deputy, MeetingRole::Recording(by.clone())),
            MeetingMove::Dissent => (invited, MeetingRole::Recording(by.clone())),
            MeetingMove::Support => (invited, MeetingRole::Supporting(by.clone())),
            MeetingMove::TakeOver => (deputy, MeetingRole::Deputy),
            MeetingMove::Close if chair => (true, MeetingRole::Chair),
            MeetingMove::Close => (deputy, MeetingRole::Deputy),
        };
        may.then_some(role)
    }

    fn state(latest: &Latest<'_, Self>) -> MeetingState {
        let chair = &MeetingRole::Chair;
        // Who has taken over chairs, whatever the chair said without knowing of it.
        let (acting, status) = match latest.of(&MeetingRole::Deputy) {
            Some(MeetingTransition::Closed { .. }) => (Acting::Deputy, MeetingStatus::Closed),
            Some(_) => (Acting::Deputy, MeetingStatus::Running),
            None => (Acting::Chair, by_chair(latest.of(chair))),
        };
        let supporters = latest.iter().filter_map(|(role, _)| match role {
            MeetingRole::Supporting(agency) => Some(agency.clone()),
            _ => None,
        });
        let terms = latest
            .find(chair, |it| it.terms().is_some())
            .and_then(|it| it.transition.terms());
        MeetingState {
            status,
            acting,
            participants: participants(latest, acting).cloned().unwrap_or_default(),
            supporters: supporters.collect(),
            items: terms.map(MeetingTerms::numbers).unwrap_or_default(),
        }
    }

    fn check(
        opening: &Step<MeetingTransition>,
        state: &MeetingState,
        role: &MeetingRole,
        transition: &MeetingTransition,
    ) -> Result<(), Void> {
        // A role is given only where the opening has terms.
        let planned = opening.transition.terms().ok_or(Void::NotOpened)?;
        let by = match role {
            MeetingRole::Chair => &opening.by,
            MeetingRole::Deputy => &planned.deputy,
            MeetingRole::Answering(agency)
            | MeetingRole::Supporting(agency)
            | MeetingRole::Contributing(agency)
            | MeetingRole::Recording(agency) => agency,
        };
        let makes = MeetingMove::of(transition);
        let acting = match state.acting {
            Acting::Chair => &opening.by,
            Acting::Deputy => &planned.deputy,
        };
        let is = |party: MeetingParty| match party {
            MeetingParty::Chair => *by == opening.by,
            MeetingParty::Deputy => *by == planned.deputy,
            MeetingParty::Acting => by == acting,
            MeetingParty::Invited => planned.invited.contains(by),
            MeetingParty::Participant => state.participants.contains(by),
        };
        let fits = MEETING_MOVES.iter().any(|it| {
            it.from == Some(state.status)
                && it.makes == makes
                && is(it.by)
                // Who only takes part speaks for itself.
                && (it.by != MeetingParty::Participant || speaks_for(by, transition))
        });
        if !fits {
            return Err(Void::NotNow);
        }
        match transition {
            MeetingTransition::Amended(terms) => unchanged(planned, terms),
            MeetingTransition::Opened { participants, .. } => {
                let fine = participants.len() >= PARTICIPANTS_MIN
                    && participants.contains(by)
                    && participants.is_subset(&planned.invited);
                fine.then_some(()).ok_or(Void::NotNow)
            }
            MeetingTransition::TookOver { participants } if *participants != state.participants => {
                Err(Void::Fixed)
            }
            MeetingTransition::TookOver { .. } => {
                let fine = state.acting == Acting::Chair && state.is_supported();
                fine.then_some(()).ok_or(Void::NotNow)
            }
            MeetingTransition::Dissented { agencies, .. } => {
                let fine = !agencies.is_empty() && agencies.is_subset(&state.participants);
                fine.then_some(()).ok_or(Void::NotNow)
            }
            _ => {
                let fine = transition
                    .item()
                    .is_none_or(|item| state.items.contains(&item));
                fine.then_some(()).ok_or(Void::NotNow)
            }
        }
    }
}

/// Where a meeting stands by the chair's word alone.
fn by_chair(word: Option<&MeetingTransition>) -> MeetingStatus {
    match word {
        Some(MeetingTransition::Cancelled { .. }) => MeetingStatus::Cancelled,
        Some(MeetingTransition::Opened { .. }) => MeetingStatus::Running,
        Some(MeetingTransition::Closed { .. }) => MeetingStatus::Closed,
        _ => MeetingStatus::Planned,
    }
}

/// Who takes part: as the chair fixed it, told by whoever chairs.
fn participants<'a>(
    latest: &'a Latest<'_, MeetingMachine>,
    acting: Acting,
) -> Option<&'a BTreeSet<AgencyId>> {
    let role = match acting {
        Acting::Chair => MeetingRole::Chair,
        Acting::Deputy => MeetingRole::Deputy,
    };
    latest
        .find(&role, |it| it.participants().is_some())
        .and_then(|it| it.transition.participants())
}

/// Whether a step says nothing about others than its maker.
fn speaks_for(by: &AgencyId, transition: &MeetingTransition) -> bool {
    match transition {
        MeetingTransition::Dissented { agencies, .. } => agencies.iter().all(|it| it == by),
        _ => true,
    }
}

/// Whether what is fixed stays as it was planned.
fn unchanged(planned: &MeetingTerms, terms: &MeetingTerms) -> Result<(), Void> {
    let same = terms.meeting_type == planned.meeting_type
        && terms.deputy == planned.deputy
        && terms.invited == planned.invited
        && terms.series == planned.series;
    same.then_some(()).ok_or(Void::Fixed)
}
