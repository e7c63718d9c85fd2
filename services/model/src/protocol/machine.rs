//! The rules of protocols: whose word a step is, what the latest words come to, and what may follow.

use std::collections::BTreeSet;

use super::{
    PROTOCOL_MOVES, ProtocolContent, ProtocolMove, ProtocolParty, ProtocolStatus,
    ProtocolTransition,
};
use crate::history::{Latest, Machine, Step, StepId, Void};
use crate::id::AgencyId;
use crate::meeting::ItemNumber;

/// Whose word a step is. Each is a channel of its own: what an agency proposes does not undo what it has signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProtocolRole {
    /// The owner writes.
    Owner,
    /// The deputy takes over, and writes.
    Deputy,
    /// An attending agency signs off or objects.
    Word(AgencyId),
    /// An invited agency proposes another text.
    Proposing(AgencyId),
    /// An attending agency wants the deputy to take over.
    Supporting(AgencyId),
}

words! {
    /// Who writes.
    Writer {
        /// The agency whose protocol it is.
        Owner = "owner",
        /// Its deputy, who has taken over.
        Deputy = "deputy",
    }
}

/// What the latest words on a protocol come to, as far as it decides what may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolState {
    /// Where it stands.
    pub status: ProtocolStatus,
    /// Who writes.
    pub writer: Writer,
    /// The step that wrote the revision in force.
    pub current: Option<StepId>,
    /// The step that circulated the revision in force, once one has.
    pub circulated: Option<StepId>,
    /// Whose latest word signs that revision off.
    pub signed: BTreeSet<AgencyId>,
    /// Whose latest word objects to it.
    pub objecting: BTreeSet<AgencyId>,
    /// Who wants the deputy to take over.
    pub supporters: BTreeSet<AgencyId>,
    /// The items of the revision in force.
    pub items: BTreeSet<ItemNumber>,
}

/// The rules of protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolMachine {}

impl Machine for ProtocolMachine {
    type Transition = ProtocolTransition;
    type Role = ProtocolRole;
    type State = ProtocolState;

    fn opens(transition: &ProtocolTransition) -> bool {
        matches!(transition, ProtocolTransition::Drafted(_))
    }

    fn role(
        opening: &Step<ProtocolTransition>,
        by: &AgencyId,
        transition: &ProtocolTransition,
    ) -> Option<ProtocolRole> {
        let content = opening.transition.content()?;
        let owner = *by == opening.by;
        let deputy = !owner && *by == content.deputy;
        let attending = content.is_attending(by);
        let (may, role) = match ProtocolMove::of(transition) {
            ProtocolMove::Draft => (owner, ProtocolRole::Owner),
            ProtocolMove::Revise
            | ProtocolMove::Circulate
            | ProtocolMove::Release
            | ProtocolMove::Reserve
            | ProtocolMove::Approve
            | ProtocolMove::Correct
                if owner =>
            {
                (true, ProtocolRole::Owner)
            }
            ProtocolMove::Revise
            | ProtocolMove::Circulate
            | ProtocolMove::Release
            | ProtocolMove::Reserve
            | ProtocolMove::Approve
            | ProtocolMove::Correct
            | ProtocolMove::TakeOver => (deputy, ProtocolRole::Deputy),
            ProtocolMove::SignOff | ProtocolMove::Object => {
                (attending, ProtocolRole::Word(by.clone()))
            }
            ProtocolMove::Propose => (
                content.attendance.contains_key(by),
                ProtocolRole::Proposing(by.clone()),
            ),
            ProtocolMove::Support => (attending, ProtocolRole::Supporting(by.clone())),
        };
        may.then_some(role)
    }

    fn state(latest: &Latest<'_, Self>) -> ProtocolState {
        let line = Line::of(latest);
        let current = line.find(|it| it.content().is_some());
        let circulated = line
            .find(|it| matches!(it, ProtocolTransition::Circulated(_)))
            .map(|it| it.id);
        let (mut signed, mut objecting) = (BTreeSet::new(), BTreeSet::new());
        let mut supporters = BTreeSet::new();
        for (role, step) in latest.iter() {
            match (role, &step.transition) {
                (ProtocolRole::Word(by), ProtocolTransition::SignedOff { revision })
                    if Some(*revision) == circulated =>
                {
                    signed.insert(by.clone());
                }
                (ProtocolRole::Word(by), ProtocolTransition::Objected { revision, .. })
                    if Some(*revision) == circulated =>
                {
                    objecting.insert(by.clone());
                }
                (ProtocolRole::Supporting(by), _) => {
                    supporters.insert(by.clone());
                }
                _ => {}
            }
        }
        let status = match line.find(|it| *it != ProtocolTransition::TookOver) {
            None => ProtocolStatus::Draft,
            Some(step) => match &step.transition {
                ProtocolTransition::Released { .. } => ProtocolStatus::Released,
                ProtocolTransition::Reserved { .. } => ProtocolStatus::Reserved,
                ProtocolTransition::Approved { .. } | ProtocolTransition::Corrected { .. } => {
                    ProtocolStatus::Approved
                }
                ProtocolTransition::Circulated(_) if objecting.is_empty() => {
                    ProtocolStatus::Circulating
                }
                ProtocolTransition::Circulated(_) => ProtocolStatus::Objected,
                _ => ProtocolStatus::Draft,
            },
        };
        ProtocolState {
            status,
            writer: line.writer(),
            current: current.map(|it| it.id),
            circulated,
            signed,
            objecting,
            supporters,
            items: current
                .and_then(|it| it.transition.content())
                .map(ProtocolContent::numbers)
                .unwrap_or_default(),
        }
    }

    fn check(
        opening: &Step<ProtocolTransition>,
        state: &ProtocolState,
        role: &ProtocolRole,
        transition: &ProtocolTransition,
    ) -> Result<(), Void> {
        // A role is given only where the opening has a content.
        let opened = opening.transition.content().ok_or(Void::NotOpened)?;
        let makes = ProtocolMove::of(transition);
        let is = |party: ProtocolParty| match (party, role) {
            (ProtocolParty::Owner, ProtocolRole::Owner)
            | (ProtocolParty::Deputy, ProtocolRole::Deputy) => true,
            (ProtocolParty::Writer, ProtocolRole::Owner) => state.writer == Writer::Owner,
            (ProtocolParty::Writer, ProtocolRole::Deputy) => state.writer == Writer::Deputy,
            // Who has such a role attended, or was invited.
            (ProtocolParty::Attending, ProtocolRole::Word(_) | ProtocolRole::Supporting(_))
            | (ProtocolParty::Invited, ProtocolRole::Proposing(_)) => true,
            _ => false,
        };
        let fits = PROTOCOL_MOVES
            .iter()
            .any(|it| it.from == Some(state.status) && it.makes == makes && is(it.by));
        if !fits {
            return Err(Void::NotNow);
        }
        if transition
            .content()
            .is_some_and(|content| !content.fits(opened))
        {
            return Err(Void::Fixed);
        }
        let unsigned = |but: &BTreeSet<AgencyId>| -> BTreeSet<AgencyId> {
            let all = opened.attending().filter(|it| !but.contains(*it));
            all.cloned().collect()
        };
        let has = |item: &Option<ItemNumber>| item.is_none_or(|it| state.items.contains(&it));
        let circulates = |revision: &StepId| state.circulated == Some(*revision);
        let fine = match transition {
            ProtocolTransition::SignedOff { revision } => circulates(revision),
            ProtocolTransition::Objected { revision, item } => circulates(revision) && has(item),
            ProtocolTransition::Proposed { revision, item, .. } => {
                state.current == Some(*revision) && has(&Some(*item))
            }
            ProtocolTransition::Released { revision } => {
                circulates(revision) && unsigned(&state.signed).is_empty()
            }
            ProtocolTransition::Reserved {
                revision,
                silent,
                objecting,
            } => {
                let mut quiet = unsigned(&state.signed);
                quiet.retain(|it| !state.objecting.contains(it));
                // With nobody's reservation it is a release.
                let reserved = !(silent.is_empty() && objecting.is_empty());
                reserved
                    && circulates(revision)
                    && *silent == quiet
                    && *objecting == state.objecting
            }
            ProtocolTransition::Corrected { item } => has(item),
            ProtocolTransition::TookOver => {
                let attending = opened.attending().count();
                state.writer == Writer::Owner && 2 * state.supporters.len() > attending
            }
            _ => true,
        };
        fine.then_some(()).ok_or(Void::NotNow)
    }
}

/// What the writer has done: the owner alone, or the deputy on top of what it knew of the owner's when it took over. What the
/// owner did without knowing of that counts for nothing.
struct Line<'a, 'b> {
    latest: &'a Latest<'b, ProtocolMachine>,
    taken_over: Option<StepId>,
}

impl<'a, 'b> Line<'a, 'b> {
    fn of(latest: &'a Latest<'b, ProtocolMachine>) -> Self {
        let taken_over = latest.find(&ProtocolRole::Deputy, |it| {
            *it == ProtocolTransition::TookOver
        });
        Self {
            latest,
            taken_over: taken_over.map(|it| it.id),
        }
    }

    fn writer(&self) -> Writer {
        match self.taken_over {
            Some(_) => Writer::Deputy,
            None => Writer::Owner,
        }
    }

    /// The writer's latest step that passes a test.
    fn find(
        &self,
        test: impl Fn(&ProtocolTransition) -> bool,
    ) -> Option<&'a Step<ProtocolTransition>> {
        let owner = &ProtocolRole::Owner;
        match &self.taken_over {
            None => self.latest.find(owner, test),
            Some(taken_over) => self
                .latest
                .find(&ProtocolRole::Deputy, &test)
                .or_else(|| self.latest.find_before(taken_over, owner, &test)),
        }
    }
}
