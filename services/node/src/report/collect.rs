//! What a report tells beside its updates, which are [counted in memory](crate::updates): tasks and decisions.

use std::collections::HashSet;

use verbund_model::{
    Charter, DecisionFact, MeasureId, Reason, Report, SubjectKind, TaskFact, UnixMillis,
};
use verbund_wire::agency::{AgendaEntry, Meeting, Protocol, ProtocolItem, SubjectKey};
use verbund_wire::convert::vocabulary::Word;
use verbund_wire::error::Error;

use crate::context::Context;
use crate::steps::board::Card;
use crate::steps::task::is_overdue;

/// A report of updates with what was agreed on: tasks and decisions as they stand now.
pub(crate) fn with_agreed(ctx: &Context, charter: &Charter, updates: Report) -> Report {
    let Facts { tasks, decisions } = facts(ctx, charter);
    updates.with(charter, &tasks, &decisions)
}

/// What the report tells of tasks and decisions.
#[derive(Debug, Default)]
struct Facts {
    /// Of all tasks that the node knows.
    tasks: Vec<TaskFact>,
    /// Of all decisions that count, of all meetings that it knows.
    decisions: Vec<DecisionFact>,
}

/// Tasks and decisions as they stand on the board. It holds them all in memory already, so this needs no bound of its own.
fn facts(ctx: &Context, charter: &Charter) -> Facts {
    let today = ctx.today();
    let (tasks, _) = ctx
        .board
        .list(SubjectKind::Task, None, usize::MAX, |record| {
            let Card::Task(task) = &record.card else {
                return None;
            };
            Some(TaskFact {
                measure: MeasureId::parse(&task.terms.as_ref()?.measure).ok()?,
                status: word(task.status)?,
                overdue: is_overdue(task, today),
                opened: charter.today(UnixMillis(task.created_at_ms)),
                handling: word(task.circle.as_ref()?.handling)?,
            })
        });
    // A meeting is forgotten long before its protocol, and what counts is what was put down there.
    let mut put_down = HashSet::new();
    let (written, _) = ctx
        .board
        .list(SubjectKind::Protocol, None, usize::MAX, |record| {
            let Card::Protocol(noted) = &record.card else {
                return None;
            };
            let protocol = noted.read();
            put_down.extend(protocol.meeting.as_ref().map(named));
            Some(decided(protocol, charter))
        });
    let (spoken, _) = ctx
        .board
        .list(SubjectKind::Meeting, None, usize::MAX, |record| {
            let Card::Meeting(meeting) = &record.card else {
                return None;
            };
            let is_put_down = meeting.key.as_ref().map(named);
            match is_put_down.is_some_and(|it| put_down.contains(&it)) {
                true => None,
                false => decisions(meeting),
            }
        });
    Facts {
        tasks,
        decisions: written.into_iter().chain(spoken).flatten().collect(),
    }
}

fn named(key: &SubjectKey) -> (String, String) {
    (key.owner.clone(), key.subject.clone())
}

/// The decisions of a protocol, on the day on which it was drafted: that is when the meeting was closed.
fn decided(protocol: &Protocol, charter: &Charter) -> Vec<DecisionFact> {
    let day = charter.today(UnixMillis(protocol.created_at_ms));
    let of_item = |item: &ProtocolItem| {
        let fact = DecisionFact {
            measure: MeasureId::parse(&item.measure).ok(),
            day,
        };
        std::iter::repeat_n(fact, item.decisions.len())
    };
    protocol.items.iter().flat_map(of_item).collect()
}

/// The decisions of a meeting, as its end knew them, on its day.
fn decisions(meeting: &Meeting) -> Option<Vec<DecisionFact>> {
    let day = meeting.day.parse().ok()?;
    let of_item = |item: &AgendaEntry| {
        let fact = DecisionFact {
            measure: MeasureId::parse(&item.measure).ok(),
            day,
        };
        let in_time = item.decisions.iter().filter(|it| !it.late).count();
        std::iter::repeat_n(fact, in_time)
    };
    Some(meeting.agenda.iter().flat_map(of_item).collect())
}

fn word<T: Word>(number: i32) -> Option<T> {
    T::from_wire(number).ok().flatten()
}

/// The period holds more than a report, or a file of it, can.
pub(crate) fn too_much(why: &str) -> Error {
    Error::field("to_day", Reason::InvalidRange.as_str(), why)
}
