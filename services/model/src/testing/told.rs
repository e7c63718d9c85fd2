//! Histories for tests: told step by step, or played by nodes that hear of each other late.

use std::fmt::Debug;

use proptest::prelude::*;

use super::agency;
use crate::history::{History, Machine, Standing, Step, StepId};
use crate::id::AgencyId;

/// A history as it grows.
#[derive(Debug, Clone)]
pub(crate) struct Told<M: Machine> {
    pub(crate) owner: AgencyId,
    pub(crate) steps: Vec<Step<M::Transition>>,
}

impl<M: Machine> Told<M> {
    pub(crate) fn new(owner: &str) -> Self {
        Self {
            owner: agency(owner),
            steps: Vec::new(),
        }
    }

    pub(crate) fn history(&self) -> History<M> {
        History::of(&self.owner, self.steps.iter().cloned())
    }

    /// What the steps come to, which is the same in whichever order they came.
    pub(crate) fn state(&self) -> Option<M::State> {
        let backwards = History::<M>::of(&self.owner, self.steps.iter().rev().cloned());
        assert_eq!(self.history().state(), backwards.state());
        self.history().state().cloned()
    }

    /// A step whose maker knows all before it.
    pub(crate) fn step(&mut self, by: &str, transition: M::Transition) -> StepId {
        let parents = self.history().parents();
        self.after(&parents, by, transition)
    }

    /// A step whose maker knows these and what they build on.
    pub(crate) fn after(
        &mut self,
        parents: &[StepId],
        by: &str,
        transition: M::Transition,
    ) -> StepId {
        let mut id = [0; 32];
        // Names that are not in the order in which steps are taken.
        id[0] = (self.steps.len() as u8).wrapping_mul(167);
        id[1] = self.steps.len() as u8;
        let id = StepId(id);
        self.steps.push(Step {
            id,
            by: agency(by),
            parents: parents.to_vec(),
            transition,
        });
        id
    }

    pub(crate) fn standing(&self, id: StepId) -> Standing {
        let history = self.history();
        let mut steps = history.steps();
        steps.find(|(step, _)| step.id == id).unwrap().1
    }
}

/// One thing that happens to one of the nodes.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// It takes a step, mostly one that it may take, knowing what it has, or, being broken, without its latest.
    Step {
        node: usize,
        pick: usize,
        legal: bool,
        behind: usize,
    },
    /// It hears of some of the others' steps.
    Hear { node: usize, how_many: usize },
}

/// What happens to so many nodes.
pub(crate) fn events(nodes: usize) -> impl Strategy<Value = Vec<Event>> {
    let behind = prop_oneof![9 => Just(0), 1 => 1..4usize];
    let event = prop_oneof![
        3 => (0..nodes, any::<usize>(), prop::bool::weighted(0.8), behind).prop_map(
            |(node, pick, legal, behind)| Event::Step { node, pick, legal, behind }
        ),
        2 => (0..nodes, 1..6usize).prop_map(|(node, how_many)| Event::Hear { node, how_many }),
    ];
    prop::collection::vec(event, 1..16)
}

/// Plays what happens to nodes that all know how it began. `moves` gives what an agency might do, legal or not.
pub(crate) fn play<M: Machine>(
    begun: Told<M>,
    agencies: &[&str],
    events: &[Event],
    moves: impl Fn(&History<M>, &AgencyId) -> Vec<M::Transition>,
) -> Told<M> {
    let mut told = begun;
    // Which steps each node has, by place, each after those that it builds on.
    let mut known: Vec<Vec<usize>> = vec![(0..told.steps.len()).collect(); agencies.len()];
    for event in events {
        match event {
            Event::Hear { node, how_many } => {
                let known = &mut known[*node];
                let all = 0..told.steps.len();
                let missing: Vec<usize> = all.filter(|it| !known.contains(it)).collect();
                known.extend(missing.into_iter().take(*how_many));
            }
            Event::Step {
                node,
                pick,
                legal,
                behind,
            } => {
                let known = &mut known[*node];
                let seen = &known[..known.len().saturating_sub(*behind).max(1)];
                let seen = seen.iter().map(|it| told.steps[*it].clone());
                let history = History::<M>::of(&told.owner, seen);
                let mut moves = moves(&history, &agency(agencies[*node]));
                if *legal {
                    moves.retain(|it| history.may(&agency(agencies[*node]), it).is_ok());
                }
                if !moves.is_empty() {
                    let makes = moves.swap_remove(*pick % moves.len());
                    known.push(told.steps.len());
                    told.after(&history.parents(), agencies[*node], makes);
                }
            }
        }
    }
    told
}

/// Checks that steps come to the same in any order, also those that come twice or late, and that nobody speaks for another.
pub(crate) fn comes_to_the_same<M: Machine, View: PartialEq + Debug>(
    told: &Told<M>,
    shuffle: u64,
    view: impl Fn(&History<M>) -> View,
) -> Result<(), TestCaseError> {
    let standings = |history: &History<M>| -> Vec<(StepId, Standing)> {
        let steps = history.steps();
        steps.map(|(step, standing)| (step.id, standing)).collect()
    };
    let straight = told.history();
    let mut mixed = told.steps.clone();
    let mut state = shuffle;
    for at in (1..mixed.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        mixed.swap(at, (state >> 33) as usize % (at + 1));
    }
    let some = (state >> 7) as usize % (mixed.len() + 1);
    // Some arrive first and are judged with gaps; all arrive later, some of them twice, in another order.
    let early = History::<M>::of(&told.owner, mixed[..some].iter().cloned());
    let again = mixed.iter().chain(&mixed[some / 2..]);
    let late = History::<M>::of(&told.owner, again.cloned());
    prop_assert_eq!(straight.state(), late.state());
    prop_assert_eq!(straight.contradicting(), late.contradicting());
    prop_assert_eq!(view(&straight), view(&late));
    let judged = standings(&late);
    prop_assert_eq!(&standings(&straight), &judged);
    // What was judged with all its past stays as it was judged.
    for (step, standing) in standings(&early) {
        prop_assert!(standing == Standing::Waiting || judged.contains(&(step, standing)));
    }
    let opening = late.opening().unwrap();
    for (step, role) in late.effective() {
        let own = M::role(opening, &step.by, &step.transition);
        prop_assert_eq!(own.as_ref(), Some(role));
    }
    Ok(())
}
