//! All steps as they are read at a start, gathered by subject and folded.
//!
//! A subject is folded with the step that closes it, and its steps are let go: nearly all subjects are closed, and their steps
//! together take several times the memory of what is shown of them. Steps that come after count like any others: then the subject
//! is read again by itself.

use std::collections::HashMap;
use std::sync::Arc;

use verbund_model::AgencyId;
use verbund_store::Error;

use super::{Key, Seen, seen};
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
    Closed(Vec<Seen>),
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
                    read.so_far = SoFar::Closed(seen(&self.own, kind, &subject, steps));
                }
            }
            so_far => *so_far = SoFar::Again,
        }
    }

    /// What is shown of each subject; the one whose last step arrived last comes last.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn seen(self, ctx: &Arc<Context>) -> Result<Vec<(Key, Vec<Seen>)>, Error> {
        let mut subjects: Vec<(Key, Read)> = self.subjects.into_iter().collect();
        subjects.sort_unstable_by_key(|(_, read)| read.last);
        let mut all = Vec::with_capacity(subjects.len());
        for ((kind, subject), read) in subjects {
            let seen = match read.so_far {
                SoFar::Closed(seen) => seen,
                SoFar::Steps(steps) => seen(&self.own, kind, &subject, steps),
                SoFar::Again => {
                    let steps = taken::on_subject(ctx, &subject, kind).await?;
                    seen(&self.own, kind, &subject, steps)
                }
            };
            all.push(((kind, subject), seen));
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use verbund_guard::gate::Unguarded;
    use verbund_ledger::LaneId;
    use verbund_model::{
        Audience, CategoryId, Handling, MeasureId, StepId, SubjectId, SubjectKind, SubjectRef,
        TaskTerms, TaskTransition, UnixMillis,
    };
    use verbund_wire::agency::Task;
    use verbund_wire::convert::codes::Kind;
    use verbund_wire::convert::text::Text;

    use super::*;
    use crate::steps::board::Card;

    fn agency(id: &str) -> AgencyId {
        AgencyId::parse(id).unwrap()
    }

    fn key() -> Key {
        let subject = SubjectRef {
            subject: SubjectId::from_random([7; 16]),
            owner: agency("kod"),
        };
        (SubjectKind::Task, subject)
    }

    /// The step with this number, which builds on the one before.
    fn step(number: u8, by: &str, transition: TaskTransition) -> Taken {
        Taken {
            id: StepId([number; 32]),
            by: agency(by),
            lane: LaneId([number; 16]),
            sequence: u64::from(number),
            audience: Audience::new(["kod", "polizei"].map(agency)).unwrap(),
            subject: key().1,
            parents: (1..number)
                .last()
                .map(|it| StepId([it; 32]))
                .into_iter()
                .collect(),
            kind: Kind::Task(transition),
            text: Text::of_note(Unguarded::new(format!("Schritt {number}"))),
            handling: Handling::Amber,
            reviewed: false,
            created_at: UnixMillis(i64::from(number)),
            erasure_day: 20_000,
        }
    }

    /// Asked, taken on, done, agreed.
    fn steps() -> Vec<Taken> {
        let terms = TaskTerms {
            assignee: agency("polizei"),
            measure: MeasureId::parse("m1").unwrap(),
            category: CategoryId::parse("ordnung").unwrap(),
            place: None,
            due: None,
            origin: None,
        };
        let erase_on = "2026-12-01".parse().unwrap();
        vec![
            step(1, "kod", TaskTransition::Assigned(terms)),
            step(2, "polizei", TaskTransition::Accepted),
            step(3, "polizei", TaskTransition::Finished),
            step(4, "kod", TaskTransition::Verified { erase_on }),
        ]
    }

    fn gathered(steps: impl IntoIterator<Item = Taken>) -> Read {
        let mut gathered = Gathered::new(&agency("kod"));
        for step in steps {
            gathered.take(step);
        }
        gathered.subjects.remove(&key()).unwrap()
    }

    fn tasks(seen: &[Seen]) -> Vec<&Task> {
        let mut tasks = Vec::new();
        for it in seen {
            match &it.card {
                Card::Task(task) => tasks.push(&**task),
                other => panic!("{other:?}"),
            }
        }
        tasks
    }

    #[test]
    fn a_closed_subject_is_folded_as_all_its_steps_are() {
        let read = gathered(steps());
        let SoFar::Closed(closed) = read.so_far else {
            panic!("{read:?}");
        };
        let (kind, subject) = key();
        let whole = seen(&agency("kod"), kind, &subject, steps());
        assert_eq!(tasks(&closed), tasks(&whole));
        assert_eq!(tasks(&closed)[0].erase_on, "2026-12-01");
    }

    #[test]
    fn an_open_subject_keeps_its_steps_as_they_came() {
        let read = gathered(steps().into_iter().take(3));
        assert_eq!(read.last, 3);
        let SoFar::Steps(steps) = read.so_far else {
            panic!("{read:?}");
        };
        assert_eq!(
            steps.iter().map(|it| it.sequence).collect::<Vec<_>>(),
            [1, 2, 3]
        );
    }

    #[test]
    fn what_comes_after_a_close_has_the_subject_read_again() {
        // The last word came before the one that it answers.
        let mut late = steps();
        late.swap(2, 3);
        let read = gathered(late);
        assert!(matches!(read.so_far, SoFar::Again), "{read:?}");
        assert_eq!(read.last, 4);
    }
}
