//! Reading what a report rests on, page by page, so that a year of updates takes the memory of a page.

use std::collections::HashSet;

use verbund_model::{
    AgencyId, Charter, Day, DecisionFact, MeasureId, Reason, Report, ReportPeriod, ReportUpdate,
    SubjectId, SubjectKind, Tally, TaskFact, UnixMillis, day_number,
};
use verbund_store::{Filter, PageKey, SituationRecord, State};
use verbund_wire::agency::{AgendaEntry, Meeting, Protocol, ProtocolItem, SubjectKey};
use verbund_wire::convert::vocabulary::Word;
use verbund_wire::error::Error;

use crate::context::Context;
use crate::publish::unavailable;
use crate::steps::board::Card;
use crate::steps::task::is_overdue;
use crate::views::Content;

/// Updates of one page.
const PAGE: u32 = 200;
/// Most updates that one report rests on, in the period and before: forty times what six agencies tell in a year, and some seconds of
/// reading.
const UPDATES_MAX: usize = 200_000;
/// How often the list is read from its top again, for what changed while it was being read. A change moves an update to the top.
const PASSES_MAX: u32 = 4;

/// The report of a period's updates as this node sees them on a day.
///
/// # Errors
/// `VALIDATION_FAILED` where the period holds more than a report can; the store's.
pub(crate) async fn updates(
    ctx: &Context,
    charter: &Charter,
    period: ReportPeriod,
    today: Day,
) -> Result<Report, Error> {
    let mut reading = Reading {
        tally: Tally::new(charter, &ctx.agency, period, today),
        seen: HashSet::new(),
    };
    let (from, to) = reading.tally.wanted();
    let filter = Filter {
        from_day: Some(day_number(from)),
        to_day: Some(day_number(to)),
        ..Filter::default()
    };
    let mut floor = None;
    for _ in 0..PASSES_MAX {
        let top = reading.pass(ctx, &filter, floor).await?;
        if top == floor {
            break;
        }
        floor = top;
    }
    Ok(reading.tally.report())
}

/// That report with what was agreed on: tasks and decisions as they stand now.
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

struct Reading<'a> {
    tally: Tally<'a>,
    /// Each update counts once, also one that changes while the list is read.
    seen: HashSet<(AgencyId, SubjectId)>,
}

impl Reading<'_> {
    /// Reads the list from its top down to what an earlier pass began with. Gives where this one began.
    async fn pass(
        &mut self,
        ctx: &Context,
        filter: &Filter,
        floor: Option<PageKey>,
    ) -> Result<Option<PageKey>, Error> {
        let mut top = None;
        let mut before = None;
        loop {
            let page = ctx.store.situations(filter, before, PAGE).await;
            let page = page.map_err(unavailable)?;
            top = top.or(page.items.first().map(|it| PageKey(it.changed)));
            for record in &page.items {
                if floor.is_some_and(|floor| PageKey(record.changed) <= floor) {
                    return Ok(top);
                }
                self.take(record)?;
            }
            before = page.next;
            if before.is_none() {
                return Ok(top);
            }
        }
    }

    fn take(&mut self, record: &SituationRecord) -> Result<(), Error> {
        if !self.seen.insert((record.origin.clone(), record.subject)) {
            return Ok(());
        }
        if self.seen.len() > UPDATES_MAX {
            return Err(too_much(&format!(
                "the period has more than {UPDATES_MAX} updates; choose a shorter one"
            )));
        }
        let Some(content) = Content::of(&record.observed) else {
            return Ok(());
        };
        let Some(observation) = content.observation() else {
            return Ok(());
        };
        let update = ReportUpdate {
            agency: &record.origin,
            observation,
            handling: content.codes.handling,
            current: record.state == State::Current,
            created_at: content.codes.created_at,
            version: *record.observed.hash.as_bytes(),
        };
        let taken = self.tally.add(&update);
        taken.map_err(|error| too_much(&error.to_string()))
    }
}

/// The period holds more than a report, or a file of it, can.
pub(crate) fn too_much(why: &str) -> Error {
    Error::field("to_day", Reason::InvalidRange.as_str(), why)
}
