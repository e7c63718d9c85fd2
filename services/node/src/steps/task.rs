//! Tasks: what callers can do with them.

use std::sync::Arc;

use verbund_guard::gate::Unguarded;
use verbund_model::{
    AgencyId, Audience, Day, Handling, MOVES, SubjectKind, SubjectRef, Task, TaskDraft,
    TaskMachine, TaskMove, TaskRole, TaskStatus, TaskTransition, day_number, erase_on,
};
use verbund_wire::agency;
use verbund_wire::convert::fingerprint;
use verbund_wire::convert::step;
use verbund_wire::convert::text::Text;
use verbund_wire::convert::vocabulary::Word as _;
use verbund_wire::error::Error;

use super::admit::GRACE_DAYS;
use super::board::{Card, Shown};
use super::subject::Subject;
use super::take::{self, Asked, Saying};
use crate::caller::Caller;
use crate::context::Context;

impl Shown for TaskMachine {
    fn card(own: &AgencyId, subject: &Subject<Self>) -> Option<Card> {
        let it = Task::of(&subject.history)?;
        let asked = subject
            .history
            .latest(&TaskRole::Assigner, |it| it.terms().is_some())?;
        let text = subject.text(&asked.id);
        let terms = step::terms_to_wire(&it.terms, text.title.read(), text.description.read());
        let notes = subject.history.effective().filter_map(|(step, _)| {
            let note = subject.step(&step.id)?.text.note.read().to_owned();
            (!note.is_empty()).then_some(note)
        });
        let opening = subject.opening();
        let next = next(own, &it).into_iter().map(|it| it.to_wire());
        let contradicting = it.contradicting.iter().map(|role| match role {
            TaskRole::Assigner => it.assigner.to_string(),
            TaskRole::Assignee => it.terms.assignee.to_string(),
        });
        Some(Card::Task(Box::new(agency::Task {
            key: Some(step::key_to_wire(&subject.key)),
            terms: Some(terms),
            status: it.status.to_wire(),
            overdue: false,
            decline_reason: it.declined.map_or(0, |it| it.to_wire()),
            note: notes.last().unwrap_or_default(),
            circle: Some(step::circle(&subject.audience, opening.handling)),
            etag: subject.etag(),
            erase_on: it.erase_on.map_or_else(String::new, |it| it.to_string()),
            created_at_ms: opening.created_at.0,
            changed_at_ms: subject.changed_at_ms(),
            next: next.collect(),
            void_steps: subject.void_steps(),
            contradicting: contradicting.collect(),
        })))
    }
}

/// What an agency may do with a task now.
fn next(own: &AgencyId, task: &Task) -> Vec<TaskMove> {
    let may = |role: TaskRole| match role {
        TaskRole::Assigner => *own == task.assigner,
        TaskRole::Assignee => *own == task.terms.assignee,
    };
    let moves = MOVES
        .iter()
        .filter(|it| it.from == Some(task.status) && may(it.makes.role()));
    moves.map(|it| it.makes).collect()
}

/// A task as it is shown today.
pub(crate) fn shown(card: &Card, today: Day) -> Option<agency::Task> {
    let Card::Task(task) = card else {
        return None;
    };
    Some(agency::Task {
        overdue: is_overdue(task, today),
        ..(**task).clone()
    })
}

/// Whether it should have been done by today. Days of the form YYYY-MM-DD are ordered as texts are.
pub(crate) fn is_overdue(task: &agency::Task, today: Day) -> bool {
    let status = TaskStatus::from_wire(task.status).ok().flatten();
    let due = task.terms.as_ref().map_or("", |it| it.due.as_str());
    status.is_some_and(TaskStatus::is_open) && !due.is_empty() && *due < *today.to_string()
}

/// Opens a task.
///
/// # Errors
/// What is wrong with it, or why the node can't take it now.
pub(crate) async fn create(
    ctx: &Arc<Context>,
    caller: Caller,
    request: agency::CreateTaskRequest,
) -> Result<agency::StepReceipt, Error> {
    let content = fingerprint::of(&request);
    let asked = Asked::new(
        caller,
        "CreateTask",
        &request.request_id,
        &content,
        request.confirm_review,
    )?;
    if let Some(answer) = asked.answered(ctx, &ctx.agency).await? {
        return Ok(answer);
    }
    let draft = required(request.terms)?;
    let draft = step::terms_draft(draft, &ctx.agency).map_err(|error| error.under("terms"))?;
    let in_force = ctx.charter.in_force();
    let now = ctx.clock.now();
    let terms = draft.check(&in_force.charter, now);
    let terms = terms.map_err(|found| Error::violations_in("terms", found))?;
    let audience = audience(ctx, &request.audience, &terms.assignee)?;
    let handling = handling(request.handling)?;
    let today = in_force.charter.today(now);
    let kept = in_force.charter.retention().task_after_close_days + GRACE_DAYS;
    let last = terms.due.map_or(today, |due| due.max(today));
    let transition = if request.propose {
        TaskTransition::Proposed(terms)
    } else {
        TaskTransition::Assigned(terms)
    };
    let saying = Saying {
        subject: take::new_subject(ctx),
        audience,
        handling,
        parents: Vec::new(),
        kind: verbund_wire::convert::codes::Kind::Task(transition),
        text: texts(&draft),
        erasure_day: day_number(last).saturating_add_unsigned(kept),
    };
    take::open(ctx, &asked, saying).await
}

/// Takes a step on a task; gives the task after it.
///
/// # Errors
/// What is wrong with it, why the task does not allow it, or why the node can't take it now.
pub(crate) async fn take_step(
    ctx: &Arc<Context>,
    caller: Caller,
    request: agency::TakeTaskStepRequest,
) -> Result<(agency::StepReceipt, Option<agency::Task>), Error> {
    let content = fingerprint::of(&request);
    let asked = Asked::new(
        caller,
        "TakeTaskStep",
        &request.request_id,
        &content,
        request.confirm_review,
    )?;
    let key = step::key(request.task.as_ref(), &ctx.agency, "task")?;
    let makes: TaskMove = step::word(request.r#move, "move")?;
    let draft = match &request.terms {
        None => None,
        Some(terms) => Some(
            step::terms_draft(terms.clone(), &ctx.agency).map_err(|error| error.under("terms"))?,
        ),
    };
    let decide = |subject: &Subject<TaskMachine>| {
        let note = Text::of_note(Unguarded::new(request.note.clone()));
        let in_force = ctx.charter.in_force();
        let now = ctx.clock.now();
        let ends = || {
            let kept = in_force.charter.retention().task_after_close_days;
            erase_on(in_force.charter.today(now), kept)
        };
        Ok(match makes {
            TaskMove::Propose => {
                let message = "a task is proposed when it is created";
                return Err(Error::field("move", "INVALID_VALUE", message));
            }
            TaskMove::Assign | TaskMove::Amend => {
                let (terms, text) = match &draft {
                    Some(draft) => {
                        let terms = draft.check(&in_force.charter, now);
                        let terms = terms.map_err(|found| Error::violations_in("terms", found))?;
                        (terms, texts(draft))
                    }
                    None if makes == TaskMove::Assign => proposed(subject)?,
                    None => return Err(missing("terms")),
                };
                (
                    if makes == TaskMove::Assign {
                        TaskTransition::Assigned(terms)
                    } else {
                        TaskTransition::Amended(terms)
                    },
                    text,
                )
            }
            TaskMove::Accept => (TaskTransition::Accepted, note),
            TaskMove::Decline => {
                let reason = step::word(request.decline_reason, "decline_reason")?;
                (TaskTransition::Declined(reason), note)
            }
            TaskMove::Progress => (TaskTransition::Progressed, note),
            TaskMove::Finish => (TaskTransition::Finished, note),
            TaskMove::Return => (TaskTransition::Returned, note),
            TaskMove::Verify => (TaskTransition::Verified { erase_on: ends() }, note),
            TaskMove::Withdraw => (TaskTransition::Withdrawn { erase_on: ends() }, note),
        })
    };
    let receipt = take::step::<TaskMachine>(ctx, &asked, &key, &request.etag, decide).await?;
    let record = ctx.board.find(SubjectKind::Task, &key);
    let task = record.and_then(|it| shown(&it.card, ctx.today()));
    Ok((receipt, task))
}

/// What was proposed, with its texts.
fn proposed(
    subject: &Subject<TaskMachine>,
) -> Result<(verbund_model::TaskTerms, Text<Unguarded>), Error> {
    let latest = subject
        .history
        .latest(&TaskRole::Assigner, |it| it.terms().is_some());
    let latest = latest.ok_or_else(Error::internal)?;
    let terms = latest.transition.terms().cloned();
    let text = subject.text(&latest.id);
    Ok((terms.ok_or_else(Error::internal)?, text))
}

fn texts(draft: &TaskDraft) -> Text<Unguarded> {
    Text {
        title: Unguarded::new(draft.title.clone()),
        description: Unguarded::new(draft.description.clone()),
        ..Text::default()
    }
}

/// Who gets it: those who are named, the assignee and the own agency; all of the federation where nobody is named.
fn audience(ctx: &Context, named: &[String], assignee: &AgencyId) -> Result<Audience, Error> {
    let in_force = ctx.charter.in_force();
    if named.is_empty() {
        return Ok(in_force.charter.members().clone());
    }
    let mut agencies = vec![ctx.agency.clone(), assignee.clone()];
    for (index, id) in named.iter().enumerate() {
        let known = AgencyId::parse(id)
            .ok()
            .filter(|it| in_force.charter.agency(it).is_some());
        agencies.push(known.ok_or_else(|| {
            let message = "not an agency of the charter";
            Error::field(format!("audience[{index}]"), "UNKNOWN_AGENCY", message)
        })?);
    }
    Audience::new(agencies)
        .map_err(|error| Error::field("audience", "AUDIENCE_TOO_LARGE", error.to_string()))
}

/// How far it may travel. CLEAR can't be called back and takes a second coordinator: that is for updates.
fn handling(number: i32) -> Result<Handling, Error> {
    let handling: Handling = step::word(number, "handling")?;
    if handling.needs_second_coordinator() {
        let message = "CLEAR is for updates only";
        return Err(Error::field("handling", "INVALID_VALUE", message));
    }
    Ok(handling)
}

fn required<T>(it: Option<T>) -> Result<T, Error> {
    it.ok_or_else(|| missing("terms"))
}

fn missing(field: &str) -> Error {
    Error::field(field, "MISSING_FIELD", "is required")
}

/// One task with all steps.
///
/// # Errors
/// There is none with this name here.
pub(crate) async fn get(
    ctx: &Arc<Context>,
    key: &SubjectRef,
) -> Result<(agency::Task, Vec<agency::StepRecord>), Error> {
    let found = Subject::<TaskMachine>::load(ctx, key).await;
    let found = found.map_err(crate::publish::unavailable)?;
    let subject = found.ok_or_else(|| take::not_found(SubjectKind::Task))?;
    let card = TaskMachine::card(&ctx.agency, &subject);
    let task = card.and_then(|card| shown(&card, ctx.today()));
    let task = task.ok_or_else(|| take::not_found(SubjectKind::Task))?;
    Ok((task, subject.records()))
}

/// Who is asked first for a kind of matter.
///
/// # Errors
/// A category that the charter does not have.
pub(crate) fn suggest(ctx: &Context, category: &str) -> Result<Vec<String>, Error> {
    let in_force = ctx.charter.in_force();
    let known = in_force
        .charter
        .categories()
        .any(|it| it.id.as_str() == category);
    if !known {
        let message = "not a category of the charter";
        return Err(Error::field("category", "UNKNOWN_CATEGORY", message));
    }
    let asked = in_force.charter.responsibilities().iter();
    let asked = asked.filter(|it| it.category.as_str() == category);
    Ok(asked.map(|it| it.agency.to_string()).collect())
}
