//! A protocol as its steps have made it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ProposedPart, ProtocolContent, ProtocolMachine, ProtocolNumber, ProtocolRole, ProtocolStatus,
    ProtocolTransition, Writer,
};
use crate::history::{History, StepId};
use crate::id::AgencyId;
use crate::meeting::ItemNumber;
use crate::subject::SubjectRef;

/// A protocol as its steps have made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// The agency whose protocol it is.
    pub owner: AgencyId,
    /// Who writes by now: the owner, or its deputy once it has taken over.
    pub writer: AgencyId,
    /// Whether the deputy has taken over.
    pub taken_over: bool,
    /// Its number.
    pub number: ProtocolNumber,
    /// Where it stands.
    pub status: ProtocolStatus,
    /// The step that wrote the revision in force: it names it, and its texts are those in force.
    pub revision: StepId,
    /// What the revision in force says in codes.
    pub content: ProtocolContent,
    /// The step that circulated the revision in force, once one has.
    pub circulated: Option<StepId>,
    /// The latest word of each agency that has given one, on whichever revision.
    pub words: BTreeMap<AgencyId, Word>,
    /// Who wants the deputy to take over.
    pub supporters: BTreeSet<AgencyId>,
    /// The step that released it, with or without reservation.
    pub released: Option<StepId>,
    /// Who had neither signed off nor objected when it was released with reservation, and has not signed off at the same time.
    pub silent: BTreeSet<AgencyId>,
    /// Whom it binds: once it is released, those who have signed off what was released.
    pub bound: BTreeSet<AgencyId>,
    /// Objections that were on their way when it was released: they stand beside it, and change nothing.
    pub late_objections: Vec<Objection>,
    /// Texts that were proposed.
    pub proposals: Vec<Proposal>,
    /// The later meeting that has approved it.
    pub approved_by: Option<SubjectRef>,
    /// Corrections that were appended, in their order.
    pub corrections: Vec<Correction>,
    /// Roles that contradict themselves: two steps of which neither knows of the other.
    pub contradicting: Vec<ProtocolRole>,
}

/// An agency's word on a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The step that gave it; why an agency objects is its text.
    pub step: StepId,
    /// The revision that it is on.
    pub revision: StepId,
    /// What it says.
    pub verdict: Verdict,
    /// Whether it is on the revision that circulates. A word on an older one doesn't count for a newer.
    pub counts: bool,
}

/// What an agency says of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It signs it off.
    SignedOff,
    /// It objects.
    Objected {
        /// To which item; none for all of it.
        item: Option<ItemNumber>,
    },
}

/// An objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The step that made it; why is its text.
    pub step: StepId,
    /// Whose it is.
    pub by: AgencyId,
    /// To which item; none for all of it.
    pub item: Option<ItemNumber>,
}

words! {
    /// What became of a proposed text.
    ProposalState {
        /// It is on the revision in force.
        Current = "current",
        /// Whoever wrote the revision in force knew of it.
        Considered = "considered",
        /// The revision that it is on was replaced by somebody who did not know of it: look at both.
        Stale = "stale",
    }
}

/// A text that was proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The step that proposes it, and that has the text.
    pub step: StepId,
    /// Whose it is.
    pub by: AgencyId,
    /// The revision that it is on.
    pub revision: StepId,
    /// The item.
    pub item: ItemNumber,
    /// The part.
    pub part: ProposedPart,
    /// What became of it; for a stale one, the revision in force is [`Protocol::revision`].
    pub state: ProposalState,
}

/// A correction that was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The step that appends it, and that has the text.
    pub step: StepId,
    /// Who wrote it.
    pub by: AgencyId,
    /// To which item; none for all of it.
    pub item: Option<ItemNumber>,
}

/// A piece of content that its agency's objection blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// Whose it is.
    pub agency: AgencyId,
    /// Of which item.
    pub item: ItemNumber,
    /// Which piece.
    pub piece: Piece,
}

/// A piece of an item's content, by its place there, counted from 0. Its text has the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// A copy of an update, and its note.
    Copy(usize),
    /// An assessment.
    Assessment(usize),
}

impl Protocol {
    /// What a history comes to; `None` without an opening, or with two.
    pub fn of(history: &History<ProtocolMachine>) -> Option<Self> {
        let state = history.state()?;
        let opening = history.opening()?;
        let opened = opening.transition.content()?;
        let revision = history.step(&state.current?)?;
        let (role, writer) = match state.writer {
            Writer::Owner => (ProtocolRole::Owner, &opening.by),
            Writer::Deputy => (ProtocolRole::Deputy, &opened.deputy),
        };
        let released = history.latest(&role, |it| it.releases().is_some());
        let words = words(history, opened, state.circulated);
        let approved_by = history.latest(&role, |it| it.approved_by().is_some());
        let mut protocol = Self {
            owner: opening.by.clone(),
            writer: writer.clone(),
            taken_over: state.writer == Writer::Deputy,
            number: opened.number.clone(),
            status: state.status,
            revision: revision.id,
            content: revision.transition.content()?.clone(),
            circulated: state.circulated,
            words,
            supporters: state.supporters.clone(),
            released: released.map(|it| it.id),
            silent: BTreeSet::new(),
            bound: BTreeSet::new(),
            late_objections: Vec::new(),
            proposals: proposals(history, revision.id),
            approved_by: approved_by
                .and_then(|it| it.transition.approved_by())
                .cloned(),
            corrections: history
                .undisputed(&role)
                .into_iter()
                .filter_map(|it| match it.transition {
                    ProtocolTransition::Corrected { item } => Some(Correction {
                        step: it.id,
                        by: it.by.clone(),
                        item,
                    }),
                    _ => None,
                })
                .collect(),
            contradicting: history.contradicting().to_vec(),
        };
        if let Some(released) = released {
            protocol.bind(history, &released.id, &released.transition);
        }
        Some(protocol)
    }

    /// Tells whom a release binds, who was silent, and who objected while it was on its way.
    fn bind(
        &mut self,
        history: &History<ProtocolMachine>,
        released: &StepId,
        transition: &ProtocolTransition,
    ) {
        let none = BTreeSet::new();
        let (silent, objecting) = match transition {
            ProtocolTransition::Reserved {
                silent, objecting, ..
            } => (silent, objecting),
            _ => (&none, &none),
        };
        let signed = |it: &AgencyId| {
            let word = self.words.get(it);
            word.is_some_and(|it| it.counts && it.verdict == Verdict::SignedOff)
        };
        // Who signed off without knowing of the release has signed what was released all the same.
        let unbound =
            |it: &AgencyId| (silent.contains(it) || objecting.contains(it)) && !signed(it);
        let attending = self.content.attending();
        self.bound = attending.filter(|it| !unbound(it)).cloned().collect();
        self.silent = silent.iter().filter(|it| !signed(it)).cloned().collect();
        let words = self.words.iter();
        self.late_objections = words
            .filter(|(_, word)| word.counts && !history.knew(released, &word.step))
            .filter_map(|(by, word)| match word.verdict {
                Verdict::Objected { item } => Some(Objection {
                    step: word.step,
                    by: by.clone(),
                    item,
                }),
                Verdict::SignedOff => None,
            })
            .collect();
    }

    /// Who objects to the revision that circulates, or did when it was released, and has not signed it off since.
    pub fn objecting(&self) -> BTreeSet<AgencyId> {
        let objects = |word: &Word| word.counts && word.verdict != Verdict::SignedOff;
        let words = self.words.iter().filter(|(_, word)| objects(word));
        words.map(|(agency, _)| agency.clone()).collect()
    }

    /// What is left out of what is shown as released: an objection blocks the objecting agency's own content, its copies and its
    /// assessments, until it signs off. Whoever shows a protocol says what is left out.
    pub fn blocked(&self) -> Vec<Blocked> {
        let objecting = self.objecting();
        let mut blocked = Vec::new();
        for item in &self.content.items {
            let copies = item.copies.iter().map(|it| &it.update.owner).enumerate();
            let assessments = item.assessments.iter().enumerate();
            let pieces = copies
                .map(|(place, agency)| (agency, Piece::Copy(place)))
                .chain(assessments.map(|(place, agency)| (agency, Piece::Assessment(place))));
            let kept = pieces.filter(|(agency, _)| objecting.contains(*agency));
            blocked.extend(kept.map(|(agency, piece)| Blocked {
                agency: agency.clone(),
                item: item.number,
                piece,
            }));
        }
        blocked
    }
}

/// The latest word of each attending agency.
fn words(
    history: &History<ProtocolMachine>,
    opened: &ProtocolContent,
    circulated: Option<StepId>,
) -> BTreeMap<AgencyId, Word> {
    let word = |agency: &AgencyId| {
        let step = history.latest(&ProtocolRole::Word(agency.clone()), |_| true)?;
        let (revision, verdict) = match step.transition {
            ProtocolTransition::SignedOff { revision } => (revision, Verdict::SignedOff),
            ProtocolTransition::Objected { revision, item } => {
                (revision, Verdict::Objected { item })
            }
            _ => return None,
        };
        Some(Word {
            step: step.id,
            revision,
            verdict,
            counts: Some(revision) == circulated,
        })
    };
    let attending = opened.attending();
    attending
        .filter_map(|agency| Some((agency.clone(), word(agency)?)))
        .collect()
}

fn proposals(history: &History<ProtocolMachine>, current: StepId) -> Vec<Proposal> {
    let proposal = |step: StepId, by: &AgencyId, transition: &ProtocolTransition| match transition {
        ProtocolTransition::Proposed {
            revision,
            item,
            part,
        } => Some(Proposal {
            step,
            by: by.clone(),
            revision: *revision,
            item: *item,
            part: *part,
            state: if *revision == current {
                ProposalState::Current
            } else if history.knew(&current, &step) {
                ProposalState::Considered
            } else {
                ProposalState::Stale
            },
        }),
        _ => None,
    };
    history
        .effective()
        .filter_map(|(step, _)| proposal(step.id, &step.by, &step.transition))
        .collect()
}
