//! Tasks as people read them.

use comfy_table::Table;
use verbund_wire::agency::{StepRecord, Task, TaskMove, TaskStatus, Terms};

use super::step::{self, Facts};
use crate::names::Names;
use crate::output::{clean, moment, new_table};
use crate::subject::{in_full, in_short};
use crate::text::{self, words};

/// A list of tasks, one row each.
pub(crate) fn tasks(list: &[Task], names: &Names) -> Table {
    let mut table = new_table([
        text::COLUMN_ID,
        text::COLUMN_STATUS,
        text::COLUMN_WHO,
        text::COLUMN_TITLE,
        text::COLUMN_MEASURE,
        text::COLUMN_PLACE,
        text::COLUMN_DUE,
    ]);
    for task in list {
        table.add_row(row(task, names));
    }
    table
}

/// One task in one line, for a stream that goes on.
pub(crate) fn line(task: &Task, names: &Names) -> String {
    let cells = row(task, names);
    let said: Vec<_> = cells.iter().filter(|cell| !cell.is_empty()).collect();
    let said: Vec<_> = said.iter().map(|cell| cell.replace('\n', " · ")).collect();
    said.join("  ")
}

fn row(task: &Task, names: &Names) -> [String; 7] {
    let terms = task.terms.as_ref();
    let of = |field: &dyn Fn(&Terms) -> String| terms.map(field).unwrap_or_default();
    [
        in_short(task.key.as_ref()),
        status(task),
        from_to(task, names),
        of(&|it| clean(&it.title)),
        of(&|it| clean(&it.measure).to_uppercase()),
        of(&|it| names.place(&it.place)),
        of(&|it| clean(&it.due)),
    ]
}

fn from_to(task: &Task, names: &Names) -> String {
    let owner = task.key.as_ref().map(|key| names.agency(&key.owner));
    let to = task.terms.as_ref().map(|it| names.agency(&it.assignee));
    format!("{} → {}", owner.unwrap_or_default(), to.unwrap_or_default())
}

/// Where it stands, and what must not be overlooked.
fn status(task: &Task) -> String {
    let mut status = words::task_status(task.status()).to_string();
    if task.status() == TaskStatus::Declined {
        status = format!("{status}: {}", words::decline(task.decline_reason()));
    }
    if task.overdue {
        status = format!("{status}\n{}", text::OVERDUE);
    }
    status
}

/// One task with all that is known of it.
pub(crate) fn in_full_length(task: &Task, names: &Names) -> String {
    let id = task.key.as_ref().map(in_full).unwrap_or_default();
    let mut facts = Facts::default();
    facts.add(text::COLUMN_STATUS, status(task).replace('\n', ", "));
    facts.add(text::COLUMN_WHO, from_to(task, names));
    let mut title = String::new();
    if let Some(it) = &task.terms {
        title = clean(&it.title);
        facts.add(text::COLUMN_MEASURE, names.measure(&it.measure));
        facts.add(text::COLUMN_CATEGORY, names.category(&it.category));
        facts.add(text::COLUMN_PLACE, names.place(&it.place));
        facts.add(text::COLUMN_DUE, clean(&it.due));
        facts.add(text::FACT_DESCRIPTION, clean(&it.description));
        facts.add(text::FACT_ORIGIN, step::origin(it.origin.as_ref()));
    }
    facts.add(text::FACT_NOTE, clean(&task.note));
    facts.add(text::FACT_CIRCLE, step::circle(task.circle.as_ref(), names));
    facts.add(text::FACT_OPENED, moment(task.created_at_ms));
    facts.add(text::FACT_CHANGED, moment(task.changed_at_ms));
    facts.add(text::FACT_ERASED_ON, clean(&task.erase_on));
    let doubts = step::doubts(&task.contradicting, task.void_steps, names);
    facts.add(text::FACT_DOUBTS, doubts);
    facts.add(text::FACT_NEXT, next(task));
    facts.add(text::FACT_ETAG, clean(&task.etag));
    format!("{}\n{facts}", text::TASK_HEAD.fill(&[&id, &title]))
}

fn next(task: &Task) -> String {
    let word = |it: &i32| words::task_move(TaskMove::try_from(*it).unwrap_or_default());
    let next = task.next.iter().map(|it| word(it).to_string());
    next.collect::<Vec<_>>().join(", ")
}

/// One task and its steps.
pub(crate) fn with_steps(task: &Task, steps: &[StepRecord], names: &Names) -> String {
    format!(
        "{}\n\n{}",
        in_full_length(task, names),
        step::records(steps, names).trim_fmt()
    )
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{Circle, SubjectKey};
    use verbund_wire::federation::{DeclineReason, Handling};

    use super::*;

    fn task() -> Task {
        Task {
            key: Some(SubjectKey {
                subject: "3f2a91c4-0d4e-4f6b-8a53-5f0e6b1c2d3e".to_owned(),
                owner: "quartiersbuero".to_owned(),
            }),
            terms: Some(Terms {
                assignee: "kod".to_owned(),
                measure: "m1".to_owned(),
                category: "sauberkeit".to_owned(),
                place: "theaterplatz".to_owned(),
                due: "2026-12-01".to_owned(),
                title: "Glas am Brunnen räumen".to_owned(),
                description: "Vor dem Markttag.".to_owned(),
                origin: None,
            }),
            status: TaskStatus::Declined.into(),
            decline_reason: DeclineReason::NoCapacity.into(),
            overdue: true,
            note: "Erst nächste Woche.".to_owned(),
            circle: Some(Circle {
                audience: vec!["kod".to_owned(), "quartiersbuero".to_owned()],
                handling: Handling::Amber.into(),
            }),
            etag: "e1".to_owned(),
            next: vec![TaskMove::Amend.into(), TaskMove::Withdraw.into()],
            void_steps: 1,
            contradicting: vec!["kod".to_owned()],
            ..Task::default()
        }
    }

    #[test]
    fn a_list_has_what_one_looks_for() {
        let table = tasks(&[task()], &Names::default()).to_string();
        for words in [
            "quartiersbuero/3f2a91c4",
            "abgelehnt: keine Kräfte",
            "ÜBERFÄLLIG",
            "quartiersbuero → kod",
            "Glas am Brunnen räumen",
            "2026-12-01",
        ] {
            assert!(table.contains(words), "{words}: {table}");
        }
        assert!(!line(&task(), &Names::default()).contains('\n'));
    }

    #[test]
    fn one_task_says_what_can_be_done_and_what_is_odd() {
        let shown = in_full_length(&task(), &Names::default());
        for words in [
            "quartiersbuero/3f2a91c4-0d4e-4f6b-8a53-5f0e6b1c2d3e",
            "Vor dem Markttag.",
            "Erst nächste Woche.",
            "ändern (amend), zurückziehen (withdraw)",
            "TLP:AMBER, bei kod, quartiersbuero",
            "widerspricht sich selbst: kod",
            "1 Schritte zählen nicht",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
    }
}
