//! All steps as they are read at a start, gathered by subject and folded.
//!
//! A subject is folded with the step that closes it, and its steps are let go: nearly all subjects are closed, and their steps
//! together take several times the memory of what is shown of them. Steps that come after count like any others: then the subject
//! is read again by itself.

use std::collections::HashMap;
use std::sync::Arc;

use verbund_model::AgencyId;
use verbund_store::Error;

use super::{Card, Key, cards};
use crate::context::Context;
use crate::steps::taken::{self, Taken};

/// What was read of all subjects.
#[derive(Debug)]
pub(super) struct Gathered {
    own: AgencyId,
    subjects: HashMap<Key, Read>,
    steps: u64,
}

/// What was read of one.
#[derive(Debug)]
struct Read {
    /// The place of its last step among all.
    last: u64,
    so_far: SoFar,
}

#[derive(Debug)]
enum SoFar {
    /// In the order in which they arrived.
    Steps(Vec<Taken>),
    /// It was closed by the last step.
    Closed(Vec<(Card, i32)>),
    /// More steps came when it had been folded.
    Again,
}

impl Gathered {
    /// Nothing yet.
    pub(super) fn new(own: &AgencyId) -> Self {
        Self {
            own: own.clone(),
            subjects: HashMap::new(),
            steps: 0,
        }
    }

    /// Takes the next step in the order of arrival.
    pub(super) fn take(&mut self, step: Taken) {
        let Some(kind) = step.on() else {
            return;
        };
        self.steps += 1;
        let (closes, subject) = (step.closes(), step.subject.clone());
        let read = self.subjects.entry((kind, subject.clone()));
        let read = read.or_insert_with(|| Read {
            last: 0,
            so_far: SoFar::Steps(Vec::new()),
        });
        read.last = self.steps;
        match &mut read.so_far {
            SoFar::Steps(steps) => {
                steps.push(step);
                if closes {
                    let steps = std::mem::take(steps);
                    read.so_far = SoFar::Closed(cards(&self.own, kind, &subject, steps));
                }
            }
            so_far => *so_far = SoFar::Again,
        }
    }

    /// What is shown of each subject; the one whose last step arrived last comes last.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn cards(
        self,
        ctx: &Arc<Context>,
    ) -> Result<Vec<(Key, Vec<(Card, i32)>)>, Error> {
        let mut subjects: Vec<(Key, Read)> = self.subjects.into_iter().collect();
        subjects.sort_unstable_by_key(|(_, read)| read.last);
        let mut all = Vec::with_capacity(subjects.len());
        for ((kind, subject), read) in subjects {
            let cards = match read.so_far {
                SoFar::Closed(cards) => cards,
                SoFar::Steps(steps) => cards(&self.own, kind, &subject, steps),
                SoFar::Again => {
                    let steps = taken::on_subject(ctx, &subject, kind).await?;
                    cards(&self.own, kind, &subject, steps)
                }
            };
            all.push(((kind, subject), cards));
        }
        Ok(all)
    }
}
