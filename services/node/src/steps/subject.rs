//! The steps on one subject, and what they come to.
//!
//! Steps of one history have one audience: who copies a subject's id into another lane begins another history, which nobody takes
//! for this one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_lc_rs::digest::{Context as Hasher, SHA256};
use verbund_guard::gate::Unguarded;
use verbund_ledger::LaneId;
use verbund_model::{
    Audience, History, Machine, MeetingMachine, MeetingMove, MeetingTransition, ProtocolMachine,
    ProtocolMove, ProtocolTransition, Standing, Step, StepId, SubjectKind, SubjectRef, TaskMachine,
    TaskMove, TaskTransition,
};
use verbund_store::limits;
use verbund_wire::agency::StepRecord;
use verbund_wire::convert::codes::Kind;
use verbund_wire::convert::step::Record;
use verbund_wire::convert::text::Text;

use super::taken::{self, Taken};
use crate::context::Context;

/// What the kinds of subjects differ in.
pub(crate) trait Stepped: Machine {
    /// The kind.
    const ON: SubjectKind;

    /// The transition that an entry of this kind of subject makes.
    fn transition(kind: &Kind) -> Option<&Self::Transition>;

    /// The entry that makes a transition.
    fn kind(transition: Self::Transition) -> Kind;

    /// What a transition does, in a word.
    fn makes(transition: &Self::Transition) -> &'static str;

    /// The state, in a word.
    fn state_word(state: &Self::State) -> &'static str;
}

macro_rules! stepped {
    ($($machine:ident: $kind:ident, $transition:ident, $move:ident, |$state:ident| $word:expr;)+) => {$(
        impl Stepped for $machine {
            const ON: SubjectKind = SubjectKind::$kind;

            fn transition(kind: &Kind) -> Option<&$transition> {
                match kind {
                    Kind::$kind(transition) => Some(transition),
                    _ => None,
                }
            }

            fn kind(transition: $transition) -> Kind {
                Kind::$kind(transition)
            }

            fn makes(transition: &$transition) -> &'static str {
                $move::of(transition).as_str()
            }

            fn state_word($state: &Self::State) -> &'static str {
                $word
            }
        }
    )+};
}

stepped! {
    TaskMachine: Task, TaskTransition, TaskMove, |state| state.as_str();
    MeetingMachine: Meeting, MeetingTransition, MeetingMove, |state| state.status.as_str();
    ProtocolMachine: Protocol, ProtocolTransition, ProtocolMove, |state| state.status.as_str();
}

/// A subject with its history.
#[derive(Debug)]
pub(crate) struct Subject<M: Stepped> {
    pub(crate) key: SubjectRef,
    pub(crate) audience: Audience,
    pub(crate) history: History<M>,
    /// In the order in which they arrived.
    pub(crate) steps: Vec<Taken>,
    /// Remarks and acknowledgements.
    pub(crate) beside: Vec<Taken>,
}

impl<M: Stepped> Subject<M> {
    /// What these steps of one audience come to; `None` as long as they have no opening.
    pub(crate) fn of(key: &SubjectRef, audience: Audience, taken: Vec<Taken>) -> Option<Self> {
        let (steps, beside): (Vec<Taken>, Vec<Taken>) = taken
            .into_iter()
            .partition(|it| M::transition(&it.kind).is_some());
        let history = History::of(
            &key.owner,
            steps.iter().filter_map(|it| {
                let transition = M::transition(&it.kind)?.clone();
                Some(Step {
                    id: it.id,
                    by: it.by.clone(),
                    parents: it.parents.clone(),
                    transition,
                })
            }),
        );
        history.opening()?;
        Some(Self {
            key: key.clone(),
            audience,
            history,
            steps,
            beside,
        })
    }

    /// The subject as the store has it now.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn load(
        ctx: &Arc<Context>,
        key: &SubjectRef,
    ) -> Result<Option<Self>, verbund_store::Error> {
        let taken = taken::on_subject(ctx, key, M::ON).await?;
        Ok(Self::of_all(key, taken))
    }

    /// What all steps on it come to, whatever audience they have.
    pub(crate) fn of_all(key: &SubjectRef, taken: Vec<Taken>) -> Option<Self> {
        by_audience(taken)
            .into_iter()
            .find_map(|(audience, taken)| Self::of(key, audience, taken))
    }

    /// The step that opened it.
    pub(crate) fn opening(&self) -> &Taken {
        let opening = self.history.opening().map(|it| it.id);
        let found = self.steps.iter().find(|it| Some(it.id) == opening);
        found.expect("a subject has an opening")
    }

    /// The step with this name.
    pub(crate) fn step(&self, id: &StepId) -> Option<&Taken> {
        self.steps.iter().find(|it| it.id == *id)
    }

    /// What a step says; nothing where it is not here.
    pub(crate) fn text(&self, id: &StepId) -> Text<Unguarded> {
        self.step(id).map(|it| it.text.clone()).unwrap_or_default()
    }

    /// When the latest step was made, by its agency's clock.
    pub(crate) fn changed_at_ms(&self) -> i64 {
        self.steps
            .iter()
            .map(|it| it.created_at.0)
            .max()
            .unwrap_or(0)
    }

    /// Steps that count for nothing.
    pub(crate) fn void_steps(&self) -> u32 {
        let void = self
            .history
            .steps()
            .filter(|(_, standing)| matches!(standing, Standing::Void(_)));
        u32::try_from(void.count()).unwrap_or(u32::MAX)
    }

    /// Names the state: it is another one as soon as one more step counts.
    pub(crate) fn etag(&self) -> String {
        let mut parents = self.history.parents();
        parents.sort_unstable();
        let mut hasher = Hasher::new(&SHA256);
        for parent in &parents {
            hasher.update(&parent.0);
        }
        hex::encode(&hasher.finish().as_ref()[..16])
    }

    /// All steps as callers read them, each after those that it builds on.
    pub(crate) fn records(&self) -> Vec<StepRecord> {
        let record = |(step, standing): (&Step<M::Transition>, Standing)| {
            let taken = self.step(&step.id)?;
            let record = Record {
                step: step.id,
                by: &step.by,
                makes: M::makes(&step.transition),
                standing,
                created_at: taken.created_at,
                reviewed: taken.reviewed,
                text: &taken.text,
                parents: &step.parents,
                lane: &taken.lane,
                sequence: taken.sequence,
            };
            Some(record.into())
        };
        self.history.steps().filter_map(record).collect()
    }
}

/// Steps of each audience, in their order; of each lane as many as count.
pub(crate) fn by_audience(taken: Vec<Taken>) -> BTreeMap<Audience, Vec<Taken>> {
    let mut all: BTreeMap<Audience, Vec<Taken>> = BTreeMap::new();
    let mut counts: HashMap<LaneId, u32> = HashMap::new();
    for step in taken {
        let count = counts.entry(step.lane).or_default();
        *count += 1;
        if *count > limits::STEPS_OF_LANE {
            continue;
        }
        all.entry(step.audience.clone()).or_default().push(step);
    }
    all
}

#[cfg(test)]
mod tests;
